//! Whether clients of both address families are served.

use std::net::SocketAddr;

use super::endpoint::Endpoint;
use super::rules;
use crate::model::Finding;
use crate::model::address::Special;

/// Judges an endpoint that is said to be dual stack, from the addresses it has and those that answered.
pub(crate) fn finding(
    endpoint: &Endpoint,
    all: impl Iterator<Item = SocketAddr>,
    completed: impl Iterator<Item = SocketAddr>,
) -> Finding {
    let subject = endpoint.to_string();
    if let Some(family) = lacks(all) {
        return rules::DUAL_STACK
            .fail(subject, format!("{endpoint} has no {family} address"))
            .hint("publish both A and AAAA records (what NAT64 makes of an A record is none), or leave `dual-stack` out");
    }
    match lacks(completed) {
        Some(family) => rules::DUAL_STACK
            .error(
                subject,
                format!("No {family} address of {endpoint} completes a handshake"),
            )
            .hint("see the findings of its addresses, and check whether this machine has a route of that family"),
        None => rules::DUAL_STACK.pass(
            subject,
            format!("{endpoint} answers over both IPv4 and IPv6"),
        ),
    }
}

/// The family of which there is no address.
fn lacks(addresses: impl Iterator<Item = SocketAddr>) -> Option<&'static str> {
    let (mut v4, mut v6) = (false, false);
    for address in addresses {
        v4 |= address.is_ipv4();
        // What NAT64 makes of an IPv4 address is none that the server has.
        v6 |= address.is_ipv6() && Special::of(address.ip()).is_none_or(Special::is_native);
    }
    match (v4, v6) {
        (false, false) => Some("IPv4 or IPv6"),
        (false, true) => Some("IPv4"),
        (true, false) => Some("IPv6"),
        (true, true) => None,
    }
}
