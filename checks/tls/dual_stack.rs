//! Whether clients of both families are served.

use super::endpoint::Endpoint;
use crate::model::Finding;
use std::net::SocketAddr;

/// Judges an endpoint that is said to be dual stack, from the addresses it has and those that answered.
pub(crate) fn finding(
    endpoint: &Endpoint,
    all: impl Iterator<Item = SocketAddr> + Clone,
    completed: impl Iterator<Item = SocketAddr> + Clone,
) -> Finding {
    let claim = format!("{endpoint} answers over IPv4 and over IPv6");
    let lacks = |addresses: &mut dyn Iterator<Item = SocketAddr>| {
        let (mut v4, mut v6) = (true, true);
        for address in addresses {
            if address.is_ipv4() {
                v4 = false;
            } else {
                v6 = false;
            }
        }
        match (v4, v6) {
            (true, true) => Some("IPv4 or IPv6"),
            (true, false) => Some("IPv4"),
            (false, true) => Some("IPv6"),
            (false, false) => None,
        }
    };
    if let Some(family) = lacks(&mut all.clone()) {
        return Finding::fail(claim)
            .observed(format!("it has no {family} address"))
            .hint("publish both A and AAAA records, or leave `dual-stack` out");
    }
    match lacks(&mut completed.clone()) {
        Some(family) => Finding::error(claim)
            .observed(format!("no {family} address completed a handshake"))
            .hint("look at the findings of its addresses, and whether this machine has a route of that family"),
        None => Finding::pass(claim),
    }
}
