//! What the system's resolver comes to: what getaddrinfo(3) gave, beside what its servers say.
//!
//! Applications get what getaddrinfo gives, so that decides. The servers add what it leaves out: TTLs, aliases, and why
//! there is nothing.

use std::collections::BTreeSet;

use super::{Answer, Reading, canonical};
use crate::checks::dns::observation::{AnyExchange, AttemptRef};
use crate::instrument::dns::{Outcome, Transport};

/// What getaddrinfo gave in an exchange, where it was asked.
pub(crate) fn given<'a>(exchange: impl AnyExchange<'a>) -> Option<AttemptRef<'a>> {
    let mut attempts = exchange.attempts();
    attempts.find(|attempt| attempt.transport == Transport::System)
}

/// What the servers say, or the hosts file.
pub(crate) fn explained<'a>(exchange: impl AnyExchange<'a>) -> Reading<'a> {
    let attempts = exchange.attempts();
    let last = attempts.filter(|attempt| attempt.transport != Transport::System);
    match last.last() {
        Some(last) => Reading::of_last(exchange, last, None),
        None => Reading::Missing(None),
    }
}

/// Reads an exchange of which getaddrinfo is a part, or has to be.
pub(super) fn of<'a>(exchange: impl AnyExchange<'a>, error: Option<&'a str>) -> Reading<'a> {
    let explained = explained(exchange);
    let Some(given) = given(exchange) else {
        return match explained {
            // Without what an application gets, nothing passes.
            Reading::Answer(_) | Reading::Missing(_) => Reading::Missing(error),
            other => other,
        };
    };
    match given.outcome {
        Outcome::Answer(reply) => {
            let kind = exchange.kind();
            let records = reply.records.iter();
            let data = records
                .map(|record| canonical(kind, &record.data))
                .collect();
            let given = Answer {
                data,
                aliases: 0,
                chain: BTreeSet::new(),
                ttl: None,
                aa: false,
                reply,
            };
            match explained {
                Reading::Answer(_) | Reading::Missing(_) if given.data.is_empty() => {
                    Reading::NoData(None)
                }
                why if given.data.is_empty() => why,
                // A balancer gives other addresses each time: TTL and aliases of the name stay.
                Reading::Answer(said) => Reading::Answer(Answer {
                    data: given.data,
                    ..said
                }),
                _ => Reading::Answer(given),
            }
        }
        Outcome::NoAddress { text } => match explained {
            why
            @ (Reading::NoName(_) | Reading::NoData(_) | Reading::Loop | Reading::Broken(_)) => why,
            _ => Reading::NotFound(text),
        },
        Outcome::LookupFailed { text } => why_not(explained).unwrap_or(Reading::NotResolved(text)),
        Outcome::Timeout => why_not(explained).unwrap_or(Reading::Timeout(0)),
        Outcome::Network { text } => Reading::Network(text),
        _ => Reading::Missing(error),
    }
}

/// Why there is no answer, unless the servers have one.
fn why_not(explained: Reading<'_>) -> Option<Reading<'_>> {
    match explained {
        Reading::Answer(_) | Reading::Missing(_) | Reading::NoName(_) | Reading::NoData(_) => None,
        why => Some(why),
    }
}

/// What one attempt comes to.
pub(crate) fn read<'a>(exchange: impl AnyExchange<'a>, attempt: AttemptRef<'a>) -> Reading<'a> {
    Reading::of_last(exchange, attempt, None)
}
