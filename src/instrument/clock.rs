//! The machine's own clock, for the program; tests hand in others.

use jiff::Timestamp;

use crate::model::Clock;

/// Reads the system clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
