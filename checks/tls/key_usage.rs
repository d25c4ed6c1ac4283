//! Whether the certificates of a chain may be used as they are (RFC 5280 section 4.2.1.3).
//!
//! The verifier looks at the extended key usage and at who is an authority; the key usage it leaves aside, and
//! most clients do not.

use super::chain::Chain;
use super::chain_end::ChainEnd;
use super::rules;
use crate::judging::text::list;
use crate::model::Finding;

/// What is found; nothing where the chain was refused, which may be for the same reason and comes first.
pub(crate) fn finding(endpoint: &str, chain: &Chain<'_>, end: &ChainEnd) -> Option<Finding> {
    let members: Vec<_> = match end {
        ChainEnd::Refused(_) => return None,
        ChainEnd::Trusted(path) => path.members.clone(),
        _ => chain.reachable().map(|(place, _)| place).collect(),
    };
    let mut faults = Vec::new();
    if !chain.leaf().may_sign {
        faults.push(format!(
            "the key usage of \"{}\" lacks digitalSignature, by which a server proves that it holds the key",
            chain.leaf().subject
        ));
    }
    for place in members.into_iter().filter(|place| *place > 0) {
        let issuer = &chain.certificates[place];
        if !issuer.may_issue {
            faults.push(format!(
                "the key usage of \"{}\" lacks keyCertSign",
                issuer.subject
            ));
        }
    }
    Some(if faults.is_empty() {
        let claim =
            format!("The certificates of {endpoint} have the key usage that a server needs");
        rules::KEY_USAGE.pass(endpoint, claim)
    } else {
        let claim = format!("Certificates of {endpoint} are used against their key usage");
        rules::KEY_USAGE.fail(endpoint, claim).observed(list(faults)).hint(
            "have it reissued with a TLS server profile: key usage digitalSignature, extended key usage serverAuth",
        )
    })
}
