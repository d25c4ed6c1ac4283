//! The time for which a launch is judged: from T-0, or from now where T-0 has passed, until some time after it.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::LaunchFacts;

/// A window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// T-0, or the run's begin where that is later: nothing can be seen of the past.
    pub start: Timestamp,
    /// `cover` after T-0; not before the start.
    pub end: Timestamp,
    /// The run's begin.
    pub now: Timestamp,
    /// What to call the start: `T-0` or `now`.
    pub name: &'static str,
}

impl Window {
    /// The window that covers this much time after T-0.
    pub fn new(facts: &LaunchFacts, cover: Duration) -> Self {
        let (start, name) = if facts.now > facts.t0 {
            (facts.now, "now")
        } else {
            (facts.t0, "T-0")
        };
        Self {
            start,
            end: facts.at(cover.try_into().unwrap_or_default()).max(start),
            now: facts.now,
            name,
        }
    }
}
