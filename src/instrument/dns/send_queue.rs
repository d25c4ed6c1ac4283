//! What goes out next: questions that were not asked yet, those to ask again first, and not faster than agreed.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// More open packets would leave too few ids to draw from.
pub const MOST_IN_FLIGHT: usize = 16_384;
/// Above this many packets a second there is no limit to speak of.
pub const MOST_QPS: u32 = 1_000_000;
/// How far the pace may lag behind before what was missed is forgone: timers tick once in a millisecond.
const CATCH_UP: Duration = Duration::from_millis(10);

/// How to ask.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long each packet waits for its answer.
    pub timeout: Duration,
    /// Packets for each question at most.
    pub tries: u32,
    /// Packets open at a time, at most [`MOST_IN_FLIGHT`].
    pub in_flight: usize,
    /// Packets sent in a second at most, 1 to [`MOST_QPS`].
    pub qps: u32,
}

impl Limits {
    /// As a patient client asks. Public and cloud resolvers drop queries far above this rate.
    pub const USUAL: Self = Self {
        timeout: Duration::from_secs(3),
        tries: 2,
        in_flight: 500,
        qps: 1000,
    };
}

/// A question by its place, and which attempt at it this is, counted from 1.
pub(super) type Queued = (usize, u32);

pub(super) struct SendQueue {
    all: usize,
    tries: u32,
    /// First question that was not asked yet.
    next: usize,
    again: VecDeque<Queued>,
    /// Between two packets.
    pace: Duration,
    due: Instant,
}

impl SendQueue {
    /// A queue of so many questions.
    pub(super) fn new(all: usize, limits: Limits) -> Self {
        Self {
            all,
            tries: limits.tries,
            next: 0,
            again: VecDeque::new(),
            pace: Duration::from_secs(1) / limits.qps.clamp(1, MOST_QPS),
            due: Instant::now(),
        }
    }

    /// Whether nothing waits to be sent.
    pub(super) fn are_over(&self) -> bool {
        self.again.is_empty() && self.next == self.all
    }

    /// When the next one may go out.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// The next one, if it is due.
    pub(super) fn take(&mut self, now: Instant) -> Option<Queued> {
        if now < self.due {
            return None;
        }
        let turn = self.rest()?;
        self.due = self.due.max(now.checked_sub(CATCH_UP).unwrap_or(now)) + self.pace;
        Some(turn)
    }

    /// The next one, due or not: for questions that cannot go out any more.
    pub(super) fn rest(&mut self) -> Option<Queued> {
        self.again.pop_front().or_else(|| {
            let question = (self.next < self.all).then_some(self.next)?;
            self.next += 1;
            Some((question, 1))
        })
    }

    /// Gives back what could not be sent.
    pub(super) fn give_back(&mut self, turn: Queued) {
        self.again.push_front(turn);
    }

    /// An attempt came to nothing: it is asked again while tries are left.
    pub(super) fn missed(&mut self, (question, attempt): Queued) {
        if attempt < self.tries {
            self.again.push_back((question, attempt + 1));
        }
    }
}
