//! Message ids of one socket or connection: which are open, and what came of the others.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::message::{self, Rejection};
use super::question::Question;
use super::{Reply, Stray};

/// Ids drawn at random before they are searched one by one.
const DRAWS: usize = 32;

/// What is known of an id.
pub(super) enum Slot<P> {
    /// A packet under it is open.
    Open(P),
    /// The packet of this question was answered; what the answer says, where that was kept.
    Answered(usize, Option<u64>),
    /// The packet of this question was given up.
    GivenUp(usize),
}

/// The ids that were used. `P` is what is kept of an open packet.
pub(super) struct Ids<P>(HashMap<u16, Slot<P>>);

impl<P> Default for Ids<P> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<P> Ids<P> {
    /// An id that no open packet bears. Ids of packets that may still be answered late are left alone as long as
    /// others are easily found.
    pub(super) fn draw(&self) -> u16 {
        for _ in 0..DRAWS {
            let id = rand::random();
            if !matches!(self.0.get(&id), Some(Slot::Open(_) | Slot::GivenUp(_))) {
                return id;
            }
        }
        let start = rand::random::<u16>();
        let mut ids = (0..=u16::MAX).map(|step| start.wrapping_add(step));
        ids.find(|id| !matches!(self.0.get(id), Some(Slot::Open(_))))
            .unwrap_or(start)
    }

    /// Writes down what becomes of an id.
    pub(super) fn set(&mut self, id: u16, slot: Slot<P>) {
        self.0.insert(id, slot);
    }

    /// What is known of an id.
    pub(super) fn slot(&mut self, id: u16) -> Option<&mut Slot<P>> {
        self.0.get_mut(&id)
    }

    /// The open packet under an id.
    pub(super) fn open(&mut self, id: u16) -> Option<&mut P> {
        match self.0.get_mut(&id)? {
            Slot::Open(packet) => Some(packet),
            _ => None,
        }
    }

    /// What became of the packet under this id, if none is open under it.
    pub(super) fn closed(&self, id: u16) -> Option<Closed> {
        match self.0.get(&id)? {
            Slot::Open(_) => None,
            Slot::Answered(question, said) => Some(Closed {
                question: *question,
                stray: Stray::Duplicate,
                said: *said,
            }),
            Slot::GivenUp(question) => Some(Closed {
                question: *question,
                stray: Stray::Late,
                said: None,
            }),
        }
    }
}

/// A packet that is no longer open.
#[derive(Clone, Copy)]
pub(super) struct Closed {
    /// The question that it asked.
    question: usize,
    /// What a message is that answers it now.
    stray: Stray,
    /// What the answer said that was taken, where that was kept.
    said: Option<u64>,
}

/// What an answer says, in a number: the code and the records, without regard to their order and TTLs.
pub(super) fn said(reply: &Reply) -> u64 {
    let records = reply.records.iter();
    let mut records: Vec<_> = records
        .map(|record| (&record.name, &record.kind, &record.data))
        .collect();
    records.sort_unstable();
    let mut hasher = DefaultHasher::new();
    (&reply.rcode, reply.tc, records).hash(&mut hasher);
    hasher.finish()
}

/// What a packet is that came under a closed or foreign id: only the answer to the question asked under it is
/// late or a second one.
pub(super) fn stray(closed: Option<Closed>, questions: &[Question], wire: &[u8]) -> Stray {
    let Some(closed) = closed else {
        return message::id(wire).map_or(Stray::Garbage, |_| Stray::WrongId);
    };
    match questions[closed.question].read(wire) {
        Ok(reply) if closed.said.is_some_and(|before| before != said(&reply)) => Stray::Different,
        Ok(_) => closed.stray,
        Err(rejection) => Stray::from(&rejection),
    }
}

impl From<&Rejection> for Stray {
    fn from(rejection: &Rejection) -> Self {
        match rejection {
            Rejection::WrongQuestion(_) => Self::WrongQuestion,
            Rejection::Malformed(_) => Self::Garbage,
            Rejection::NoAnswer(_) => Self::NoAnswer,
        }
    }
}
