//! Whether the certificates of a chain may be used as they are (RFC 5280 section 4.2.1.3).
//!
//! The verifier looks at the extended key usage and at who is an authority; the key usage it leaves aside, and
//! most clients do not.

use super::chain::Chain;
use super::chain_end::ChainEnd;
use super::endpoint::Endpoint;
use super::words::list;
use crate::model::Finding;

/// What is found; nothing where trust was refused, which may be for the same reason and comes first.
pub(crate) fn finding(endpoint: &Endpoint, chain: &Chain<'_>, trust: &ChainEnd) -> Option<Finding> {
    let claim = format!("The certificates of {endpoint} may be used as they are");
    let members: Vec<_> = match trust {
        ChainEnd::Refused(_) => return None,
        ChainEnd::Trusted(path) => path.members.clone(),
        _ => chain.reachable().map(|(place, _)| place).collect(),
    };
    let mut faults = Vec::new();
    if !chain.leaf().may_sign {
        faults.push(format!(
            "the key usage of \"{}\" allows no digital signature, with which a server proves that it has the key",
            chain.leaf().subject
        ));
    }
    for place in members.into_iter().filter(|place| *place > 0) {
        let issuer = &chain.certificates[place];
        if !issuer.may_issue {
            faults.push(format!(
                "the key usage of \"{}\" does not allow to sign certificates",
                issuer.subject
            ));
        }
    }
    Some(if faults.is_empty() {
        Finding::pass(claim)
    } else {
        Finding::fail(claim).observed(list(faults)).hint(
            "have it issued anew with the profile of a TLS server: key usage digitalSignature, extended key usage serverAuth",
        )
    })
}
