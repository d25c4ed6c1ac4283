//! A checklist that loaded: every key decoded, every rule between them kept.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Launch, Prepared, Severity};

/// What a checklist file and its includes say.
#[derive(Clone, Debug)]
pub struct Checklist {
    /// What is launched.
    pub launch: Launch,
    /// The checks, in the order of the file, included files where their `include` stands.
    pub checks: Vec<Check>,
    /// Accepted failures.
    pub waivers: Vec<Waiver>,
    /// The file and its includes, in the order they were read.
    pub sources: Vec<Source>,
}

/// A file that a checklist was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// As it was named.
    pub path: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
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
    /// What its failure means.
    pub severity: Severity,
    /// Stage of the countdown ("T-2h").
    pub phase: Option<String>,
    /// Who mends it.
    pub owner: Option<String>,
    /// Words to select it by.
    pub tags: Vec<String>,
    /// Who is meant to read it.
    pub audience: Vec<String>,
    /// Ids that must pass first.
    pub needs: Vec<String>,
    /// Deadline of each attempt.
    pub timeout: Duration,
    /// Attempts after the first.
    pub retries: u32,
    /// The folder of the file it stands in.
    pub folder: PathBuf,
    /// The module's own settings.
    pub prepared: Arc<dyn Prepared>,
}

/// A named person accepts that a check does not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct Waiver {
    /// The check's id.
    pub check: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub approved_by: String,
    /// Until when.
    pub expires: Timestamp,
}

impl Waiver {
    /// Whether it still holds at an instant.
    pub fn holds_at(&self, instant: Timestamp) -> bool {
        instant < self.expires
    }
}
