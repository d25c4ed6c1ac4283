//! The exchanges of a check, packed: there are hundreds of thousands of them, and a cache says the same again
//! and again. Every question, resolver and outcome is held once, without the TTLs of its records, and each
//! exchange is a row of numbers that points to them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use indexmap::IndexSet;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::entry::{Entry, Tried, Ttls};
use super::probe::Exchange;
use crate::instrument::dns::{Attempt, Kind, Outcome, Record, Transport};

/// All exchanges of a check in the order in which they were put in.
#[derive(Clone, Default)]
pub struct Exchanges {
    questions: IndexSet<(Arc<str>, Kind)>,
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
}

#[derive(Clone, Copy)]
enum Ttl {
    /// That of every record.
    All(u32),
    /// A list among the mixed ones.
    Mixed(u32),
}

/// An outcome whose records have no TTL.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Timeless(Outcome);

impl Timeless {
    /// Takes the TTLs out of an outcome, and replaces words that nearly every outcome has by ones that take no room.
    fn of(mut outcome: Outcome) -> (Self, Vec<u32>) {
        let ttls = take_ttls(&mut outcome);
        if let Outcome::Answer(reply) = &mut outcome {
            let records = reply.records.iter_mut().map(|record| &mut record.kind);
            for word in std::iter::once(&mut reply.rcode).chain(records) {
                if let Some(common) = COMMON.iter().find(|common| ***common == **word) {
                    *word = Cow::Borrowed(common);
                }
            }
        }
        (Self(outcome), ttls)
    }
}

/// Response codes and record types that stand in nearly every answer.
const COMMON: [&str; 6] = ["NOERROR", "A", "AAAA", "CNAME", "NXDOMAIN", "SERVFAIL"];

impl<'de> Deserialize<'de> for Timeless {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Outcome::deserialize(deserializer).map(|outcome| Self::of(outcome).0)
    }
}

impl Hash for Timeless {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(&self.0).hash(state);
        for record in records(&self.0) {
            record.data.hash(state);
        }
    }
}

/// The records of an answer.
pub(super) fn records(outcome: &Outcome) -> &[Record] {
    match outcome {
        Outcome::Answer(reply) => &reply.records,
        _ => &[],
    }
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
    pub fn get(&self, place: usize) -> Option<Entry<'_>> {
        (place < self.rows.len()).then_some(Entry {
            exchanges: self,
            place,
        })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.rows.len()).filter_map(|place| self.get(place))
    }

    /// Adds an exchange without attempts.
    pub fn open(&mut self, name: &Arc<str>, kind: Kind, resolver: &Arc<str>, round: u32) {
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
    pub(super) fn questions(&self) -> impl ExactSizeIterator<Item = &(Arc<str>, Kind)> {
        self.questions.iter()
    }

    /// Every resolver.
    pub(super) fn resolvers(&self) -> impl ExactSizeIterator<Item = &Arc<str>> {
        self.resolvers.iter()
    }

    /// Every different outcome; the TTLs of its records are 0.
    pub(super) fn outcomes(&self) -> impl ExactSizeIterator<Item = &Outcome> {
        self.outcomes.iter().map(|outcome| &outcome.0)
    }
}

/// The TTLs of an answer's records, which are 0 afterwards.
fn take_ttls(outcome: &mut Outcome) -> Vec<u32> {
    match outcome {
        Outcome::Answer(reply) => {
            let records = reply.records.iter_mut();
            let ttls = records.map(|record| std::mem::take(&mut record.ttl));
            ttls.collect()
        }
        _ => Vec::new(),
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

/// A list without repetitions, put together as it is read.
pub(super) struct Distinct<T>(IndexSet<T>);

impl<'de, T: Deserialize<'de> + Eq + Hash> Deserialize<'de> for Distinct<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Eq + Hash> Visitor<'de> for List<T> {
            type Value = Distinct<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list without repetitions")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Distinct<T>, A::Error> {
                let mut set = IndexSet::new();
                while let Some(thing) = seq.next_element()? {
                    // Numbers that point behind it would be others.
                    if !set.insert(thing) {
                        return Err(A::Error::custom("a list of a table holds a thing twice"));
                    }
                }
                Ok(Distinct(set))
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
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

/// What an [`Entry`] reads.
impl Exchanges {
    pub(super) fn question_at(&self, place: usize) -> &(Arc<str>, Kind) {
        &self.questions[self.rows[place].question as usize]
    }

    pub(super) fn resolver_at(&self, place: usize) -> &Arc<str> {
        &self.resolvers[self.rows[place].resolver as usize]
    }

    pub(super) fn round_at(&self, place: usize) -> u32 {
        self.rows[place].round
    }

    /// The numbers of the question and the resolver among the different ones.
    pub(super) fn numbers_at(&self, place: usize) -> (u32, u32) {
        let row = &self.rows[place];
        (row.question, row.resolver)
    }

    pub(super) fn attempts_at(&self, place: usize) -> impl Iterator<Item = Tried<'_>> {
        let first = self.rows[place].first.as_ref();
        // A second attempt is rare, so it is not looked for where there is no first.
        let more = first.and_then(|_| self.more.get(&(place as u32)));
        let all = first.into_iter().chain(more.into_iter().flatten());
        all.map(|packed| self.unpack(packed))
    }

    fn unpack(&self, packed: &Packed) -> Tried<'_> {
        Tried {
            transport: packed.transport,
            start_us: packed.start_us,
            duration_us: packed.duration_us,
            outcome: &self.outcomes[packed.outcome as usize].0,
            ttls: match packed.ttl {
                Ttl::All(ttl) => Ttls::All(ttl),
                Ttl::Mixed(list) => Ttls::Each(&self.mixed[list as usize]),
            },
            place: packed.outcome,
        }
    }

    /// Takes over lists to which rows point by number, for a table that is read.
    pub(super) fn of_lists(
        questions: Distinct<(Arc<str>, Kind)>,
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
        (transport, start_us, duration_us): (Transport, u64, u64),
        outcome: usize,
        ttls: &[u32],
    ) -> bool {
        let fits = self.outcomes.get_index(outcome);
        let fits = fits.is_some_and(|outcome| records(&outcome.0).len() == ttls.len());
        if let (true, Some(place)) = (fits, self.rows.len().checked_sub(1)) {
            let ttl = self.ttl(ttls);
            let packed = Packed {
                start_us,
                duration_us,
                outcome: outcome as u32,
                ttl,
                transport,
            };
            self.add(place, packed);
        }
        fits
    }
}
