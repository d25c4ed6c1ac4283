//! Connects to every address once.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use futures_util::StreamExt as _;

use crate::checks::dns::observation::{Connection, Observation};
use crate::checks::dns::settings::Settings;
use crate::instrument::clock;
use crate::instrument::dial::dial;
use crate::instrument::dns::Outcome;
use crate::instrument::own;
use crate::model::Notebook;

/// Connections that are tried at most; the judge reports the others as not tried.
const MOST: usize = 2048;
/// Connections that are tried at a time.
const AT_A_TIME: usize = 64;

/// Connects to every address that came back or must be gone, each once.
pub(crate) async fn probe(settings: &Settings, notes: &Notebook<Observation>) {
    let mut addresses = returned(notes);
    let own = own::among(addresses.iter().copied());
    notes.note(|seen| seen.own = own);
    let Some(reachable) = &settings.reachable else {
        return;
    };
    // Clients that resolved once may still use an address that no answer returns any more.
    addresses.extend(&settings.gone);
    let mut targets = Vec::new();
    for ip in addresses {
        let ports = reachable.ports.iter();
        targets.extend(ports.map(|port| SocketAddr::new(ip, port.0)));
    }
    targets.truncate(MOST);
    let tried = targets.into_iter().map(|address| async move {
        let begin = clock::instant();
        let dialled = dial(address, begin + reachable.timeout.0).await;
        Connection {
            address,
            duration_us: begin.elapsed().as_micros() as u64,
            error: dialled.err(),
        }
    });
    let mut tried = futures_util::stream::iter(tried).buffer_unordered(AT_A_TIME);
    while let Some(connection) = tried.next().await {
        notes.note(|seen| seen.connections.push(connection));
    }
}

/// Every address of every answer.
fn returned(notes: &Notebook<Observation>) -> BTreeSet<IpAddr> {
    let mut addresses = BTreeSet::new();
    notes.see(|seen| {
        // What was said often counts once.
        for outcome in seen.exchanges.outcomes() {
            if let Outcome::Answer(reply) = outcome {
                let records = reply.records.iter();
                let records = records.filter(|record| matches!(&*record.kind, "A" | "AAAA"));
                addresses.extend(records.filter_map(|record| record.data.parse::<IpAddr>().ok()));
            }
        }
    });
    addresses
}
