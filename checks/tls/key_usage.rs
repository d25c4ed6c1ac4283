//! Whether the server's certificate may be used as it is (RFC 5280 section 4.2.1.3); its issuers are judged in `paths/`.
//!
//! OpenSSL wants a key usage, where there is one, that fits a TLS server in some way; Go does not look. Neither insists on
//! digitalSignature when it verifies a chain, though TLS 1.3 and every key exchange of today need it, and browsers
//! refuse a handshake against it.

use super::chain::Chain;
use super::chain_end::ChainEnd;
use super::paths::Client;
use super::rules;
use crate::model::Finding;

/// Who refuses the leaf for its key usage.
pub(crate) fn refused_by(chain: &Chain<'_>) -> Option<Client> {
    (!chain.leaf().may_serve).then_some(Client::OpenSsl)
}

/// What is wrong with the leaf's key usage, if anything is.
pub(crate) fn fault(chain: &Chain<'_>) -> Option<String> {
    let leaf = chain.leaf();
    (!leaf.may_sign).then(|| {
        format!(
            "the key usage of \"{}\" lacks digitalSignature, by which a server proves that it holds the key",
            leaf.subject
        )
    })
}

/// What is found; nothing where the chain was refused, which comes first.
pub(crate) fn finding(endpoint: &str, chain: &Chain<'_>, end: &ChainEnd) -> Option<Finding> {
    if matches!(end, ChainEnd::Refused(_)) {
        return None;
    }
    let leaf = chain.leaf();
    let Some(fault) = fault(chain) else {
        let claim = format!("The certificate of {endpoint} has the key usage that a server needs");
        return Some(rules::KEY_USAGE.pass(endpoint, claim));
    };
    let claim = match leaf.may_serve {
        true => {
            format!("The key usage of the certificate of {endpoint} fits no key exchange of today")
        }
        false => format!(
            "The key usage of the certificate of {endpoint} is not a server's, and OpenSSL refuses it"
        ),
    };
    Some(
        rules::KEY_USAGE
            .warn(endpoint, claim)
            .observed(fault)
            .hint("have it reissued with a TLS server profile: key usage digitalSignature, extended key usage serverAuth"),
    )
}
