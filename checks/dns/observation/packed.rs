//! The exchanges of a check, packed: there are hundreds of thousands of them, and a cache says the same again
//! and again. Every question, resolver and outcome is held once, without the TTLs of its records, and each
//! exchange is a row of numbers that points to them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexSet;

use super::attempt::{AttemptRef, Ttls, packets, records};
use super::distinct::Distinct;
use super::exchange::Exchange;
use super::outcome_key::Timeless;
use crate::instrument::dns::{Attempt, Outcome, RecordType, Transport};

/// All exchanges of a check in the order in which they were put in.
#[derive(Clone, Default)]
pub struct Exchanges {
    questions: IndexSet<(Arc<str>, RecordType)>,
    resolvers: IndexSet<Arc<str>>,
    outcomes: IndexSet<Timeless>,
    /// Lists of TTLs that are not all the same.
    mixed: IndexSet<Box<[u32]>>,
    rows: Vec<Row>,
    /// Attempts after the first, by row: few packets get lost.
    more: BTreeMap<u32, Vec<Packed>>,
}

#[derive(Clone, Copy)]
struct Row {
    question: u32,
    resolver: u32,
    round: u32,
    first: Option<Packed>,
}

/// An attempt.
#[derive(Clone, Copy)]
struct Packed {
    start_us: u64,
    duration_us: u64,
    outcome: u32,
    ttl: Ttl,
    transport: Transport,
    server: Option<u8>,
}

#[derive(Clone, Copy)]
enum Ttl {
    /// That of every record.
    All(u32),
    /// A list among the mixed ones.
    Mixed(u32),
}

impl Exchanges {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One of them.
    pub fn get(&self, place: usize) -> Option<ExchangeRef<'_>> {
        (place < self.rows.len()).then_some(ExchangeRef {
            exchanges: self,
            place,
        })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = ExchangeRef<'_>> {
        (0..self.rows.len()).filter_map(|place| self.get(place))
    }

    /// Adds an exchange without attempts.
    pub fn open(&mut self, name: &Arc<str>, kind: RecordType, resolver: &Arc<str>, round: u32) {
        let question = self.questions.insert_full((Arc::clone(name), kind)).0;
        let resolver = self.resolvers.insert_full(Arc::clone(resolver)).0;
        self.rows.push(Row {
            question: question as u32,
            resolver: resolver as u32,
            round,
            first: None,
        });
    }

    /// Adds an attempt to the exchange at a place.
    pub fn attempt(&mut self, place: usize, attempt: Attempt) {
        let Attempt {
            transport,
            server,
            start_us,
            duration_us,
            outcome,
        } = attempt;
        let (outcome, ttls) = Timeless::of(outcome);
        let ttl = self.ttl(&ttls);
        let outcome = self.outcomes.insert_full(outcome).0 as u32;
        let packed = Packed {
            start_us,
            duration_us,
            outcome,
            ttl,
            transport,
            server,
        };
        self.add(place, packed);
    }

    fn ttl(&mut self, ttls: &[u32]) -> Ttl {
        match ttls {
            [] => Ttl::All(0),
            [first, rest @ ..] if rest.iter().all(|ttl| ttl == first) => Ttl::All(*first),
            mixed => Ttl::Mixed(self.mixed.insert_full(mixed.into()).0 as u32),
        }
    }

    fn add(&mut self, place: usize, packed: Packed) {
        match self.rows.get_mut(place) {
            Some(Row { first, .. }) if first.is_none() => *first = Some(packed),
            Some(_) => self.more.entry(place as u32).or_default().push(packed),
            None => {}
        }
    }

    /// Every different question.
    pub(super) fn questions(&self) -> impl ExactSizeIterator<Item = &(Arc<str>, RecordType)> {
        self.questions.iter()
    }

    /// Every resolver.
    pub(super) fn resolvers(&self) -> impl ExactSizeIterator<Item = &Arc<str>> {
        self.resolvers.iter()
    }

    /// Every different outcome; the TTLs of its records are 0.
    pub(crate) fn outcomes(&self) -> impl ExactSizeIterator<Item = &Outcome> {
        self.outcomes.iter().map(Timeless::outcome)
    }
}

impl Extend<Exchange> for Exchanges {
    fn extend<I: IntoIterator<Item = Exchange>>(&mut self, exchanges: I) {
        for exchange in exchanges {
            let place = self.rows.len();
            let Exchange {
                name,
                kind,
                resolver,
                round,
                attempts,
            } = exchange;
            self.open(&name, kind, &resolver, round);
            for attempt in attempts {
                self.attempt(place, attempt);
            }
        }
    }
}

/// One exchange where it is.
#[derive(Clone, Copy)]
pub struct ExchangeRef<'a> {
    pub(super) exchanges: &'a Exchanges,
    pub(super) place: usize,
}

