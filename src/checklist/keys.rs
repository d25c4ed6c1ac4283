//! The keys of a file, of `[defaults]`, and those that every check has.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Id, Retries, Timeout, Words};
use crate::model::Severity;

/// The keys at the top of a file.
pub(super) const KEYS: [&str; 5] = ["include", "launch", "defaults", "check", "waiver"];

/// The keys that every check has, whatever its module.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct CheckKeys {
    /// Unique name of the check.
    pub(super) id: Id,
    /// What kind of check it is.
    #[serde(rename = "module")]
    _module: String,
    /// What the check assures, in words. The id where it is not given.
    pub(super) title: Option<Words>,
    /// What its failure means: a no-go, or only a line in the report.
    #[serde(default)]
    pub(super) severity: Severity,
    /// Stage of the countdown, such as "T-2h".
    pub(super) phase: Option<Words>,
    /// Who mends it.
    pub(super) owner: Option<Words>,
    /// Words to select it by.
    #[serde(default)]
    pub(super) tags: Vec<Words>,
    /// Who is meant to read it, such as "ops", "security" or "customer".
    #[serde(default)]
    pub(super) audience: Vec<Words>,
    /// Ids of the checks that must pass first.
    #[serde(default)]
    pub(super) needs: Vec<Id>,
    /// Deadline of each attempt. 10s where neither the check nor `[defaults]` says.
    pub(super) timeout: Option<Timeout>,
    /// Attempts after the first. 0 where neither the check nor `[defaults]` says.
    pub(super) retries: Option<Retries>,
}

/// What holds for every check of the file that does not say otherwise.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Defaults {
    /// Deadline of each attempt.
    pub(super) timeout: Option<Timeout>,
    /// Attempts after the first. A check that changes something says it itself.
    pub(super) retries: Option<Retries>,
}

impl Defaults {
    /// The deadline where neither the check nor `[defaults]` says.
    pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

    /// These, and where they say nothing, the others.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            timeout: self.timeout.or(other.timeout),
            retries: self.retries.or(other.retries),
        }
    }
}
