//! From the outcome of a check to its findings: those of the judge, and the engine's own for whatever kept the judge
//! from seeing everything.
//!
//! Pure, and the only place that decides this: a run and every later judgement of its record agree because both ask
//! here.

use std::time::Duration;

use serde_json::value::RawValue;

use super::catch_panic;
use super::rules;
use crate::model::exhibit::Exhibit;
use crate::model::module::JudgeError;
use crate::model::record::{End, NotRun};
use crate::model::units::Period;
use crate::model::{Finding, Judgement};

/// What became of a check.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome<'a> {
    /// It was not attempted.
    NotRun(&'a NotRun),
    /// It was attempted.
    Attempted {
        /// What ended the attempt.
        end: &'a End,
        /// What it saw.
        seen: Option<&'a RawValue>,
    },
    /// The record knows of no attempt: the check came into the checklist later.
    Unknown,
}

/// Why an observation got no judgement.
#[derive(Debug)]
pub(super) struct Unjudged {
    /// What went wrong.
    pub(super) why: String,
    /// How to fix it.
    pub(super) hint: &'static str,
}

impl From<JudgeError> for Unjudged {
    fn from(error: JudgeError) -> Self {
        Self {
            why: error.to_string(),
            hint: "judge it with the version of tminus that recorded it, or run the check again",
        }
    }
}

/// The judgement over an outcome. Never empty: where nothing was found, it says so as an error.
///
/// What an attempt saw before it was cut short is judged too, since a failure that was seen counts.
pub(super) fn settle(
    check: &str,
    outcome: Outcome<'_>,
    judge: impl FnOnce(&RawValue) -> Result<Judgement, Unjudged>,
) -> Judgement {
    match outcome {
        Outcome::NotRun(reason) => only(not_run(check, reason)),
        Outcome::Unknown => only(unobserved(
            check,
            "the record holds no observation of this check by this module",
        )),
        Outcome::Attempted { end, seen } => {
            let mut judgement = match seen {
                Some(seen) => judged(check, || judge(seen)),
                None if *end == End::Completed => {
                    only(unobserved(check, "the observation is missing"))
                }
                None => Judgement::default(),
            };
            // What kept the judge from seeing all explains the rest: it comes first.
            judgement.findings.splice(0..0, cut_short(check, end));
            if judgement.findings.is_empty() {
                judgement.findings.push(
                    rules::EMPTY
                        .error(check, "The check found nothing to judge")
                        .observed("no findings")
                        .hint(
                            "check that the settings ask for something: an empty result is never a pass",
                        ),
                );
            }
            judgement
        }
    }
}

fn only(finding: Finding) -> Judgement {
    Judgement {
        findings: vec![finding],
        ..Judgement::default()
    }
}

fn judged(check: &str, judge: impl FnOnce() -> Result<Judgement, Unjudged>) -> Judgement {
    only(match catch_panic::catch_panic(judge) {
        Ok(Ok(judgement)) => return finite(judgement),
        Ok(Err(Unjudged { why, hint })) => rules::NOT_JUDGED
            .error(check, "The observation cannot be judged")
            .observed(why)
            .hint(hint),
        Err(panic) => rules::PANIC
            .error(check, "The module crashed while judging")
            .observed(format!("the judge panicked: {panic}"))
            .hint(DEFECT),
    })
}

const DEFECT: &str = "this is a bug in tminus, not in the system it checked: please report it";

fn cut_short(check: &str, end: &End) -> Option<Finding> {
    let finding = match end {
        End::Completed => return None,
        End::Failed { message, hint } => {
            let finding = rules::PROBE_FAILED
                .error(check, "The probe failed")
                .observed(message);
            match hint {
                Some(hint) => finding.hint(hint),
                None => finding,
            }
        }
        End::DeadlinePassed { timeout_ms } => {
            let timeout = Period(Duration::from_millis(*timeout_ms));
            rules::DEADLINE
                .error(check, format!("The check did not end within {timeout}"))
                .expected(format!("within {timeout}"))
                .observed("still running when the deadline passed")
                .hint("find out what hangs, or raise the check's `timeout` if it may take longer")
        }
        End::Panicked { message } => rules::PANIC
            .error(check, "The module crashed while probing")
            .observed(format!("the module panicked: {message}"))
            .hint(DEFECT),
        End::Interrupted => rules::INTERRUPTED
            .error(check, "The check was interrupted")
            .observed("the run was interrupted while the check was running")
            .hint("run the checklist again"),
    };
    Some(finding)
}

fn not_run(check: &str, reason: &NotRun) -> Finding {
    match reason {
        NotRun::NotAllowed { touch } => rules::NOT_ALLOWED
            .error(check, format!("The check needs `--allow {touch}`"))
            .expected(format!("`--allow {touch}`"))
            .observed("not given, so the check did not run")
            .hint(format!("if this run may do it, add `--allow {touch}`")),
        // Only a later judgement comes here, under which every need is met that was not when it ran.
        NotRun::NeedsUnmet { ids } if ids.is_empty() => unobserved(
            check,
            "it did not run because of needs that pass under this judgement",
        ),
        NotRun::NeedsUnmet { ids } => {
            let ids = quoted(ids);
            rules::NEEDS_UNMET
                .skipped(check, format!("The check did not run: it needs {ids}"))
                .observed(format!("{ids} did not pass"))
                .hint(format!("fix {ids} and run again"))
        }
        NotRun::FailFast { id } => rules::FAIL_FAST
            .skipped(check, format!("The check did not run: `{id}` failed first"))
            .observed("`--fail-fast` was given")
            .hint(format!(
                "fix `{id}` and run again, or run without `--fail-fast`"
            )),
        NotRun::NotSelected => unobserved(check, "it was outside the selection of the run"),
        NotRun::Interrupted => rules::INTERRUPTED
            .skipped(check, "The check did not run: the run was interrupted")
            .observed("the run was interrupted first")
            .hint("run the checklist again"),
    }
}

fn unobserved(check: &str, why: &str) -> Finding {
    rules::NOT_OBSERVED
        .error(check, "The check was not observed")
        .observed(why)
        .hint("run the checklist")
}

fn quoted(ids: &[String]) -> String {
    let quoted: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    quoted.join(", ")
}

/// Leaves out numbers that are not finite: JSON cannot tell them, so the record could not be read back.
fn finite(mut judgement: Judgement) -> Judgement {
    judgement
        .measures
        .retain(|measure| measure.value.is_finite());
    for exhibit in &mut judgement.exhibits {
        match exhibit {
            Exhibit::Bars { bars, limit, .. } => {
                bars.retain(|bar| bar.value.is_finite());
                *limit = limit.filter(|limit| limit.is_finite());
            }
            Exhibit::Series { lines, limit, .. } => {
                for line in lines {
                    line.points.retain(|(x, y)| x.is_finite() && y.is_finite());
                }
                *limit = limit.filter(|limit| limit.is_finite());
            }
            Exhibit::Table { .. } | Exhibit::Timeline { .. } => {}
        }
    }
    judgement
}
