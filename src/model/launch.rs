//! What is launched and when: T-0, and instants counted from it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// `[launch]` of a checklist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// What is launched.
    pub name: String,
    /// Its version, commit or tag.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// Who answers for the launch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// T-0. Without it the run's start stands in for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Timestamp>,
    /// IANA zones in which reports show times beside UTC.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub time_zones: Vec<String>,
    /// What exactly is rolled out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub artifact: Option<Artifact>,
}

/// The thing that is rolled out, named so that an auditor can find it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Image, package or binary.
    pub name: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// The only two instants that a judge knows. Both stand in the run record, so the same judgement can be made
/// again at any later time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaunchClock {
    /// T-0, or the run's start for a launch without a date.
    pub t0: Timestamp,
    /// When the run began.
    pub now: Timestamp,
}

impl LaunchClock {
    /// The clock of a run that began at `now`.
    pub fn new(launch: &Launch, now: Timestamp) -> Self {
        Self {
            t0: launch.at.unwrap_or(now),
            now,
        }
    }

    /// The instant `offset` from T-0, held within what a timestamp can tell.
    pub fn at(&self, offset: SignedDuration) -> Timestamp {
        self.t0.saturating_add(offset).unwrap_or(self.t0)
    }
}
