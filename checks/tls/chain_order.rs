//! Whether a chain is served in order, and nothing beside it.
//!
//! In TLS 1.2 each certificate must directly certify the one before it (RFC 5246 section 7.4.2). TLS 1.3 lets
//! clients be lenient (RFC 8446 section 4.4.2), and the common ones sort by themselves, also more than one way to
//! a root (cross-signed authorities). So an issuer that comes anywhere after what it issued is in order. The root itself is
//! not needed: who trusts it has it.

use super::chain::Chain;
use super::chain_end::ChainEnd;
use super::rules;
use crate::judging::text::{counted, list};
use crate::model::Finding;

pub(crate) fn finding(endpoint: &str, chain: &Chain<'_>, end: &ChainEnd) -> Finding {
    let certificates = &chain.certificates;
    let reachable: Vec<_> = chain.reachable().map(|(place, _)| place).collect();
    let named = |place: usize| format!("\"{}\"", certificates[place].subject);
    let early = |place: &usize| {
        let subject = &certificates[*place].subject_name;
        let before = &certificates[..*place];
        *place > 0 && !before.iter().any(|issued| issued.issuer_name == *subject)
    };
    let mut early: Vec<_> = reachable.iter().copied().filter(early).collect();
    early.sort_unstable();
    // A client has the root already, and does not take it from the server.
    let root = |place: &usize| match end {
        ChainEnd::Trusted(path) => {
            *place > 0 && certificates[*place].self_issued && !path.members.contains(place)
        }
        _ => false,
    };
    let needless = (0..certificates.len()).filter(|place| !early.contains(place));
    let needless: Vec<_> = needless
        .filter_map(|place| match reachable.contains(&place) {
            true => root(&place).then(|| format!("the root {}", named(place))),
            false => Some(named(place)),
        })
        .collect();
    let (claim, observed) = match (early.is_empty(), needless.is_empty()) {
        (true, true) => {
            let claim = format!("{endpoint} serves its chain in order and nothing else");
            return rules::CHAIN_ORDER
                .pass(endpoint, claim)
                .observed(counted(certificates.len(), "certificate"));
        }
        (true, false) => (
            format!("{endpoint} serves certificates that its chain does not need"),
            list(needless),
        ),
        (false, needed) => {
            let mut observed = format!(
                "{} before what it issued",
                list(early.into_iter().map(named))
            );
            if !needed {
                observed = format!("{observed}; not needed: {}", list(needless));
            }
            (
                format!("{endpoint} serves its chain out of order"),
                observed,
            )
        }
    };
    rules::CHAIN_ORDER
        .warn(endpoint, claim)
        .expected("each issuer after what it issued, and nothing else")
        .observed(observed)
        .hint("put the leaf first, then its issuer, then that one's issuer: strict clients reject another order, and what is not needed makes every handshake longer")
}
