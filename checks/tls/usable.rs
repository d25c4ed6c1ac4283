//! Whether the addresses of an endpoint mean the same to clients elsewhere as to this machine.
//!
//! What the checklist gives itself, as the endpoint or in `addresses`, is not remarked on. Nor are loopback addresses
//! from a resolver on loopback: that is a laboratory on this machine, and clients of that resolver are here.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use super::endpoint::Endpoint;
use super::observation::Lookup;
use super::rules::USABLE_ADDRESS;
use crate::instrument::dns::Resolver;
use crate::judging::usable::Against;
use crate::model::Finding;
use crate::model::address::Special;

/// What stands against addresses that resolvers gave, of which some are this machine's own.
pub(crate) fn findings(
    endpoint: &Endpoint,
    lookups: &[Lookup],
    own: &BTreeSet<IpAddr>,
) -> Vec<(SocketAddr, Finding)> {
    let mut found: BTreeSet<SocketAddr> = BTreeSet::new();
    for lookup in lookups.iter().filter(|_| !endpoint.host.is_pinned()) {
        if let Lookup::Found {
            resolver,
            addresses,
            ..
        } = lookup
        {
            let here = is_here(resolver);
            let loopback = |at: &&SocketAddr| Special::of(at.ip()) == Some(Special::Loopback);
            let of_use = addresses.iter().filter(|at| !(here && loopback(at)));
            found.extend(of_use);
        }
    }
    let against = found.into_iter().filter_map(|at| {
        let against = Against::of(at.ip(), own.contains(&at.ip()))?;
        let claim = format!("{endpoint}: the address {} {}", at.ip(), against.words());
        let finding = USABLE_ADDRESS.finding(against.status(), endpoint.to_string(), claim);
        against
            .is_local()
            .then_some((at, finding.hint(USABLE_ADDRESS.fix)))
    });
    against.collect()
}

/// Whether a resolver, as the checklist writes it, is on this machine's loopback.
fn is_here(resolver: &str) -> bool {
    match resolver.parse() {
        Ok(Resolver::Server(at)) => at.ip().is_loopback(),
        Ok(Resolver::Upstream(server)) => {
            let host: Option<IpAddr> = server.host().parse().ok();
            host.is_some_and(|host| host.is_loopback())
        }
        _ => false,
    }
}
