//! What is launched and when: T-0, and instants counted from it.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[launch]` of a checklist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Launch {
    /// The name of what is launched.
    pub name: String,
    /// Its version, commit or tag.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// The commit it was built from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Who is responsible for the launch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// T-0. Default: the start of the run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Timestamp>,
    /// IANA time zones in which reports show T-0, beside UTC.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub time_zones: Vec<String>,
    /// Exactly what is rolled out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub artifact: Option<Artifact>,
}

/// What is rolled out, named so that an auditor can find it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Artifact {
    /// The name of the image, package or binary.
    pub name: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// All that a judge knows beside settings and observation. It is in the run record, so the same judgement can be made
/// again at any later time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchFacts {
    /// T-0, or the run's start for a launch without a date.
    pub t0: Timestamp,
    /// When the run began.
    pub now: Timestamp,
    /// What is launched: version, commit or tag.
    pub version: Option<String>,
    /// Exactly what is rolled out.
    pub artifact: Option<Artifact>,
}

impl LaunchFacts {
    /// The facts of a run that began at `now`.
    pub fn new(launch: &Launch, now: Timestamp) -> Self {
        Self {
            t0: launch.at.unwrap_or(now),
            now,
            version: launch.version.clone(),
            artifact: launch.artifact.clone(),
        }
    }

    /// A launch of which no more than these two instants is known.
    pub const fn timed(t0: Timestamp, now: Timestamp) -> Self {
        Self {
            t0,
            now,
            version: None,
            artifact: None,
        }
    }

    /// The instant `offset` from T-0, held within what a timestamp can tell.
    pub fn at(&self, offset: SignedDuration) -> Timestamp {
        self.t0.saturating_add(offset).unwrap_or(self.t0)
    }
}
