//! Message ids of one socket or connection: which are open, and what came of the others.

use std::collections::HashMap;

use super::Stray;
use super::message::{self, Rejection};
use super::question::Question;

/// Ids drawn at random before they are searched one by one.
const DRAWS: usize = 32;

/// What is known of an id.
pub(super) enum Slot<P> {
    /// A packet under it is open.
    Open(P),
    /// The packet of this question was answered.
    Answered(usize),
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

    /// What a packet under this id is, if none is open under it: the question it may belong to, and what it is
    /// if it answers that one.
    pub(super) fn closed(&self, id: u16) -> Option<(usize, Stray)> {
        match self.0.get(&id)? {
            Slot::Open(_) => None,
            Slot::Answered(question) => Some((*question, Stray::Duplicate)),
            Slot::GivenUp(question) => Some((*question, Stray::Late)),
        }
    }
}

/// What a packet is that came under a closed or foreign id: only the answer to the question asked under it is
/// late or twice.
pub(super) fn stray(closed: Option<(usize, Stray)>, questions: &[Question], wire: &[u8]) -> Stray {
    let Some((question, stray)) = closed else {
        return message::id(wire).map_or(Stray::Garbage, |_| Stray::WrongId);
    };
    match questions[question].read(wire) {
        Ok(_) => stray,
        Err(Rejection::WrongQuestion(_)) => Stray::WrongQuestion,
        Err(Rejection::Malformed(_)) => Stray::Garbage,
    }
}
