//! Whether a certificate may be used by a client (RFC 5280 sections 4.2.1.3 and 4.2.1.12), and is strong enough.

use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::checks::tls::chain::Chain;
use crate::checks::tls::weakness::weaknesses;
use crate::judging::client_certificate;

/// What is wrong with it.
pub(super) fn faults(chain: &Chain<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    if !for_clients(&chain.ders()[0]) {
        faults.push("its extended key usage lacks clientAuth".to_owned());
    }
    if !chain.leaf().may_sign {
        faults.push("its key usage lacks digitalSignature".to_owned());
    }
    let members: Vec<_> = chain.reachable().map(|(_, member)| member).collect();
    faults.extend(weaknesses(&members, &[]));
    faults
}

/// Whether its extended key usage, where it has one, names clients or any purpose.
fn for_clients(der: &[u8]) -> bool {
    let read = X509Certificate::from_der(der);
    read.is_ok_and(|(_, certificate)| client_certificate::for_clients(&certificate))
}
