//! The last round of the probe: what servers bring beside their certificates, where those do not suffice.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use super::brought::Agreed;
use super::known::{Known, add};
use super::list::LogList;
use super::stamps::Subject;
use super::{Transparency, rule};
use crate::checks::tls::chain::Chain;
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::{Observation, Outcome, Session};
use crate::checks::tls::revocation::Round;

/// How many servers are asked at a time.
const AT_ONCE: usize = 64;

/// A server to ask.
type Place = (Endpoint, SocketAddr, Agreed);

/// Asks servers whose certificates do not carry timestamps enough, and writes down what they bring and the logs that
/// it names.
pub(in super::super) async fn ask(round: &Round<'_>, known: &Known, endpoints: &[Endpoint]) {
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
        .map(|(endpoint, address, agreed)| async move {
            if Instant::now() >= round.timeouts.until {
                return; // not asked: the judge tells it from one that brings nothing
            }
            let host = round.settings.server_name.as_ref();
            let host = host.unwrap_or(&endpoint.host);
            let brought = agreed
                .ask(round.client, address, host, round.timeouts)
                .await;
            round.notes.note(|seen| {
                let of = seen.endpoints.get_mut(&endpoint.to_string());
                let outcome = of.and_then(|of| of.addresses.get_mut(&address));
                if let Some(Outcome::Handshake(session)) = outcome {
                    session.brought = Some(brought);
                    let session = session.clone();
                    let named = named(&session, seen);
                    add(&mut seen.logs, list.only(&named));
                }
            });
        })
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
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
    for endpoint in endpoints {
        let Some(of) = seen.endpoints.get(&endpoint.to_string()) else {
            continue;
        };
        for (address, outcome) in &of.addresses {
            let Outcome::Handshake(session) = outcome else {
                continue;
            };
            let lacks = of_chains
                .entry(&session.chain)
                .or_insert_with(|| lacks(session, seen, round, list).unwrap_or(false));
            if *lacks {
                logs.extend(named(session, seen));
                let agreed = Agreed::in_session(session);
                places.push((endpoint.clone(), *address, agreed));
            }
        }
    }
    if !logs.is_empty() {
        add(&mut seen.logs, list.only(&logs));
    }
    places
}

/// Whether a chain is judged, and what stands in the certificate is not enough. Where an old list may just lack its
/// logs, it may well be, and no server would bring others.
fn lacks(session: &Session, seen: &Observation, round: &Round<'_>, list: &LogList) -> Option<bool> {
    let ders = seen.ders(&session.chain)?;
    let chain = Chain::read(&ders).ok()?;
    let subject = Subject::new(&chain, &seen.anchors);
    let votes = subject.weigh(&subject.embedded(), list, round.now);
    let hope = rule::stale(round.now.duration_since(list.timestamp));
    if rule::enough(&votes, subject.needed(), hope) {
        return Some(false); // nearly always, and known sooner than where the chain leads
    }
    let trust = chain.trust(&seen.anchors, round.now, round.now);
    Some(Transparency::of(round.settings).judges(&trust))
}

/// The logs that are named in a certificate, and in what is brought with it.
fn named(session: &Session, seen: &Observation) -> Vec<String> {
    let Some(ders) = seen.ders(&session.chain) else {
        return Vec::new();
    };
    let Ok(chain) = Chain::read(&ders) else {
        return Vec::new();
    };
    let stamps = Subject::new(&chain, &seen.anchors).with(session);
    stamps.all.into_iter().map(|(_, stamp)| stamp.log).collect()
}
