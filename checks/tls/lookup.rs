//! Finds the addresses of an endpoint: as the checklist gives them, or by asking.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use tokio::time::Instant;

use super::endpoint::Endpoint;
use super::observation::Lookup;
use crate::instrument::lookup::{LookupError, lookup};

/// How a lookup through the operating system is called in the record.
const SYSTEM: &str = "system";

/// Looks an endpoint up, unless its addresses are `given` or it is one.
pub(crate) async fn look_up(endpoint: &Endpoint, given: &[IpAddr], until: Instant) -> Lookup {
    let here = |address: IpAddr| SocketAddr::new(address, endpoint.port);
    if !given.is_empty() {
        let given: BTreeSet<_> = given.iter().copied().map(here).collect();
        return Lookup::Given {
            addresses: given.into_iter().collect(),
        };
    }
    if let Some(address) = endpoint.host.address() {
        return Lookup::Given {
            addresses: vec![here(address)],
        };
    }
    let resolver = SYSTEM.to_owned();
    let name = endpoint.host.to_string();
    match lookup(&name, endpoint.port, until).await {
        Ok(found) => Lookup::Found {
            resolver,
            addresses: BTreeSet::from_iter(found.addresses).into_iter().collect(),
            took_us: found.took.unwrap_or_default().as_micros() as u64,
        },
        Err(LookupError::Timeout { after_ms }) => Lookup::Timeout { resolver, after_ms },
        Err(LookupError::NoAddress { message }) => Lookup::NoAddress { resolver, message },
        Err(LookupError::Failed { message }) => Lookup::Failed { resolver, message },
    }
}
