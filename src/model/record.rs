//! The run record, `report.json`: all that a run observed and found. Every other format is made from it, and
//! its field names are a promise.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::checklist::{Position, Source, Waiver};
use super::plan::Touch;
use super::rule::RuleText;
use super::verdict::Summary;
use super::{
    Evidence, Exhibit, Finding, Launch, LaunchFacts, Measure, Selected, Severity, Status, Verdict,
};

/// The value of `schema`.
pub const SCHEMA: &str = "tminus-report/2";

/// A run of tminus: what was checked, observed and judged.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// When and where it ran, and with which options.
    pub run: Run,
    /// The name of what is launched.
    pub launch: Launch,
    /// The verdict, which follows from the selected checks.
    pub verdict: Verdict,
    /// The verdict in words. For a part of the checklist it says which: "GO for phase T-2h only (3 of 9 checks)".
    pub headline: String,
    /// How many checks have which status.
    pub summary: Summary,
    /// The rules of all findings in this record, by id.
    pub rules: Vec<RuleText>,
    /// The families of all measures in this record, by name.
    pub families: Vec<FamilyText>,
    /// The checks in checklist order.
    pub checks: Vec<CheckRecord>,
    /// Warnings about the run as a whole, such as a waiver that accepts nothing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub warnings: Vec<Finding>,
    /// Waivers that had expired when the run started. They have no effect.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub expired_waivers: Vec<Waiver>,
    /// Waivers that were in force when the run started but accepted nothing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unused_waivers: Vec<Waiver>,
}

/// A family of measures, as a record carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FamilyText {
    /// Metric name.
    pub name: String,
    /// What its measures mean.
    pub help: String,
    /// Their unit.
    pub unit: String,
}

impl RunRecord {
    /// The same run without its checks and all that follows from them.
    pub fn without_checks(&self) -> Self {
        Self {
            schema: self.schema.clone(),
            run: self.run.clone(),
            launch: self.launch.clone(),
            verdict: Verdict::Undetermined,
            headline: String::new(),
            summary: Summary::default(),
            rules: Vec::new(),
            families: Vec::new(),
            checks: Vec::new(),
            warnings: Vec::new(),
            expired_waivers: Vec::new(),
            unused_waivers: Vec::new(),
        }
    }

    /// What the run was judged by, beside settings and observations.
    pub fn facts(&self) -> LaunchFacts {
        LaunchFacts::new(&self.launch, self.run.started_at)
    }
}

/// `run` of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Unique id, 128 random bits, hexadecimal.
    pub id: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Whether the run completed, rather than being interrupted.
    pub complete: bool,
    /// The signal that interrupted the run: `SIGINT`, `SIGTERM` or `SIGHUP`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interrupted_by: Option<String>,
    /// Which checks were selected. All lists empty: the whole checklist.
    #[serde(default)]
    pub selection: Selected,
    /// The options that change what it may do.
    #[serde(default)]
    pub options: RunOptions,
    /// The program that ran.
    pub tool: Tool,
    /// The checklist that was run.
    pub checklist: Source,
    /// Files that the checklist includes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub includes: Vec<Source>,
    /// Name of the machine that probed.
    pub host: String,
    /// The run whose observations these are, where they were judged again later.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rejudged: Option<Rejudged>,
}

/// From where a record that was judged again has its observations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rejudged {
    /// The id of the run that probed.
    pub run_id: String,
    /// Its verdict, as it was recorded.
    pub headline: String,
    /// When it was judged again.
    pub at: Timestamp,
    /// Checks of that run which this checklist no longer has, with their status then.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub dropped: Vec<Dropped>,
}

/// A check that a later checklist no longer has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dropped {
    /// Its id.
    pub id: String,
    /// Its status then.
    pub status: Status,
    /// Whether a waiver accepted then that it did not pass; its status can be `pass` nevertheless.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub waived: bool,
}

/// The options of a run that change what it may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunOptions {
    /// `--timeout`, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeout_ms: Option<u64>,
    /// `--allow`.
    #[serde(default)]
    pub allow: BTreeSet<Touch>,
    /// The names of the variables given by `--var`; their values are not recorded.
    #[serde(default)]
    pub vars: BTreeSet<String>,
}

