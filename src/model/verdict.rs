//! GO or NO-GO, from the statuses of the checks and nothing else.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::record::CheckRecord;
use super::{Severity, Status};

/// The answer of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The verdict over these checks.
    ///
    /// No checks at all say nothing about a launch: undetermined.
    pub fn of(checks: &[CheckRecord]) -> Self {
        let open =
            |check: &&CheckRecord| check.severity == Severity::Blocker && check.waiver.is_none();
        let undetermined =
            |check: &CheckRecord| matches!(check.status, Status::Error | Status::Skipped);
        let mut blockers = checks.iter().filter(open);
        if blockers.clone().any(|check| check.status == Status::Fail) {
            Self::NoGo
        } else if checks.is_empty() || blockers.any(undetermined) {
            Self::Undetermined
        } else {
            Self::Go
        }
    }

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

/// How many checks ended how. A waived check counts as waived in addition to its status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// As expected.
    pub pass: usize,
    /// As expected, close to a limit.
    pub warn: usize,
    /// Not as expected.
    pub fail: usize,
    /// Could not be determined.
    pub error: usize,
    /// Not looked at.
    pub skipped: usize,
    /// Not passed, and accepted by a waiver.
    pub waived: usize,
}

impl Summary {
    /// The counts over these checks.
    pub fn of(checks: &[CheckRecord]) -> Self {
        checks.iter().fold(Self::default(), |mut summary, check| {
            *summary.count_mut(check.status) += 1;
            summary.waived += usize::from(check.is_waived());
            summary
        })
    }

    /// The count for one status.
    pub fn count(mut self, status: Status) -> usize {
        *self.count_mut(status)
    }

    fn count_mut(&mut self, status: Status) -> &mut usize {
        match status {
            Status::Pass => &mut self.pass,
            Status::Warn => &mut self.warn,
            Status::Fail => &mut self.fail,
            Status::Error => &mut self.error,
            Status::Skipped => &mut self.skipped,
        }
    }
}

impl CheckRecord {
    /// Whether a waiver accepts that this check did not pass.
    pub fn is_waived(&self) -> bool {
        self.waiver.is_some() && !self.status.satisfies()
    }
}
