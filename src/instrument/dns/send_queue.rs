//! What goes out next: questions that were not asked yet, those to ask again first, and each in its turn at the server.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::pace::Turns;

/// More open packets would leave too few ids to draw from.
pub const MOST_IN_FLIGHT: usize = 16_384;

/// How to ask.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long each packet waits for its answer.
    pub timeout: Duration,
    /// Packets for each question at most.
    pub tries: u32,
    /// Packets open at a time, at most [`MOST_IN_FLIGHT`].
    pub in_flight: usize,
    /// Questions to one address in a second at most, 1 to [`MOST_QPS`](super::MOST_QPS).
    pub qps: u32,
    /// Whether the server is asked without EDNS from the start, since it is known not to speak it.
    pub plain: bool,
    /// Whether one question is put without EDNS where the server is silent (RFC 6891 section 6.2.2).
    pub tries_plain: bool,
}

impl Limits {
    /// As a patient client asks. Public and cloud resolvers drop queries far above this rate.
    pub const USUAL: Self = Self {
        timeout: Duration::from_secs(3),
        tries: 2,
        in_flight: 500,
        qps: 1000,
        plain: false,
        tries_plain: true,
    };
}

/// A question that is to go out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Queued {
    /// Its place in the list.
    pub(super) question: usize,
    /// Which attempt at it this is, counted from 1.
    attempt: u32,
    /// Whether it goes out without EDNS.
    pub(super) plain: bool,
}

pub(super) struct SendQueue {
    all: usize,
    tries: u32,
    qps: u32,
    /// Whether everything goes out without EDNS.
    plain: bool,
    /// First question that was not asked yet.
    next: usize,
    again: VecDeque<Queued>,
    /// The pace of the server, once it is known where that is.
    turns: Option<Turns>,
}

impl SendQueue {
    /// A queue of so many questions.
    pub(super) fn new(all: usize, limits: Limits) -> Self {
        Self {
            all,
            tries: limits.tries,
            qps: limits.qps,
            plain: limits.plain,
            next: 0,
            again: VecDeque::new(),
            turns: None,
        }
    }

    /// From now on the server at this address is asked.
    pub(super) fn go_to(&mut self, server: IpAddr) {
        self.turns = Some(Turns::at(server, self.qps));
    }

    /// Whether nothing waits to be sent.
    pub(super) fn are_over(&self) -> bool {
        self.again.is_empty() && self.next == self.all
    }

    /// When the next one may go out.
    pub(super) fn due(&self) -> Instant {
        self.turns.as_ref().map_or_else(Instant::now, Turns::due)
    }

    /// The next one, if it is due.
    pub(super) fn take(&mut self, now: Instant) -> Option<Queued> {
        match !self.are_over() && self.take_turn(now) {
            true => self.rest(),
            false => None,
        }
    }

    /// Takes a turn at the server for what is not in the queue, if one is due.
    pub(super) fn take_turn(&self, now: Instant) -> bool {
        self.turns.as_ref().is_none_or(|turns| turns.take(now))
    }

    /// The next one, due or not: for questions that cannot go out any more.
    pub(super) fn rest(&mut self) -> Option<Queued> {
        let queued = self.again.pop_front().or_else(|| {
            let question = (self.next < self.all).then_some(self.next)?;
            self.next += 1;
            let (attempt, plain) = (1, false);
            Some(Queued {
                question,
                attempt,
                plain,
            })
        });
        let plain = self.plain;
        queued.map(|queued| Queued {
            plain: queued.plain || plain,
            ..queued
        })
    }

    /// Gives back what could not be sent.
    pub(super) fn give_back(&mut self, turn: Queued) {
        self.again.push_front(turn);
    }

    /// An attempt came to nothing: it is asked again while tries are left. False where none is.
    pub(super) fn missed(&mut self, turn: Queued) -> bool {
        let left = turn.attempt < self.tries;
        if left {
            let attempt = turn.attempt + 1;
            self.again.push_back(Queued { attempt, ..turn });
        }
        left
    }

    /// Asks a question again, without EDNS.
    pub(super) fn again_plain(&mut self, question: usize) {
        let (attempt, plain) = (1, true);
        self.again.push_back(Queued {
            question,
            attempt,
            plain,
        });
    }

    /// Asks a question once more, without EDNS, and no more.
    pub(super) fn once_plain(&mut self, question: usize) {
        let (attempt, plain) = (self.tries, true);
        self.again.push_back(Queued {
            question,
            attempt,
            plain,
        });
    }

    /// The server does not speak EDNS: all that follows goes out without it.
    pub(super) fn all_plain(&mut self) {
        self.plain = true;
    }
}
