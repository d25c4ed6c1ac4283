//! Record sets of answers and their TTLs, and the TTL that each should start from.

use std::collections::HashMap;

use crate::checks::dns::observation::{AttemptRef, Observation};
use crate::checks::dns::settings::Settings;
use crate::checks::dns::view::View;
use crate::instrument::dns::{Outcome, RecordType, Reply};

/// A record set within the answers to one question: owner, where it is not the name asked for, and type.
pub(super) type Key<'a> = (Option<&'a str>, &'a str);

/// The record sets of an answer with their TTLs. All records of a set have one TTL (RFC 2181 section 5.2); where
/// they do not, the shortest counts.
pub(super) fn of<'a>(reply: &'a Reply, tried: AttemptRef<'a>) -> Vec<(Key<'a>, u32)> {
    let mut sets: Vec<(Key<'a>, u32)> = Vec::with_capacity(1);
    for (record, ttl) in reply.records.iter().zip(tried.ttls()) {
        let key = (record.name.as_deref(), &*record.kind);
        match sets.iter_mut().find(|(met, _)| *met == key) {
            Some((_, least)) => *least = ttl.min(*least),
            None => sets.push((key, ttl)),
        }
    }
    sets
}

/// Where a TTL to compare with comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// An authority states it.
    Stated(u32),
    /// No answer to this question showed a higher one.
    Highest(u32),
}

impl Start {
    pub(super) fn ttl(self) -> u32 {
        match self {
            Self::Stated(ttl) | Self::Highest(ttl) => ttl,
        }
    }
}

/// What the zone's own servers state, by question.
pub(super) struct Stated<'a>(HashMap<(&'a str, RecordType), Vec<(Key<'a>, u32)>>);

impl<'a> Stated<'a> {
    /// Reads the walk to the zone's own servers, if there was one.
    pub(super) fn new(settings: &Settings, observation: &'a Observation) -> Self {
        let mut stated: HashMap<_, Vec<(Key<'a>, u32)>> = HashMap::new();
        let walk = observation.source.as_ref();
        let walk = walk.filter(|_| settings.authoritative.is_some());
        let zones = walk.into_iter().flat_map(|walk| &walk.zones);
        for exchange in zones
            .flat_map(|zone| &zone.servers)
            .flat_map(|server| &server.exchanges)
        {
            if let Some(attempt) = exchange.attempts.last()
                && let Outcome::Answer(reply) = &attempt.outcome
                && reply.aa
            {
                let question = (&*exchange.name, exchange.kind);
                let met = stated.entry(question).or_default();
                raise(met, of(reply, attempt.into()));
            }
        }
        Self(stated)
    }

    /// The TTLs that the record sets of a question start from. A resolver that is an authority itself states
    /// them as well.
    pub(super) fn starts(&self, view: &View<'a>, question: usize) -> Vec<(Key<'a>, Start)> {
        let asked = view.asked(question);
        let mut stated = self
            .0
            .get(&(&**asked.name.text(), asked.kind))
            .cloned()
            .unwrap_or_default();
        let mut highest = Vec::new();
        for resolver in 0..view.resolvers.len() {
            for round in 0..view.rounds {
                let tried = view.entry(round, question, resolver);
                let Some(tried) = tried.and_then(|entry| entry.attempts().last()) else {
                    continue;
                };
                if let Outcome::Answer(reply) = tried.outcome {
                    let sets = of(reply, tried);
                    match reply.aa {
                        true => raise(&mut stated, sets),
                        false => raise(&mut highest, sets),
                    }
                }
            }
        }
        let known = |key: &Key<'a>| stated.iter().any(|(met, _)| met == key);
        let highest = highest.into_iter().filter(|(key, _)| !known(key));
        let highest: Vec<_> = highest
            .map(|(key, ttl)| (key, Start::Highest(ttl)))
            .collect();
        let stated = stated.iter().map(|(key, ttl)| (*key, Start::Stated(*ttl)));
        stated.chain(highest).collect()
    }
}

/// Keeps the higher TTL of each set.
fn raise<'a>(met: &mut Vec<(Key<'a>, u32)>, sets: Vec<(Key<'a>, u32)>) {
    for (key, ttl) in sets {
        match met.iter_mut().find(|(known, _)| *known == key) {
            Some((_, most)) => *most = ttl.max(*most),
            None => met.push((key, ttl)),
        }
    }
}
