//! What a finding is an instance of. A rule gives a finding its identity: the sentence of a finding may be reworded
//! from version to version, its rule and subject stay. Reports, waivers, diffs and `tminus explain` all refer to rules.
//!
//! Modules declare their rules as constants and list them in `Module::RULES`; the engine's own are under the name
//! `run`. Only a rule can make a [`Finding`](super::Finding), so no finding is without one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
