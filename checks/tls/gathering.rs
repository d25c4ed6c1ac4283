//! Equal findings of several addresses become one that says where it holds.

use std::net::SocketAddr;

use super::words::addresses;
use crate::model::Finding;

/// Equal findings become one.
pub(crate) fn merged(claims: Vec<(Vec<SocketAddr>, Finding)>) -> Vec<(Vec<SocketAddr>, Finding)> {
    let mut merged: Vec<(Vec<SocketAddr>, Finding)> = Vec::new();
    for (at, finding) in claims {
        match merged.iter_mut().find(|(_, known)| *known == finding) {
            Some((all, _)) => all.extend(at),
            None => merged.push((at, finding)),
        }
    }
    merged
}

pub(crate) fn located(mut finding: Finding, at: &[SocketAddr]) -> Finding {
    finding.claim = format!("{} (at {})", finding.claim, addresses(at));
    finding
}

/// What was found of several addresses: once where it is the same, and with its addresses where it does not hold for
/// all of them.
pub(crate) fn gathered(found: Vec<(SocketAddr, Finding)>) -> Vec<Finding> {
    let found = found.into_iter().map(|(at, finding)| (vec![at], finding));
    let merged = merged(found.collect());
    if merged.len() == 1 {
        return merged.into_iter().map(|(_, finding)| finding).collect();
    }
    let located = |(at, finding): (Vec<_>, _)| located(finding, &at);
    merged.into_iter().map(located).collect()
}
