//! A checklist that loaded: every key decoded, every rule between them kept.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rule::RUN;
use super::run_rules;
use super::secret::Secrets;
use super::{Finding, Launch, Prepared, Selected, Severity, Status};

/// What a checklist file and its includes say.
#[derive(Clone, Debug, Default)]
pub struct Checklist {
    /// The name of what is launched.
    pub launch: Launch,
    /// The checks, in the order of the file, included files where their `include` is.
    pub checks: Vec<Check>,
    /// Accepted failures.
    pub waivers: Vec<Waiver>,
    /// The file and its includes, in the order they were read.
    pub sources: Vec<Source>,
    /// What of it was asked for; the record shows it.
    pub selection: Selected,
    /// Names of the variables given from outside; the record shows them.
    pub vars: BTreeSet<String>,
    /// What the record must not hold.
    pub secrets: Secrets,
}

/// A file that a checklist was read from; `-` is standard input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// As it was named.
    pub path: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// Where something is defined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// The file, as it was named.
    pub path: String,
    /// Its line, counted from 1.
    pub line: usize,
}

/// One `[[check]]`.
#[derive(Clone, Debug)]
pub struct Check {
    /// Unique name.
    pub id: String,
    /// The module's name.
    pub module: &'static str,
    /// What it assures, in words; the id where the checklist gives none.
    pub title: String,
    /// Whether a failure is a NO-GO or only reported.
    pub severity: Severity,
    /// Stage of the countdown ("T-2h").
    pub phase: Option<String>,
    /// Who fixes it.
    pub owner: Option<String>,
    /// Words to select it by.
    pub tags: Vec<String>,
    /// Who should read it.
    pub audience: Vec<String>,
    /// Ids that must pass first.
    pub needs: Vec<String>,
    /// Deadline of each attempt.
    pub timeout: Duration,
    /// Attempts after the first.
    pub retries: u32,
    /// The placeholders of its secrets that are too short to be struck from what other checks record.
    pub short_secrets: Vec<String>,
    /// Whether the run is asked for it.
    pub selected: bool,
    /// Where it is defined.
    pub source: Position,
    /// The folder of the file it is in.
    pub folder: PathBuf,
    /// The module's own settings.
    pub prepared: Arc<dyn Prepared>,
}

/// A named person accepts that a check fails, or only those of its findings that match a rule and a subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub struct Waiver {
    /// The check's id.
    pub check: String,
    /// The rule whose findings it accepts; absent: all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<String>,
    /// The subject whose findings it accepts; absent: all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// Why the failure is acceptable.
    pub reason: String,
    /// Who accepts it.
    pub approved_by: String,
    /// When it expires.
    pub expires: Timestamp,
}

/// The end of the ids of rules that say that something did not end in time.
const ENDED: &str = "/ended";

impl Waiver {
    /// Whether it still holds at an instant.
    pub fn holds_at(&self, instant: Timestamp) -> bool {
        instant < self.expires
    }

    /// Whether it is for the whole check, its errors included.
    pub fn is_whole(&self) -> bool {
        self.rule.is_none() && self.subject.is_none()
    }

    /// Whether it accepts this finding. An error says that nothing is known, so a rule of a module does not accept
    /// one: only the engine's own rules do, where the waiver names them.
    pub fn accepts(&self, finding: &Finding) -> bool {
        let named = |asked: &Option<String>, has: &str| match asked {
            Some(asked) => asked == has,
            None => true,
        };
        let engine = || {
            let rule = self.rule.as_deref().and_then(|rule| rule.split_once('/'));
            rule.is_some_and(|(module, _)| module == RUN)
        };
        let accepted = match finding.status {
            Status::Fail | Status::Warn => true,
            Status::Error | Status::Skipped => engine(),
            Status::Pass | Status::NotSelected => false,
        };
        let rule = named(&self.rule, finding.rule()) || self.accepts_that_it_hangs(finding);
        accepted && rule && named(&self.subject, &finding.subject)
    }

    /// Whether a waiver for the deadline accepts this finding. That a program did not end is the same fact in the words of
    /// its module. What could not be seen because of it, such as the rest of its output, stays unknown.
    fn accepts_that_it_hangs(&self, finding: &Finding) -> bool {
        let deadline = self.rule.as_deref() == Some(run_rules::DEADLINE.id);
        deadline && finding.status == Status::Error && finding.rule().ends_with(ENDED)
    }
}
