//! A recorded run, judged again: for `verify`, by its own settings; for `judge`, by those of another checklist.
//! Contacts nothing.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::evidence::mismatches;
use super::needs::{is_met_by, unmet};
use super::new_record::{fill, leave_out, new_record};
use super::redactors;
use super::settle::{Outcome, Unjudged, settle};
use super::sources;
use super::texts;
use super::waivers::Waivers;
use super::warnings::warnings;
use crate::model::record::{Dropped, End, NotRun, Rejudged, SCHEMA, Tool, headline};
use crate::model::verdict::Summary;
use crate::model::{
    Check, CheckRecord, Checklist, Judgement, LaunchFacts, Registry, RunRecord, Verdict, Waiver,
};

/// Why a record cannot be judged at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RejudgeError {
    /// It was written in another schema.
    #[error("the record has schema `{found}`; this version reads only `{SCHEMA}`")]
    Schema {
        /// The record's.
        found: String,
    },
    /// Its evidence and its observations do not belong together.
    #[error("the record is not as a run wrote it: check `{check}` {problem}")]
    Evidence {
        /// The check.
        check: String,
        /// What is wrong.
        problem: String,
    },
}

/// The same run with everything recomputed that follows from its observations: statuses, findings, measures,
/// exhibits, unmet needs, waivers, summary, verdict.
///
/// With a checklist, its checks are judged in its order, by its settings, waivers and launch; the record lends
/// the observations. A check of which the record has no observation by the same module is an error that says
/// so, never a pass. An observation made behind needs that are not met any more is judged all the same: what was
/// seen counts.
///
/// # Errors
/// When the record has another schema. A single check that cannot be judged becomes an error finding.
pub fn rejudge(
    record: &RunRecord,
    registry: Registry,
    checklist: Option<&Checklist>,
) -> Result<RunRecord, RejudgeError> {
    if record.schema != SCHEMA {
        return Err(RejudgeError::Schema {
            found: record.schema.clone(),
        });
    }
    let mut again = record.without_checks();
    again.run.tool = Tool::current();
    if let Some(checklist) = checklist {
        again.launch = checklist.launch.clone();
        (again.run.checklist, again.run.includes) = sources(checklist);
    }
    let waivers: Vec<Waiver> = match checklist {
        Some(checklist) => checklist.waivers.clone(),
        None => recorded_waivers(record),
    };
    let waivers = Waivers::at(waivers, record.run.started_at);
    let facts = again.facts();
    let mut checks = match checklist {
        Some(checklist) => by_checklist(record, checklist, &waivers, &facts),
        None => by_record(record, registry, &waivers, &facts),
    };
    pass_the_gates(&mut checks, &waivers);
    again.run.complete = again.run.interrupted_by.is_none() && !checks.iter().any(was_interrupted);
    again.verdict = Verdict::of(&checks);
    again.headline = headline(again.verdict, &again.run.selection, &checks);
    again.summary = Summary::of(&checks);
    again.unused_waivers = waivers.unused(&checks);
    let rejudged = again.run.rejudged.as_ref();
    again.warnings = warnings(
        again.verdict,
        &checks,
        &again.unused_waivers,
        rejudged,
        &facts,
    );
    (again.rules, again.families) = texts(&checks, &again.warnings, registry);
    again.checks = checks;
    again.expired_waivers = waivers.expired;
    if let Some(checklist) = checklist {
        redactors::strike(&mut again, checklist);
    }
    Ok(again)
}

/// The same observations as a record of its own, judged at an instant under an id of its own. It names the run whose
/// observations it holds, and the checks that the checklist no longer has.
///
/// # Errors
/// As [`rejudge`], and when evidence and observations do not belong together.
pub fn judge_again(
    record: &RunRecord,
    registry: Registry,
    checklist: Option<&Checklist>,
    id: String,
    at: Timestamp,
) -> Result<RunRecord, RejudgeError> {
    for check in &record.checks {
        if let Some(problem) = mismatches(record, check).first() {
            return Err(RejudgeError::Evidence {
                check: check.id.clone(),
                problem: problem.to_string(),
            });
        }
    }
    let mut named = record.clone();
    let kept: HashSet<&str> = match checklist {
        Some(checklist) => checklist
            .checks
            .iter()
            .map(|check| check.id.as_str())
            .collect(),
        None => record
            .checks
            .iter()
            .map(|check| check.id.as_str())
            .collect(),
    };
    let dropped = record
        .checks
        .iter()
        .filter(|check| !kept.contains(check.id.as_str()));
    let dropped = dropped.map(|check| Dropped {
        id: check.id.clone(),
        status: check.status,
        waived: check.is_waived(),
    });
    let before = record.run.rejudged.as_ref();
    let earlier = before
        .map(|before| before.dropped.clone())
        .unwrap_or_default();
    named.run.rejudged = Some(Rejudged {
        run_id: before
            .map_or(&record.run.id, |before| &before.run_id)
            .clone(),
        headline: before
            .map_or(&record.headline, |before| &before.headline)
            .clone(),
        at,
        dropped: earlier.into_iter().chain(dropped).collect(),
    });
    named.run.id = id;
    rejudge(&named, registry, checklist)
}

