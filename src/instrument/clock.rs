//! The machine's clocks: the time of day, which tests replace, and the one that durations are measured by.

use jiff::Timestamp;
use tokio::time::Instant;

use crate::model::Clock;

/// Reads the system clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// An instant to measure durations from. It follows tokio's clock, so a test that pauses that one pauses this.
pub fn instant() -> Instant {
    Instant::now()
}
