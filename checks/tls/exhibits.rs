//! The tables and pictures of a judgement.

use std::collections::HashSet;

use super::chains::Chains;
use super::observation::{Observation, Outcome, Session, short};
use super::settings::Settings;
use super::{handshake_times, negotiated, other_clients, renewal, resolvers, staple_gain};
use crate::judging::Window;
use crate::judging::text::clipped;
use crate::model::exhibit::{Mark, Span, TABLE_ROWS};
use crate::model::{Cell, Exhibit, LaunchFacts};

/// How many certificates the timeline shows.
const MOST_SPANS: usize = 40;

pub(crate) fn exhibits<'a>(
    settings: &Settings,
    observation: &'a Observation,
    chains: &mut Chains<'a>,
    window: Window,
    facts: &LaunchFacts,
) -> Vec<Exhibit> {
    let mut exhibits = Vec::new();
    exhibits.extend(resolvers::exhibit(settings, observation));
    exhibits.extend(served(settings, observation, chains));
    exhibits.extend(negotiated::table(settings, observation));
    exhibits.extend(renewal::exhibit(observation));
    exhibits.extend(handshake_times::exhibits(settings, observation));
    exhibits.extend(staple_gain::exhibit(settings, observation));
    let spans = spans(settings, observation, chains);
    if !spans.is_empty() {
        let mark = |label: &str, at| Mark {
            label: label.to_owned(),
            at,
        };
        let now = (window.now != facts.t0).then(|| mark("now", window.now));
        exhibits.push(Exhibit::Timeline {
            title: "Validity of the certificates".to_owned(),
            spans,
            marks: now.into_iter().chain([mark("T-0", facts.t0)]).collect(),
        });
    }
    exhibits
}

/// What each address serves; where there are more than a table holds, those first that serve nothing.
fn served<'a>(
    settings: &Settings,
    observation: &'a Observation,
    chains: &mut Chains<'a>,
) -> Option<Exhibit> {
    let mut addresses = Vec::new();
    for endpoint in observation.endpoints(settings) {
        let Some(seen) = observation.seen(endpoint) else {
            continue;
        };
        for address in seen.found() {
            addresses.push((endpoint, address, seen.addresses.get(&address)));
        }
    }
    if addresses.len() > TABLE_ROWS {
        let served = |outcome: &Option<&Outcome>| matches!(outcome, Some(Outcome::Handshake(_)));
        addresses.sort_by_key(|(_, _, outcome)| served(outcome));
    }
    let addresses = addresses.into_iter().map(|(endpoint, address, outcome)| {
        let ours = outcome.and_then(Outcome::shown);
        let others = ours.into_iter().flat_map(move |ours| {
            let others = ours.others.iter();
            let differ = move |other: &&Session| other.chain != ours.chain;
            others.filter_map(move |(kind, other)| {
                other.shown().filter(differ)?;
                let endpoint = other_clients::subject(&endpoint.to_string(), *kind);
                Some((endpoint, address, Some(other)))
            })
        });
        std::iter::once((endpoint.to_string(), address, outcome)).chain(others)
    });
    let rows = addresses.flatten().map(|(endpoint, address, outcome)| {
        let [handshake, certificate, issuer, expires] = match outcome {
            Some(Outcome::Handshake(session)) => certificate(session, chains),
            Some(Outcome::Refused(refused)) => {
                let [_, certificate, issuer, expires] = certificate(&refused.session, chains);
                let failure = clipped(&refused.failure.to_string());
                [failure.into(), certificate, issuer, expires]
            }
            Some(Outcome::Failure(failure)) => {
                let failure = clipped(&failure.to_string());
                [failure.into(), Cell::Absent, Cell::Absent, Cell::Absent]
            }
            None => [
                "not contacted".into(),
                Cell::Absent,
                Cell::Absent,
                Cell::Absent,
            ],
        };
        [
            endpoint.into(),
            address.ip().to_string().into(),
            handshake,
            certificate,
            issuer,
            expires,
        ]
    });
    let columns = [
        "Endpoint",
        "Address",
        "Handshake",
        "Certificate",
        "Issuer",
        "Expires",
    ];
    Exhibit::table("What each address serves", columns, rows)
}

fn certificate<'a>(session: &'a Session, chains: &mut Chains<'a>) -> [Cell; 4] {
    let digest = Cell::maybe(session.chain.first().map(|leaf| short(leaf)));
    let (issuer, expires) = match chains.follow(&session.chain) {
        Ok(verified) => {
            let leaf = verified.chain.leaf();
            (leaf.issuer.clone().into(), leaf.not_after.into())
        }
        Err(_) => (Cell::Absent, Cell::Absent),
    };
    [session.protocol.clone().into(), digest, issuer, expires]
}

/// The validity of the first certificates, each once.
fn spans<'a>(
    settings: &Settings,
    observation: &'a Observation,
    chains: &mut Chains<'a>,
) -> Vec<Span> {
    let mut known = HashSet::new();
    let mut spans = Vec::new();
    let endpoints = observation.endpoints(settings);
    for (endpoint, _, kind, session) in observation.shown_of(endpoints) {
        if spans.len() == MOST_SPANS {
            break;
        }
        if !session.chain.first().is_some_and(|leaf| known.insert(leaf)) {
            continue;
        }
        if let Ok(verified) = chains.follow(&session.chain) {
            let leaf = verified.chain.leaf();
            let endpoint = endpoint.to_string();
            let which = kind.map(|kind| other_clients::subject(&endpoint, kind));
            let which = which.unwrap_or(endpoint);
            spans.push(Span {
                label: format!("{which} {}", leaf.subject),
                from: leaf.not_before,
                to: leaf.not_after.max(leaf.not_before),
            });
        }
    }
    spans
}
