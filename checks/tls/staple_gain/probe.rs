//! Greets the servers that staple, and puts questions to the responders that their certificates name.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use super::seen::{Flights, Greeted, Question, Reply};
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::Session;
use crate::checks::tls::revocation::{Asked, Subject, leaves};
use crate::checks::tls::round::Round;
use crate::instrument::clock;
use crate::instrument::revocation::{answer, request};
use crate::instrument::tls::FlightRequest;
use crate::model::digest::sha256_hex;

/// How many addresses are greeted, and how many responders asked, at a time: few, for their times are compared.
const AT_ONCE: usize = 16;

/// Asks, and writes down every answer.
pub(crate) async fn ask(round: &Round<'_>, endpoints: &[Endpoint]) {
    if round.settings.staple_gain.is_none() {
        return;
    }
    let staples = |session: &Session| session.staple().is_some();
    let mut subjects = round.subjects(|seen, now| leaves(seen, now, staples));
    subjects.retain(|subject| !subject.pointers.responders.is_empty());
    let known: BTreeSet<&str> = subjects
        .iter()
        .map(|subject| subject.digest.as_str())
        .collect();
    stream::iter(places(round, endpoints, &known))
        .map(|place| greet(round, place))
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
    stream::iter(subjects)
        .map(|subject| question(round, subject))
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
}

/// An address that staples, and what was negotiated with it.
struct Place {
    endpoint: Endpoint,
    address: SocketAddr,
    protocol: String,
    group: String,
    /// SHA-256 of the certificate.
    leaf: String,
}

fn places(round: &Round<'_>, endpoints: &[Endpoint], known: &BTreeSet<&str>) -> Vec<Place> {
    let mut places = Vec::new();
    round.notes.note(|seen| {
        for (endpoint, address, session) in seen.sessions_of(endpoints) {
            let leaf = session.chain.first().map_or("", String::as_str);
            if known.contains(leaf) && session.staple().is_some() {
                places.push(Place {
                    endpoint: endpoint.clone(),
                    address,
                    protocol: session.protocol.clone(),
                    group: session.group.clone(),
                    leaf: leaf.to_owned(),
                });
            }
        }
    });
    places
}

/// Greets one address in turns. One that fails is not greeted again: nothing can be compared any more.
async fn greet(round: &Round<'_>, place: Place) {
    let settings = round.settings;
    let name = settings.server(&place.endpoint).0;
    let mut flights = Flights::default();
    for turn in 0..2 * settings.handshakes_with_staple() {
        if round.over() {
            return; // the judge distinguishes it from one that was greeted often enough
        }
        let staple = turn % 2 == 0;
        let request = FlightRequest {
            protocol: &place.protocol,
            group: &place.group,
            staple,
        };
        let flight = round
            .client(&place.endpoint, place.address, None)
            .first_flight(place.address, &name, request, round.timeouts)
            .await;
        let failed = flight.is_err();
        let greeted = match flight {
            Ok(flight) if flight.leaf.as_deref().map(sha256_hex) != Some(place.leaf.clone()) => {
                Greeted::OtherCertificate
            }
            Ok(flight) => Greeted::Flight {
                took_us: flight.took.as_micros() as u64,
                bytes: flight.bytes as u64,
                staple: flight.staple.map_or(0, |staple| staple.len()) as u64,
            },
            Err(failure) => Greeted::Failed { failure },
        };
        let side = if staple {
            &mut flights.with
        } else {
            &mut flights.without
        };
        side.push(greeted);
        let known = flights.clone();
        round.session(&place.endpoint, place.address, |session| {
            session.flights = known;
        });
        if failed {
            return;
        }
    }
}

/// Asks about one certificate, each time on a connection of its own, until there is no answer.
async fn question(round: &Round<'_>, subject: Arc<Subject>) {
    let Ok(asks) = request(&subject.pointers, &subject.issuer) else {
        return;
    };
    for _ in 0..round.settings.handshakes_with_staple() {
        let mut question = Question::new();
        for url in &subject.pointers.responders {
            if round.over() {
                return;
            }
            let begin = clock::instant();
            let fetched = round.put(url, &asks).await;
            let took_us = begin.elapsed().as_micros() as u64;
            let outcome = match fetched {
                Err(error) => Reply::Missing { error },
                Ok(response) => match answer(&response, &subject.pointers, &subject.issuer) {
                    Ok(_) => Reply::Answered {
                        bytes: response.len() as u64,
                    },
                    Err(error) => Reply::Useless {
                        why: error.to_string(),
                    },
                },
            };
            question.push(Asked {
                url: url.clone(),
                took_us,
                outcome,
            });
            if answered(&question) {
                break;
            }
        }
        let done = answered(&question);
        round.notes.note(|seen| {
            let questions = &mut seen.questions;
            let of = questions.entry(subject.digest.clone()).or_default();
            of.push(question);
        });
        if !done {
            return;
        }
    }
}

fn answered(question: &Question) -> bool {
    let last = question.last();
    last.is_some_and(|last| matches!(last.outcome, Reply::Answered { .. }))
}
