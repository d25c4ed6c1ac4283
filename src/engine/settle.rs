//! What follows from what became of a check: the judge's findings, and the engine's own for whatever kept the
//! judge from seeing all.
//!
//! Pure, and the only place where it is decided: a run and every later judgement of its record come to the
//! same result because both ask here.

use std::time::Duration;

use serde_json::value::RawValue;

use super::guard;
use crate::model::exhibit::Exhibit;
use crate::model::module::JudgeError;
use crate::model::record::{End, NotRun};
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
    /// How to mend it.
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
/// What an attempt saw before it was cut short is judged too, since a failure that was seen stands.
pub(super) fn settle(
    outcome: Outcome<'_>,
    judge: impl FnOnce(&RawValue) -> Result<Judgement, Unjudged>,
) -> Judgement {
    match outcome {
        Outcome::NotRun(reason) => only(not_run(reason)),
        Outcome::Unknown => only(unobserved(
            "the record holds no observation of this check by this module",
        )),
        Outcome::Attempted { end, seen } => {
            let mut judgement = match seen {
                Some(seen) => judged(|| judge(seen)),
                None if *end == End::Completed => only(unobserved("the observation is missing")),
                None => Judgement::default(),
            };
            // What kept the judge from seeing all explains the rest: it stands first.
            judgement.findings.splice(0..0, cut_short(end));
            if judgement.findings.is_empty() {
                judgement.findings.push(
                    Finding::error("The check found something to judge")
                        .observed("no finding at all")
                        .hint(
                            "see that the settings ask for something; an empty result is no pass",
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

fn judged(judge: impl FnOnce() -> Result<Judgement, Unjudged>) -> Judgement {
    let unjudged = match guard::guarded(judge) {
        Ok(Ok(judgement)) => return finite(judgement),
        Ok(Err(unjudged)) => unjudged,
        Err(panic) => Unjudged {
            why: format!("the judge panicked: {panic}"),
            hint: DEFECT,
        },
    };
    only(
        Finding::error("The observation can be judged")
            .observed(unjudged.why)
            .hint(unjudged.hint),
    )
}

const DEFECT: &str = "this is a defect of the module, not of what it looked at: please report it";

fn cut_short(end: &End) -> Option<Finding> {
    let came_to_its_end = || Finding::error("The check came to its end");
    match end {
        End::Completed => None,
        End::Failed { message, hint } => Some(Finding {
            hint: hint.clone(),
            ..Finding::error("The check could look at its target").observed(message)
        }),
        End::DeadlinePassed { timeout_ms } => {
            let timeout = humantime::format_duration(Duration::from_millis(*timeout_ms));
            Some(
                came_to_its_end()
                    .expected(format!("within {timeout}"))
                    .observed("not at its end when the deadline passed")
                    .hint(
                        "find out what hangs, or raise the check's `timeout` if it may take longer",
                    ),
            )
        }
        End::Panicked { message } => Some(
            came_to_its_end()
                .observed(format!("the module panicked: {message}"))
                .hint(DEFECT),
        ),
        End::Interrupted => Some(
            came_to_its_end()
                .observed("stopped on the way, because the run was interrupted")
                .hint("run the check again"),
        ),
    }
}

fn not_run(reason: &NotRun) -> Finding {
    let skipped = || Finding::skipped("The check was attempted");
    match reason {
        NotRun::NotAllowed { touch } => Finding::error("The check may run")
            .expected(format!("`--allow {touch}`"))
            .observed(format!("it needs {touch} access, which was not allowed"))
            .hint(format!("run it with `--allow {touch}`")),
        // Only a later judgement comes here, under which every need is met that was not when it ran.
        NotRun::NeedsUnmet { ids } if ids.is_empty() => {
            unobserved("not attempted for needs that are met under this judgement")
        }
        NotRun::NeedsUnmet { ids } => {
            let ids = quoted(ids);
            skipped()
                .observed(format!("no, because it needs {ids} to pass first"))
                .hint(format!("mend {ids} and run again"))
        }
        NotRun::FailFast { id } => skipped()
            .observed(format!(
                "no, because `{id}` did not pass and the run was to fail fast"
            ))
            .hint("mend it and run again, or run without `--fail-fast`"),
        NotRun::Interrupted => skipped()
            .observed("no, because the run was interrupted before its turn")
            .hint("run it again"),
    }
}

fn unobserved(why: &str) -> Finding {
    Finding::error("The check was observed")
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
