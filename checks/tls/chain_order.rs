//! Whether a chain is served in order, and nothing beside it.
//!
//! In TLS 1.2 each certificate must directly certify the one before it (RFC 5246 section 7.4.2). TLS 1.3 lets
//! clients be lenient (RFC 8446 section 4.4.2), and the common ones sort by themselves, also more than one way to
//! a root (cross-signed authorities). So an issuer that stands somewhere behind what it issued is in order.

use super::chain::Chain;
use super::endpoint::Endpoint;
use super::words::{counted, list};
use crate::model::Finding;

pub(crate) fn finding(endpoint: &Endpoint, chain: &Chain<'_>) -> Finding {
    let claim = format!("{endpoint} serves its chain in order and nothing else");
    let certificates = &chain.certificates;
    let reachable: Vec<_> = chain.reachable().map(|(place, _)| place).collect();
    let named = |place: usize| format!("\"{}\"", certificates[place].subject);
    let early = |place: &usize| {
        let subject = &certificates[*place].subject_raw;
        let before = &certificates[..*place];
        *place > 0 && !before.iter().any(|issued| issued.issuer_raw == *subject)
    };
    let mut early: Vec<_> = reachable.iter().copied().filter(early).collect();
    early.sort_unstable();
    let needless = (0..certificates.len()).filter(|place| !reachable.contains(place));
    let needless: Vec<_> = needless.map(named).collect();
    let mut faults = Vec::new();
    if !early.is_empty() {
        let early = list(early.into_iter().map(named));
        faults.push(format!("{early} before what it issued"));
    }
    if !needless.is_empty() {
        faults.push(format!(
            "{} that nothing here needs: {}",
            counted(needless.len(), "certificate"),
            list(needless)
        ));
    }
    if faults.is_empty() {
        return Finding::pass(claim).observed(counted(certificates.len(), "certificate"));
    }
    Finding::warn(claim)
        .expected("each issuer behind what it issued")
        .observed(faults.join("; "))
        .hint("put into the server's file the leaf, then its issuer, then that one's issuer: strict clients refuse another order, and what is not needed costs every handshake")
}
