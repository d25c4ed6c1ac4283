//! Finds the addresses of an endpoint: as the checklist gives them, or by asking.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use tokio::time::{Instant, timeout_at};

use super::endpoint::Endpoint;
use super::observation::Lookup;

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
    let begin = Instant::now();
    let resolver = SYSTEM.to_owned();
    let name = endpoint.host.to_string();
    match timeout_at(
        until,
        tokio::net::lookup_host((name.as_str(), endpoint.port)),
    )
    .await
    {
        Ok(Ok(found)) => Lookup::Found {
            resolver,
            addresses: found.collect::<BTreeSet<_>>().into_iter().collect(),
            took_us: begin.elapsed().as_micros() as u64,
        },
        Ok(Err(error)) => Lookup::Failed {
            resolver,
            message: error.to_string(),
        },
        Err(_) => Lookup::Timeout {
            resolver,
            after_ms: begin.elapsed().as_millis() as u64,
        },
    }
}
