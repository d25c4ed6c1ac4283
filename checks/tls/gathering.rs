//! Findings of single addresses: equal ones become one where they hold for all addresses of an endpoint, and each is
//! about its own address where they do not.

use std::net::SocketAddr;

use crate::judging::{Bounded, merged};
use crate::model::Finding;

/// A finding about an endpoint, and the addresses at which it was made.
pub(crate) type Located = (Vec<SocketAddr>, Finding);

/// Adds findings about an endpoint that has so many addresses.
pub(crate) fn settle(
    found: impl IntoIterator<Item = Located>,
    addresses: usize,
    findings: &mut Bounded,
) {
    for (at, finding) in merged(found) {
        if at.len() == addresses {
            findings.add(finding);
        } else {
            locate(&finding, &at, findings);
        }
    }
}

/// Adds a finding once for each address.
pub(crate) fn locate(finding: &Finding, at: &[SocketAddr], findings: &mut Bounded) {
    for address in at {
        let mut here = finding.clone();
        here.subject = format!("{} at {}", finding.subject, address.ip());
        findings.add(here);
    }
}
