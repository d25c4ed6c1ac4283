//! The time for which certificates are judged.

use jiff::Timestamp;

use super::settings::Settings;
use crate::model::LaunchClock;

/// The time for which certificates are judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// T-0, or the run's begin where that is later: nothing can be seen of the past.
    pub(crate) start: Timestamp,
    /// `cover` after T-0.
    pub(crate) end: Timestamp,
    /// The run's begin.
    pub(crate) now: Timestamp,
    /// What to call the start.
    pub(crate) name: &'static str,
}

impl Window {
    pub(crate) fn new(settings: &Settings, clock: &LaunchClock) -> Self {
        let cover = settings.cover.0.try_into().unwrap_or_default();
        let (start, name) = if clock.now > clock.t0 {
            (clock.now, "now")
        } else {
            (clock.t0, "T-0")
        };
        Self {
            start,
            end: clock.at(cover).max(start),
            now: clock.now,
            name,
        }
    }
}
