//! GO or NO-GO, from the statuses of the checks and nothing else.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Status;

/// The answer of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every blocker passed or is waived.
    Go,
    /// A blocker failed and no waiver accepts it.
    NoGo,
    /// No blocker failed, but one could not be determined.
    Undetermined,
}

impl Verdict {
    /// As headlines print it.
    pub fn headline(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
            Self::Undetermined => "UNDETERMINED",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.headline())
    }
}

/// How many checks have which status. A waived check also counts by its status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// As expected.
    pub pass: usize,
    /// As expected, close to a limit.
    pub warn: usize,
    /// Not as expected.
    pub fail: usize,
    /// Could not be determined.
    pub error: usize,
    /// Not run.
    pub skipped: usize,
    /// Outside the selection of the run.
    pub not_selected: usize,
    /// Did not pass, and a waiver accepts it.
    pub waived: usize,
}

impl Summary {
    /// The count for one status.
    pub fn count(mut self, status: Status) -> usize {
        *self.count_mut(status)
    }

    pub(super) fn count_mut(&mut self, status: Status) -> &mut usize {
        match status {
            Status::Pass => &mut self.pass,
            Status::Warn => &mut self.warn,
            Status::Fail => &mut self.fail,
            Status::Error => &mut self.error,
            Status::Skipped => &mut self.skipped,
            Status::NotSelected => &mut self.not_selected,
        }
    }
}
