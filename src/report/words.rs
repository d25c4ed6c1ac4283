//! The fields of a record in words, the same in every report that people read.

use std::time::Duration;

use crate::model::plan::Touch;
use crate::model::record::{Attempt, End, NotRun};
use crate::model::{CheckRecord, Finding, Launch, RunRecord, Severity, Status, Verdict, Waiver};

pub use crate::judging::text::instant;
pub use crate::model::units::measured as duration;

/// "1 check", "2 checks".
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// How many checks have which status, and how many are waived. A count of zero says nothing and is left out.
pub fn counts(record: &RunRecord) -> Vec<(Option<Status>, usize, &'static str)> {
    let of = |status: Status| (Some(status), record.summary.count(status), status.as_str());
    let waived = (None, record.summary.waived, "waived");
    let all = Status::ALL.into_iter().map(of).chain([waived]);
    all.filter(|(_, number, _)| *number > 0).collect()
}

/// What is launched, with its version.
pub fn launch(launch: &Launch) -> String {
    match &launch.version {
        Some(version) => format!("{} {version}", launch.name),
        None => launch.name.clone(),
    }
}

/// Who accepts a failure, until when, and why.
pub fn waiver(waiver: &Waiver) -> String {
    let parts = [("rule", &waiver.rule), ("subject", &waiver.subject)];
    let parts = parts
        .into_iter()
        .filter_map(|(name, part)| Some((name, part.as_ref()?)));
    let scope: Vec<_> = parts
        .map(|(name, part)| format!("{name} {part}, "))
        .collect();
    format!(
        "{}waived by {} until {}: {}",
        scope.concat(),
        waiver.approved_by,
        instant(waiver.expires),
        waiver.reason
    )
}

/// The sentence of a finding with its rule, and who accepts it.
pub fn claim(finding: &Finding) -> String {
    let waived = match &finding.waived_by {
        Some(name) => format!(", waived by {name}"),
        None => String::new(),
    };
    format!("{} ({}{waived})", finding.claim, finding.rule())
}

/// Why the verdict is what it is. Its numbers are those of the counts beside it, of blockers alone.
pub fn because(record: &RunRecord) -> String {
    let open = |status: Status| {
        let open = |check: &&CheckRecord| {
            check.severity == Severity::Blocker && check.status == status && check.waiver.is_none()
        };
        record.checks.iter().filter(open).count()
    };
    let failed = open(Status::Fail);
    let unknown = [
        (open(Status::Error), "error"),
        (open(Status::Skipped), "skipped"),
    ];
    let unknown = unknown.into_iter().filter(|(number, _)| *number > 0);
    let unknown: Vec<_> = unknown
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let unknown = unknown.join(", ");
    let waived = record.summary.waived;
    match record.verdict {
        Verdict::NoGo if !unknown.is_empty() => {
            format!(
                "{} failed; not determined: {unknown}",
                count(failed, "blocker")
            )
        }
        Verdict::NoGo => format!("{} failed", count(failed, "blocker")),
        Verdict::Undetermined if unknown.is_empty() => "nothing was checked".to_owned(),
        Verdict::Undetermined => format!("blockers not determined: {unknown}"),
        Verdict::Go if waived > 0 => {
            format!("no open blockers, {} waived", count(waived, "check"))
        }
        Verdict::Go => "no open blockers".to_owned(),
    }
}

/// The findings that explain a status, the worst first: what failed or is undetermined or, for a check that did not run,
/// why not. What a waiver accepts comes last.
pub fn open_findings(check: &CheckRecord) -> Vec<&Finding> {
    let open = |finding: &&Finding| !matches!(finding.status, Status::Pass | Status::Skipped);
    let mut found: Vec<_> = check.findings.iter().filter(open).collect();
    if found.is_empty() && check.status == Status::Skipped {
        return check.findings.iter().collect();
    }
    found.sort_by_key(|finding| {
        let gravity = match finding.status {
            Status::Fail => 0,
            Status::Error => 1,
            _ => 2,
        };
        (finding.waived_by.is_some(), gravity)
    });
    found
}

/// Why a check was not attempted.
pub fn not_run(reason: &NotRun) -> String {
    match reason {
        NotRun::NotAllowed { touch } => {
            let may = match touch {
                Touch::Read => "read from",
                Touch::Load => "put load on",
                Touch::Write => "change",
            };
            format!("not run: it may {may} a system and needs --allow {touch}")
        }
        NotRun::NeedsUnmet { ids } => format!("not run: it needs {} to pass first", ids.join(", ")),
        NotRun::FailFast { id } => format!("not run: {id} did not pass first (--fail-fast)"),
        NotRun::NotSelected => "not run: outside the selection of this run".to_owned(),
        NotRun::Interrupted => "not run: the run was interrupted first".to_owned(),
    }
}

/// What an attempt that was repeated saw, or what ended it.
pub fn attempt(attempt: &Attempt) -> String {
    match &attempt.finding {
        Some(finding) => claim(finding),
        None => end(attempt),
    }
}

/// What ended an attempt.
pub fn end(attempt: &Attempt) -> String {
    match &attempt.end {
        End::Completed => "the probe completed".to_owned(),
        End::Failed { message, .. } => message.clone(),
        End::DeadlinePassed { timeout_ms } => {
            let timeout = duration(Duration::from_millis(*timeout_ms));
            format!("timed out after {timeout}")
        }
        End::Panicked { message } => format!("the module panicked: {message}"),
        End::Interrupted => "the run was interrupted".to_owned(),
    }
}