fn by_record(
    record: &RunRecord,
    registry: Registry,
    waivers: &Waivers,
    facts: &LaunchFacts,
) -> Vec<CheckRecord> {
    let judged = |check: &CheckRecord| {
        let mut again = check.clone();
        again.waiver = waivers.of(&check.id).cloned();
        judge(&mut again, waivers, |seen| {
            match registry.get(&check.module) {
                Some(module) => Ok(module.judge(&check.settings, seen, facts)?),
                None => Err(Unjudged {
                    why: format!("this version has no module `{}`", check.module),
                    hint: "judge it with the version of tminus that recorded it",
                }),
            }
        });
        again
    };
    record.checks.iter().map(judged).collect()
}

fn by_checklist(
    record: &RunRecord,
    checklist: &Checklist,
    waivers: &Waivers,
    facts: &LaunchFacts,
) -> Vec<CheckRecord> {
    let recorded: HashMap<&str, &CheckRecord> = record
        .checks
        .iter()
        .map(|check| (check.id.as_str(), check))
        .collect();
    let judged = |check: &Check| {
        let mut again = new_record(check, waivers.of(&check.id));
        if let Some(recorded) = recorded.get(check.id.as_str())
            && recorded.module == check.module
        {
            again.duration_ms = recorded.duration_ms;
            again.not_run.clone_from(&recorded.not_run);
            again.attempts.clone_from(&recorded.attempts);
            again.observation.clone_from(&recorded.observation);
            again.evidence.clone_from(&recorded.evidence);
        }
        judge(&mut again, waivers, |seen| {
            Ok(check.prepared.judge(seen, facts)?)
        });
        again
    };
    checklist.checks.iter().map(judged).collect()
}

/// Recomputes all that follows from the attempts of one check.
fn judge(
    check: &mut CheckRecord,
    waivers: &Waivers,
    judge: impl Fn(&RawValue) -> Result<Judgement, Unjudged>,
) {
    if !check.is_selected() {
        return leave_out(check);
    }
    let mut attempts = std::mem::take(&mut check.attempts);
    let settled = |outcome: Outcome<'_>| {
        let mut judgement = settle(&check.id, outcome, &judge);
        let accepted_by = waivers.accept(&check.id, &mut judgement);
        (judgement, accepted_by)
    };
    let (judgement, accepted_by) = match (&check.not_run, attempts.split_last_mut()) {
        (Some(reason), _) => settled(Outcome::NotRun(reason)),
        (None, None) => settled(Outcome::Unknown),
        (None, Some((last, superseded))) => {
            for attempt in superseded {
                let seen = attempt.observation.as_deref();
                let (judgement, _) = settled(attempted(&attempt.end, seen));
                attempt.status = judgement.status();
                attempt.finding = judgement.worst().cloned();
            }
            let settled = settled(attempted(&last.end, check.observation.as_deref()));
            last.status = settled.0.status();
            settled
        }
    };
    check.attempts = attempts;
    fill(check, judgement, accepted_by);
}

fn attempted<'a>(end: &'a End, seen: Option<&'a RawValue>) -> Outcome<'a> {
    Outcome::Attempted { end, seen }
}

/// Recomputes which needs were unmet, for the checks that were not attempted because of them.
///
/// Such a check never passes, so it satisfies a need only by its waiver, which is known beforehand; no order
/// between the checks has to be kept.
fn pass_the_gates(checks: &mut [CheckRecord], waivers: &Waivers) {
    let met: HashSet<String> = checks
        .iter()
        .filter(|check| is_met_by(check))
        .map(|check| check.id.clone())
        .collect();
    for check in checks {
        if matches!(check.not_run, Some(NotRun::NeedsUnmet { .. })) {
            let ids = unmet(&check.needs, |id| met.contains(id));
            let reason = NotRun::NeedsUnmet { ids };
            let outcome = Outcome::NotRun(&reason);
            let mut judgement = settle(&check.id, outcome, |_| Ok(Judgement::default()));
            let accepted_by = waivers.accept(&check.id, &mut judgement);
            fill(check, judgement, accepted_by);
            check.not_run = Some(reason);
        }
    }
}

/// Every waiver that a record holds, whatever it claims of its validity.
fn recorded_waivers(record: &RunRecord) -> Vec<Waiver> {
    let of_checks = record.checks.iter().filter_map(|check| {
        let waiver = check.waiver.as_ref();
        waiver.filter(|waiver| waiver.check == check.id)
    });
    let of_findings = record.checks.iter().flat_map(|check| {
        let own = check.finding_waivers.iter();
        own.filter(|waiver| waiver.check == check.id && !waiver.is_whole())
    });
    let others = record.expired_waivers.iter().chain(&record.unused_waivers);
    // A waiver for a whole check that was not needed is in its check and among the unused.
    let mut seen = HashSet::new();
    let all = of_checks.chain(of_findings).chain(others);
    all.filter(|waiver| seen.insert(*waiver)).cloned().collect()
}

fn was_interrupted(check: &CheckRecord) -> bool {
    let last = check.attempts.last().map(|attempt| &attempt.end);
    check.not_run == Some(NotRun::Interrupted) || last == Some(&End::Interrupted)
}