impl<'a> ExchangeRef<'a> {
    /// The name as the checklist writes it.
    pub fn name(self) -> &'a Arc<str> {
        &self.exchanges.question_at(self.place).0
    }

    /// The record type.
    pub fn kind(self) -> RecordType {
        self.exchanges.question_at(self.place).1
    }

    /// The resolver as the checklist writes it.
    pub fn resolver(self) -> &'a Arc<str> {
        self.exchanges.resolver_at(self.place)
    }

    /// Counted from 0.
    pub fn round(self) -> u32 {
        self.exchanges.round_at(self.place)
    }

    /// Each packet in the order of its end.
    pub fn attempts(self) -> impl Iterator<Item = AttemptRef<'a>> {
        self.exchanges.attempts_at(self.place)
    }

    /// The whole exchange as data of its own.
    pub fn unpacked(self) -> Exchange {
        Exchange {
            name: Arc::clone(self.name()),
            kind: self.kind(),
            resolver: Arc::clone(self.resolver()),
            round: self.round(),
            attempts: self.attempts().map(AttemptRef::unpacked).collect(),
        }
    }

    /// From the first packet to the answer, in microseconds, where there is an answer. For the system resolver, what an
    /// application waits.
    pub(crate) fn latency_us(self) -> Option<u64> {
        let mut given = self.attempts();
        let given = given.find(|attempt| attempt.transport == Transport::System);
        if let Some(given) = given {
            let answered = matches!(given.outcome, Outcome::Answer(_));
            return answered.then_some(given.duration_us);
        }
        let mut attempts = self.attempts();
        let first = attempts.next()?;
        let last = attempts.last().unwrap_or(first);
        match last.outcome {
            Outcome::Answer(reply) if !reply.tc => {
                Some((last.start_us + last.duration_us).saturating_sub(first.start_us))
            }
            _ => None,
        }
    }

    /// How many messages were sent, repetitions over TCP not counted, and how many of them were lost.
    pub(crate) fn packets(self) -> (usize, usize) {
        packets(self.attempts())
    }
}

impl PartialEq for Exchanges {
    fn eq(&self, other: &Self) -> bool {
        let exchanges = |all: &Self| all.iter().map(|entry| entry.unpacked()).collect::<Vec<_>>();
        exchanges(self) == exchanges(other)
    }
}

impl Eq for Exchanges {}

impl fmt::Debug for Exchanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exchanges = self.iter().map(|entry| entry.unpacked());
        f.debug_list().entries(exchanges).finish()
    }
}

/// What an [`ExchangeRef`] reads.
impl Exchanges {
    fn question_at(&self, place: usize) -> &(Arc<str>, RecordType) {
        &self.questions[self.rows[place].question as usize]
    }

    fn resolver_at(&self, place: usize) -> &Arc<str> {
        &self.resolvers[self.rows[place].resolver as usize]
    }

    fn round_at(&self, place: usize) -> u32 {
        self.rows[place].round
    }

    /// The numbers of the question and the resolver among the different ones.
    pub(super) fn numbers_at(&self, place: usize) -> (u32, u32) {
        let row = &self.rows[place];
        (row.question, row.resolver)
    }

    fn attempts_at(&self, place: usize) -> impl Iterator<Item = AttemptRef<'_>> {
        let first = self.rows[place].first.as_ref();
        // A second attempt is rare, so it is not looked for where there is no first.
        let more = first.and_then(|_| self.more.get(&(place as u32)));
        let all = first.into_iter().chain(more.into_iter().flatten());
        all.map(|packed| self.unpack(packed))
    }

    fn unpack(&self, packed: &Packed) -> AttemptRef<'_> {
        AttemptRef {
            transport: packed.transport,
            server: packed.server,
            start_us: packed.start_us,
            duration_us: packed.duration_us,
            outcome: self.outcomes[packed.outcome as usize].outcome(),
            ttls: match packed.ttl {
                Ttl::All(ttl) => Ttls::All(ttl),
                Ttl::Mixed(list) => Ttls::Each(&self.mixed[list as usize]),
            },
            place: packed.outcome,
        }
    }

    /// Takes over lists to which rows point by number, for a table that is read.
    pub(super) fn of_lists(
        questions: Distinct<(Arc<str>, RecordType)>,
        resolvers: Distinct<Arc<str>>,
        outcomes: Distinct<Timeless>,
    ) -> Self {
        Self {
            questions: questions.0,
            resolvers: resolvers.0,
            outcomes: outcomes.0,
            ..Self::default()
        }
    }

    /// Adds a row that points to what is there; false where it points to nothing.
    pub(super) fn row(&mut self, question: usize, resolver: usize, round: u32) -> bool {
        let there = question < self.questions.len() && resolver < self.resolvers.len();
        if there {
            self.rows.push(Row {
                question: question as u32,
                resolver: resolver as u32,
                round,
                first: None,
            });
        }
        there
    }

    /// Adds an attempt to the last row; false where it does not fit its outcome.
    pub(super) fn row_attempt(
        &mut self,
        (transport, server): (Transport, Option<u8>),
        (start_us, duration_us): (u64, u64),
        outcome: usize,
        ttls: &[u32],
    ) -> bool {
        let fits = self.outcomes.get_index(outcome);
        let fits = fits.is_some_and(|outcome| records(outcome.outcome()).len() == ttls.len());
        if let (true, Some(place)) = (fits, self.rows.len().checked_sub(1)) {
            let ttl = self.ttl(ttls);
            let packed = Packed {
                start_us,
                duration_us,
                outcome: outcome as u32,
                ttl,
                transport,
                server,
            };
            self.add(place, packed);
        }
        fits
    }
}
