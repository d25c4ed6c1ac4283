//! The run record, `report.json`: all that a run observed and found. Every other format is made from it, and
//! its field names are a promise.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::checklist::{Source, Waiver};
use super::plan::Touch;
use super::verdict::Summary;
use super::{Evidence, Exhibit, Finding, Launch, LaunchClock, Measure, Severity, Status, Verdict};

/// The value of `schema`.
pub const SCHEMA: &str = "tminus-report/1";

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// When, where and with what it ran.
    pub run: Run,
    /// What is launched.
    pub launch: Launch,
    /// What follows from the checks.
    pub verdict: Verdict,
    /// How many checks ended how.
    pub summary: Summary,
    /// The checks in checklist order.
    pub checks: Vec<CheckRecord>,
    /// Waivers that had expired when the run began; they count for nothing and are shown.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub expired_waivers: Vec<Waiver>,
}

impl RunRecord {
    /// The instants that the run was judged by.
    pub fn clock(&self) -> LaunchClock {
        LaunchClock::new(&self.launch, self.run.started_at)
    }
}

/// `run` of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Unique id, 128 random bits, hexadecimal.
    pub id: String,
    /// Begin.
    pub started_at: Timestamp,
    /// End.
    pub finished_at: Timestamp,
    /// Whether every selected check came to its end.
    pub complete: bool,
    /// The signal that stopped the run before its end: `SIGINT` or `SIGTERM`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interrupted_by: Option<String>,
    /// The program that ran.
    pub tool: Tool,
    /// The checklist that was run.
    pub checklist: Source,
    /// Files that the checklist includes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub includes: Vec<Source>,
    /// Name of the machine that probed.
    pub host: String,
}

/// The program that made a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `tminus`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    /// This build.
    pub fn current() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// One check of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckRecord {
    /// Unique name.
    pub id: String,
    /// The module's name.
    pub module: String,
    /// What it assures, in words.
    pub title: String,
    /// What its failure means.
    pub severity: Severity,
    /// Stage of the countdown.
    pub phase: Option<String>,
    /// Who mends it.
    pub owner: Option<String>,
    /// Words it is selected by.
    pub tags: Vec<String>,
    /// Who is meant to read it.
    pub audience: Vec<String>,
    /// Ids that had to pass first.
    pub needs: Vec<String>,
    /// The worst of its findings.
    pub status: Status,
    /// The waiver that held when the run began.
    pub waiver: Option<Waiver>,
    /// From the start of the first attempt to the end of the last.
    pub duration_ms: u64,
    /// Why it was not attempted at all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_run: Option<NotRun>,
    /// Every attempt, the last one decides.
    pub attempts: Vec<Attempt>,
    /// The module's settings, secrets left out.
    pub settings: Box<RawValue>,
    /// The claims of the last attempt.
    pub findings: Vec<Finding>,
    /// The numbers of the last attempt.
    pub measures: Vec<Measure>,
    /// The pictures of the last attempt.
    pub exhibits: Vec<Exhibit>,
    /// What the last attempt observed: `{"format": N, ...}`.
    pub observation: Option<Box<RawValue>>,
    /// Digests of the raw evidence; the bytes are attached to the PDF.
    pub evidence: Vec<EvidenceDigest>,
}

/// One attempt of a check.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// Counted from 1.
    pub number: u32,
    /// Begin.
    pub started_at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// What ended it.
    pub end: End,
    /// What was judged from it.
    pub status: Status,
    /// What it observed, when a later attempt replaced it in the check.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub observation: Option<Box<RawValue>>,
}

/// What ended an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum End {
    /// The probe saw what there was to see.
    Completed,
    /// The probe could not look.
    Failed {
        /// Why.
        message: String,
        /// How to mend it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        hint: Option<String>,
    },
    /// The deadline passed.
    DeadlinePassed {
        /// The check's timeout.
        timeout_ms: u64,
    },
    /// A defect in the module.
    Panicked {
        /// The panic's message.
        message: String,
    },
    /// The run was stopped.
    Interrupted,
}

/// Why a check was not attempted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NotRun {
    /// It would burden or change a system, and that was not allowed.
    NotAllowed {
        /// How deep it would have reached.
        touch: Touch,
    },
    /// Checks that must pass first did not.
    NeedsUnmet {
        /// Their ids.
        ids: Vec<String>,
    },
    /// `--fail-fast`, and this check did not pass.
    FailFast {
        /// Its id.
        id: String,
    },
    /// The run was stopped before its turn came.
    Interrupted,
}

/// Evidence as the record knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceDigest {
    /// File name, unique within its check.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Number of bytes.
    pub size: u64,
}

/// A record together with the raw evidence that it holds digests of, in the order of its checks.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// The record.
    pub record: RunRecord,
    /// For each check of the record, its evidence.
    pub evidence: Vec<Vec<Evidence>>,
}
