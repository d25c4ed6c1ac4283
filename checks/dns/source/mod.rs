//! The walk to the zone's own servers: what was found there. `find` looks for zones and servers, `visit` asks
//! them, `judge` decides: whether they are `reached`, whether they `agree`, and what TTLs they state.

mod agree;
mod find;
mod judge;
mod reached;
mod table;
mod ttl;
mod visit;

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::probe::{Exchange, Observation};
use super::settings::Settings;
use crate::instrument::dns::{Attempt, Kind, Outcome, Reply};
use crate::model::Notebook;

pub(super) use judge::judge;
pub(super) use table::exhibit;

/// Names that are asked for; of others the judge finds nothing, which is an error.
const NAMES: usize = 10_000;
/// Servers that are asked at a time.
const AT_A_TIME: usize = 16;

/// All that was found on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// The zones of the names.
    pub zones: Vec<Zone>,
    /// Names whose zone was not found, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Lost>,
}

impl Walk {
    /// Every server with its zone.
    pub(super) fn servers(&self) -> impl Iterator<Item = (&Zone, &Server)> {
        let zones = self.zones.iter();
        zones.flat_map(|zone| zone.servers.iter().map(move |server| (zone, server)))
    }
}

/// A name without a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The name as the checklist writes it.
    pub name: Arc<str>,
    /// What was met instead of a zone.
    pub reason: String,
}

/// A zone and its servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its name, with the final dot.
    pub name: Arc<str>,
    /// Names of its servers without an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_address: Vec<String>,
    /// One for each address.
    pub servers: Vec<Server>,
    /// Why there are no servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One server at one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its name, where one led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// Where it was asked.
    pub address: SocketAddr,
    /// SOA and NS of the zone, then every name and type in it.
    pub exchanges: Vec<Exchange>,
    /// The zone's SOA over TCP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<Attempt>,
    /// A question that was not answered, put again in ways that need no large datagrams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smaller: Option<Smaller>,
    /// Why it could not be asked to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Server {
    /// Its name, where it has one, and its address.
    pub(super) fn label(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} ({})", self.address),
            None => self.address.to_string(),
        }
    }

    fn exchange(&self, name: &str, kind: Kind) -> Option<&Exchange> {
        let mut exchanges = self.exchanges.iter();
        exchanges.find(|exchange| &*exchange.name == name && exchange.kind == kind)
    }
}

/// A question to which no answer came, asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smaller {
    /// The name.
    pub name: Arc<str>,
    /// The type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Over UDP without EDNS: 512 bytes at most.
    pub udp: Option<Attempt>,
    /// Over TCP.
    pub tcp: Option<Attempt>,
}

/// The whole answer, if there is one.
fn reply(exchange: Option<&Exchange>) -> Option<&Reply> {
    match &exchange?.attempts.last()?.outcome {
        Outcome::Answer(reply) if !reply.tc => Some(reply),
        _ => None,
    }
}

/// Walks to the servers of every name's zone, and asks them.
pub(super) async fn look(settings: &Settings, notes: &Notebook<Observation>, epoch: Instant) {
    if !settings.authoritative {
        return;
    }
    let mut names = settings.names.clone();
    notes.note(|seen| {
        seen.source = Some(Walk::default());
        names.extend_from_slice(seen.listed_names());
    });
    names.truncate(NAMES);
    let guide = find::Guide::new(settings, epoch);
    let (zones, lost) = guide.zones(&names).await;
    notes.note(|seen| seen.source.get_or_insert_default().lost = lost);
    let mut visits = Vec::new();
    for (place, (name, names)) in zones.into_iter().enumerate() {
        let zone = guide.servers(&name).await;
        for (server, found) in zone.servers.iter().enumerate() {
            visits.push((
                place,
                server,
                found.address,
                Arc::clone(&name),
                names.clone(),
            ));
        }
        notes.note(|seen| seen.source.get_or_insert_default().zones.push(zone));
    }
    let mut visits = futures_util::stream::iter(visits.into_iter().map(
        |(zone, server, address, name, names)| async move {
            visit::Visit {
                settings,
                notes,
                epoch,
                zone,
                server,
                address,
            }
            .look(&name, &names)
            .await;
        },
    ))
    .buffer_unordered(AT_A_TIME);
    while visits.next().await.is_some() {}
}
