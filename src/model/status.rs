//! What can be said of one finding or one check.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The outcome of a finding, and of a check as the worst of its findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Observed, and as expected.
    Pass,
    /// As expected, but close to a limit or otherwise noteworthy.
    Warn,
    /// Observed, and not as expected.
    Fail,
    /// Could not be determined. Never a pass.
    Error,
    /// Did not run, for a stated reason.
    Skipped,
    /// A check outside the selection of the run. It has no findings and no part in the verdict.
    NotSelected,
}

impl Status {
    /// All of them, in the order reports count them.
    pub const ALL: [Self; 6] = [
        Self::Pass,
        Self::Warn,
        Self::Fail,
        Self::Error,
        Self::Skipped,
        Self::NotSelected,
    ];

    /// The status of a check, from those of its findings.
    ///
    /// A failure outranks an error: what was seen to be wrong is wrong, whatever else could not be determined.
    /// A skipped finding ("does not apply here") says nothing beside others. No findings at all is an error,
    /// because an empty result is never a pass.
    pub fn worst(findings: impl IntoIterator<Item = Self>) -> Self {
        findings
            .into_iter()
            .max_by_key(|status| status.rank())
            .unwrap_or(Self::Error)
    }

    fn rank(self) -> u8 {
        match self {
            Self::NotSelected | Self::Skipped => 0,
            Self::Pass => 1,
            Self::Warn => 2,
            Self::Error => 3,
            Self::Fail => 4,
        }
    }

    /// Whether checks that need this one may go ahead.
    pub fn satisfies(self) -> bool {
        matches!(self, Self::Pass | Self::Warn)
    }

    /// The lower-case word that reports and metrics print.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Skipped => "skipped",
            Self::NotSelected => "not-selected",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the failure of a check means for the verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A failure is a NO-GO.
    #[default]
    Blocker,
    /// A failure is only reported.
    Advisory,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Blocker => "blocker",
            Self::Advisory => "advisory",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{self, *};

    #[test]
    fn the_worst_finding_decides() {
        for (findings, status) in [
            (vec![Pass, Warn], Warn),
            (vec![Pass, Error, Fail], Fail),
            (vec![Pass, Error, Skipped], Error),
            (vec![Pass, Skipped], Pass),
            (vec![Skipped], Skipped),
            (vec![], Error),
        ] {
            assert_eq!(Status::worst(findings.clone()), status, "{findings:?}");
        }
    }
}
