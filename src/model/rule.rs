//! What a finding is an instance of. A rule gives a finding its identity: the sentence of a finding may be reworded
//! from version to version, its rule and subject stay. Reports, waivers, diffs and `tminus explain` all refer to rules.
//!
//! Modules declare their rules as constants and list them in `Module::RULES`; the engine's own are under the name
//! `run`. Only a rule can make a [`Finding`], so no finding is without one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Finding, Status};

/// The name before the slash of the engine's own rules. No module may take it.
pub const RUN: &str = "run";

/// One thing that a module judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `module/name`, in kebab-case: `tls/chain-expiry`.
    pub id: &'static str,
    /// What holds when it passes, in one sentence without a full stop.
    pub summary: &'static str,
    /// Why a launch needs it. One to three sentences.
    pub why: &'static str,
    /// What to do when it fails. One to three sentences.
    pub fix: &'static str,
}

impl Rule {
    /// A finding of any status. `subject` is what it is about, stable across runs; `claim` is the sentence that
    /// people read: of a failure it says what is wrong.
    pub fn finding(
        &self,
        status: Status,
        subject: impl Into<String>,
        claim: impl Into<String>,
    ) -> Finding {
        Finding::by(self, status, subject.into(), claim.into())
    }

    /// It holds.
    pub fn pass(&self, subject: impl Into<String>, claim: impl Into<String>) -> Finding {
        self.finding(Status::Pass, subject, claim)
    }

    /// It holds, but only just, or it is worth a look.
    pub fn warn(&self, subject: impl Into<String>, claim: impl Into<String>) -> Finding {
        self.finding(Status::Warn, subject, claim)
    }

    /// It does not hold.
    pub fn fail(&self, subject: impl Into<String>, claim: impl Into<String>) -> Finding {
        self.finding(Status::Fail, subject, claim)
    }

    /// It could not be determined.
    pub fn error(&self, subject: impl Into<String>, claim: impl Into<String>) -> Finding {
        self.finding(Status::Error, subject, claim)
    }

    /// It does not apply here; [`Finding::observed`] says why.
    pub fn skipped(&self, subject: impl Into<String>, claim: impl Into<String>) -> Finding {
        self.finding(Status::Skipped, subject, claim)
    }
}

/// A rule as a record carries it, so that a reader of the record needs no registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleText {
    /// `module/name`, in kebab-case.
    pub id: String,
    /// What is true when it passes.
    pub summary: String,
    /// Why it matters.
    pub why: String,
    /// How to fix a failure.
    pub fix: String,
}

impl From<&Rule> for RuleText {
    fn from(rule: &Rule) -> Self {
        Self {
            id: rule.id.to_owned(),
            summary: rule.summary.to_owned(),
            why: rule.why.to_owned(),
            fix: rule.fix.to_owned(),
        }
    }
}
