//! The last round of the probe: what servers bring beside their certificates, where those do not suffice.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use futures_util::{StreamExt as _, stream};

use super::ct_policy;
use super::known_logs::{KnownLogs, add};
use super::log_list::LogList;
use super::sct_delivery::SctDelivery;
use super::scts::Subject;
use crate::checks::tls::chain::Chain;
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::{Observation, Session};
use crate::checks::tls::round::{AT_ONCE, Round};
use crate::instrument::tls::{ClientKind, Der, FlightRequest};
use crate::model::digest::sha256_hex;

/// A server to ask, and what was negotiated with it before.
struct Place {
    endpoint: Endpoint,
    address: SocketAddr,
    kind: Option<ClientKind>,
    protocol: String,
    group: String,
}

/// Asks servers whose certificates do not carry timestamps enough, and writes down what they bring and the logs that
/// it names.
pub(crate) async fn ask(round: &Round<'_>, known: &KnownLogs, endpoints: &[Endpoint]) {
    let mut places = Vec::new();
    let mut list = None;
    round.notes.note(|seen| {
        list = known.list(&seen.anchors);
        if let Some(list) = list {
            places = lacking(seen, endpoints, round, list);
        }
    });
    let Some(list) = list else {
        return;
    };
    stream::iter(places)
        .map(|place| async move {
            if round.over() {
                return; // not asked: the judge distinguishes it from one that delivers nothing
            }
            let delivery = place.ask(round).await;
            round.notes.note(|seen| {
                let Some(session) = seen.session_mut(&place.endpoint, place.address, place.kind)
                else {
                    return;
                };
                session.sct_delivery = Some(delivery);
                let session = session.clone();
                let named = named(&session, seen);
                add(&mut seen.logs, list.only(&named));
            });
        })
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
}

impl Place {
    async fn ask(&self, round: &Round<'_>) -> SctDelivery {
        let request = FlightRequest {
            protocol: &self.protocol,
            group: &self.group,
            staple: false,
        };
        let name = round.settings.server(&self.endpoint).0;
        let client = round.client(&self.endpoint, self.address, self.kind);
        let flight = client.flight_with_timestamps(self.address, &name, request, round.timeouts);
        match flight.await {
            Ok(flight) => SctDelivery::Answered {
                leaf: flight.leaf.map_or_else(String::new, |der| sha256_hex(&der)),
                list: flight.timestamps.map(Der),
            },
            Err(failure) => SctDelivery::Failed { failure },
        }
    }
}

/// The servers whose certificates are judged and do not suffice. Of those that staple something, the logs are written
/// down already now, whatever becomes of the question.
fn lacking(
    seen: &mut Observation,
    endpoints: &[Endpoint],
    round: &Round<'_>,
    list: &LogList,
) -> Vec<Place> {
    let mut of_chains = BTreeMap::new();
    let mut places = Vec::new();
    let mut logs = Vec::new();
    for (endpoint, address, kind, session) in seen.shown_of(endpoints) {
        let lacks = of_chains
            .entry(&session.chain)
            .or_insert_with(|| lacks(session, seen, round, list).unwrap_or(false));
        if *lacks {
            logs.extend(named(session, seen));
            places.push(Place {
                endpoint: endpoint.clone(),
                address,
                kind,
                protocol: session.protocol.clone(),
                group: session.group.clone(),
            });
        }
    }
    if !logs.is_empty() {
        add(&mut seen.logs, list.only(&logs));
    }
    places
}

/// Whether a chain is judged, and its embedded timestamps are not enough. Where an old list may just lack its
/// logs, it may well be, and no server would bring others.
fn lacks(session: &Session, seen: &Observation, round: &Round<'_>, list: &LogList) -> Option<bool> {
    let ders = seen.ders(&session.chain)?;
    let chain = Chain::read(&ders).ok()?;
    let subject = Subject::new(&chain, &seen.anchors);
    let votes = subject.weigh(&subject.embedded(), list, round.now);
    let hope = ct_policy::stale(round.now.duration_since(list.timestamp));
    if ct_policy::enough(&votes, subject.needed(), hope) {
        return Some(false); // nearly always, and known sooner than where the chain leads
    }
    let end = chain.end(&seen.anchors, round.now, round.now);
    Some(round.settings.transparency().judges(&end))
}

/// The logs that are named in a certificate, and in what is brought with it.
fn named(session: &Session, seen: &Observation) -> Vec<String> {
    let Some(ders) = seen.ders(&session.chain) else {
        return Vec::new();
    };
    let Ok(chain) = Chain::read(&ders) else {
        return Vec::new();
    };
    let scts = Subject::new(&chain, &seen.anchors).with(session);
    scts.all.into_iter().map(|(_, sct)| sct.log).collect()
}
