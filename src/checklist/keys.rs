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
    /// The kind of check, such as "dns". `tminus modules` lists them.
    #[serde(rename = "module")]
    _module: String,
    /// What the check verifies, in words. Default: the id.
    pub(super) title: Option<Words>,
    /// Whether a failure is a NO-GO ("blocker") or only reported ("advisory").
    #[serde(default)]
    pub(super) severity: Severity,
    /// Stage of the countdown, such as "T-2h". `--phase T-2h` selects its checks.
    pub(super) phase: Option<Words>,
    /// Who fixes it.
    pub(super) owner: Option<Words>,
    /// Tags to select the check by: `--tag edge`.
    #[serde(default)]
    pub(super) tags: Vec<Words>,
    /// Who should read it, such as "ops", "security" or "customer".
    #[serde(default)]
    pub(super) audience: Vec<Words>,
    /// Ids of the checks that must pass first.
    #[serde(default)]
    pub(super) needs: Vec<Id>,
    /// Deadline for each attempt. Default: that of `[defaults]`, or 10s.
    pub(super) timeout: Option<Timeout>,
    /// Attempts after the first. Default: that of `[defaults]`, or 0.
    pub(super) retries: Option<Retries>,
}

/// Defaults for the checks of this file and of the files it includes.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Defaults {
    /// Deadline for each attempt.
    pub(super) timeout: Option<Timeout>,
    /// Attempts after the first. A check that changes something must set its own.
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