/// The program that wrote a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CheckRecord {
    /// Unique name. A check that was seen from several places is several records, `ID@VANTAGE`.
    pub id: String,
    /// The place it was seen from. Absent: the machine that ran the checklist.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub vantage: Option<String>,
    /// Where the checklist defines it.
    pub source: Position,
    /// The module's name.
    pub module: String,
    /// What it verifies, in words.
    pub title: String,
    /// Whether a failure is a NO-GO or only reported.
    pub severity: Severity,
    /// Stage of the countdown.
    pub phase: Option<String>,
    /// Who fixes it.
    pub owner: Option<String>,
    /// Tags it can be selected by.
    pub tags: Vec<String>,
    /// Who should read it.
    pub audience: Vec<String>,
    /// Ids of the checks that had to pass first.
    pub needs: Vec<String>,
    /// The worst of its findings that no waiver accepts; pass where all are accepted.
    pub status: Status,
    /// The waiver for the whole check, in force when the run started.
    pub waiver: Option<Waiver>,
    /// The waivers for single findings that were in force and accepted some.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub finding_waivers: Vec<Waiver>,
    /// From the start of the first attempt to the end of the last.
    pub duration_ms: u64,
    /// Why it was not attempted at all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_run: Option<NotRun>,
    /// Every attempt; the last one decides.
    pub attempts: Vec<Attempt>,
    /// The module's settings, secrets left out.
    #[schemars(with = "serde_json::Value")]
    pub settings: Box<RawValue>,
    /// The placeholders of its secrets that were too short to be struck from what other checks recorded.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub short_secrets: Vec<String>,
    /// The findings of the last attempt.
    pub findings: Vec<Finding>,
    /// The measures of the last attempt.
    pub measures: Vec<Measure>,
    /// The tables and charts of the last attempt.
    pub exhibits: Vec<Exhibit>,
    /// What the last attempt observed: `{"format": N, "evidence": [...], ...}`, with the digests of its evidence.
    #[schemars(with = "Option<serde_json::Value>")]
    pub observation: Option<Arc<RawValue>>,
    /// Digests of the raw evidence; the bytes are attached to the PDF.
    pub evidence: Vec<EvidenceDigest>,
}

/// One attempt of a check.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// Counted from 1.
    pub number: u32,
    /// When it started.
    pub started_at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// What ended it.
    pub end: End,
    /// The status judged from it.
    pub status: Status,
    /// Its worst finding, when a later attempt replaced it in the check.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub finding: Option<Finding>,
    /// What it observed, when a later attempt replaced it in the check.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<serde_json::Value>")]
    pub observation: Option<Arc<RawValue>>,
}

/// What ended an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum End {
    /// The probe completed.
    Completed,
    /// The probe failed.
    Failed {
        /// Why.
        message: String,
        /// How to fix it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        hint: Option<String>,
    },
    /// The deadline passed.
    DeadlinePassed {
        /// The check's timeout.
        timeout_ms: u64,
    },
    /// The module crashed.
    Panicked {
        /// The panic's message.
        message: String,
    },
    /// The run was interrupted.
    Interrupted,
}

/// Why a check was not attempted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NotRun {
    /// It may put load on a system or change it, and that was not allowed.
    NotAllowed {
        /// What it would have done.
        touch: Touch,
    },
    /// Checks that it needs did not pass.
    NeedsUnmet {
        /// Their ids.
        ids: Vec<String>,
    },
    /// `--fail-fast` was given, and this check did not pass.
    FailFast {
        /// Its id.
        id: String,
    },
    /// The run was interrupted first.
    Interrupted,
    /// The run was asked for other checks.
    NotSelected,
}

/// Evidence as the record knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl CheckRecord {
    /// The waivers that accept something of this check: the one for all of it where it did not pass, and those for
    /// single findings.
    pub fn waivers(&self) -> impl Iterator<Item = &Waiver> {
        let whole = self.waiver.iter().filter(|_| !self.status.satisfies());
        whole.chain(&self.finding_waivers)
    }

    /// Whether the run was asked for it.
    pub fn is_selected(&self) -> bool {
        self.not_run != Some(NotRun::NotSelected)
    }

    /// Whether a waiver accepts that this check did not pass: the whole check, or every finding in its way.
    pub fn is_waived(&self) -> bool {
        if self.status == Status::Pass {
            let accepted = |finding: &Finding| finding.waived_by.is_some();
            self.findings.iter().any(accepted)
        } else {
            self.waiver.is_some() && !self.status.satisfies()
        }
    }
}

/// The verdict as every report says it: that of a part of a checklist names the part.
pub fn headline(verdict: Verdict, selection: &Selected, checks: &[CheckRecord]) -> String {
    let selected = checks.iter().filter(|check| check.is_selected()).count();
    let word = verdict.headline();
    if selected == checks.len() {
        return word.to_owned();
    }
    let noun = if checks.len() == 1 { "check" } else { "checks" };
    format!(
        "{word} for {selection} only ({selected} of {} {noun})",
        checks.len()
    )
}

impl RunRecord {
    /// Whether checks of the checklist were left out.
    pub fn is_part(&self) -> bool {
        !self.checks.iter().all(CheckRecord::is_selected)
    }
}

impl Verdict {
    /// The verdict over these checks.
    ///
    /// Checks outside the selection have no part in it. No checks at all say nothing about a launch: undetermined.
    pub fn of(checks: &[CheckRecord]) -> Self {
        let open =
            |check: &&CheckRecord| check.severity == Severity::Blocker && check.waiver.is_none();
        let undetermined =
            |check: &CheckRecord| matches!(check.status, Status::Error | Status::Skipped);
        let mut blockers = checks.iter().filter(open);
        if blockers.clone().any(|check| check.status == Status::Fail) {
            Self::NoGo
        } else if !checks.iter().any(CheckRecord::is_selected) || blockers.any(undetermined) {
            Self::Undetermined
        } else {
            Self::Go
        }
    }
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
}
