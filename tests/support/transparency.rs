//! Transparency logs that a test keeps itself, and their timestamps (RFC 6962), made as the RFC says it.

use rcgen::{CertificateParams, CustomExtension, KeyPair, PublicKeyData as _, SigningKey as _};
use ring::digest::{SHA256, digest};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::chains::Node;

/// A log, which signs whatever it is given.
pub struct Log {
    pub name: &'static str,
    pub operator: &'static str,
    key: KeyPair,
}

impl Log {
    pub fn new(name: &'static str, operator: &'static str) -> Self {
        let key = KeyPair::generate().expect("a key");
        Self {
            name,
            operator,
            key,
        }
    }

    /// Its public key (SubjectPublicKeyInfo).
    pub fn spki(&self) -> Vec<u8> {
        self.key.subject_public_key_info()
    }

    pub fn id(&self) -> Vec<u8> {
        digest(&SHA256, &self.spki()).as_ref().to_vec()
    }

    /// A timestamp about what will be a certificate. Times are Unix seconds.
    pub fn precertificate(&self, at: i64, issuer: &[u8], tbs: &[u8]) -> Vec<u8> {
        let issuer = digest(&SHA256, issuer);
        self.sign(at, 1, &[issuer.as_ref(), &sized(tbs)].concat())
    }

    /// A timestamp about a certificate.
    pub fn certificate(&self, at: i64, der: &[u8]) -> Vec<u8> {
        self.sign(at, 0, &sized(der))
    }

    /// A SignedCertificateTimestamp (section 3.2).
    fn sign(&self, at: i64, kind: u8, entry: &[u8]) -> Vec<u8> {
        let time = (at * 1000).to_be_bytes();
        let signed = [&[0, 0], &time[..], &[0, kind], entry, &[0, 0]].concat();
        let signature = self.key.sign(&signed).expect("a signature");
        let length = (signature.len() as u16).to_be_bytes();
        let id = self.id();
        [&[0], &id[..], &time, &[0, 0, 4, 3], &length, &signature].concat()
    }
}

/// A certificate behind its length.
fn sized(der: &[u8]) -> Vec<u8> {
    let length = (der.len() as u32).to_be_bytes();
    [&length[1..], der].concat()
}

/// A SignedCertificateTimestampList (section 3.3).
pub fn listed(stamps: &[Vec<u8>]) -> Vec<u8> {
    let sized = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat();
    let all: Vec<_> = stamps.iter().flat_map(|stamp| sized(stamp)).collect();
    sized(&all)
}

/// DER of an octet string.
pub fn octets(list: &[u8]) -> Vec<u8> {
    let length = (list.len() as u16).to_be_bytes();
    [&[4, 0x82], &length[..], list].concat()
}

/// Issues a certificate with timestamps of these logs at these times in it; `spoil` changes them.
pub fn issue(
    issuer: &Node,
    mut params: CertificateParams,
    logs: &[(&Log, i64)],
    spoil: impl Fn(&mut Vec<u8>),
) -> Node {
    let before = issuer.issue(params.clone());
    let (_, certificate) = X509Certificate::from_der(&before.der).expect("a certificate");
    let (_, read) = X509Certificate::from_der(&issuer.der).expect("a certificate");
    let tbs = certificate.tbs_certificate.as_ref();
    let stamps = logs.iter().map(|(log, at)| {
        let mut stamp = log.precertificate(*at, read.public_key().raw, tbs);
        spoil(&mut stamp);
        stamp
    });
    let stamps: Vec<_> = stamps.collect();
    if !stamps.is_empty() {
        let oid = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 2];
        let extension = CustomExtension::from_oid_content(&oid, octets(&listed(&stamps)));
        params.custom_extensions.push(extension);
    }
    issuer.cross(&before, params)
}
