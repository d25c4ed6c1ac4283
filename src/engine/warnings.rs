//! Warnings about the run as a whole: whatever would let a reader take its verdict for more than it is. Pure: they follow
//! from the record, so a later judgement agrees.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::rules;
use crate::judging::text::instant;
use crate::model::record::Rejudged;
use crate::model::secret::SHORTEST_EVERYWHERE;
use crate::model::suggest;
use crate::model::units::Offset;
use crate::model::{CheckRecord, Finding, LaunchFacts, Severity, Status, Verdict, Waiver};

/// A T-0 further back is a past launch, or a date that was forgotten.
const PAST: SignedDuration = SignedDuration::from_hours(24);

/// The warnings of a run, in the order a reader should see them.
pub(super) fn warnings(
    verdict: Verdict,
    checks: &[CheckRecord],
    unused: &[Waiver],
    rejudged: Option<&Rejudged>,
    facts: &LaunchFacts,
) -> Vec<Finding> {
    let selected = || checks.iter().filter(|check| check.is_selected());
    let blockers = selected().filter(|check| check.severity == Severity::Blocker);
    let mut warnings = rejudged.map(of_rejudged).unwrap_or_default();
    if facts.now.duration_since(facts.t0) > PAST {
        let claim = "T-0 is more than a day in the past";
        let warning = rules::PAST_LAUNCH.warn("the launch", claim);
        warnings.push(
            warning
                .observed(format!(
                    "T-0 {}, run {}",
                    instant(facts.t0),
                    instant(facts.now)
                ))
                .hint("set `[launch] at` to the coming launch"),
        );
    }
    if selected().next().is_some() && blockers.count() == 0 {
        let claim = "No check is a blocker, so nothing can stop this launch";
        let warning = rules::NO_BLOCKER.warn("the checklist", claim);
        warnings.push(warning.hint("remove `severity = \"advisory\"` from what the launch needs"));
    }
    warnings.extend(phases(checks));
    if verdict == Verdict::Go {
        warnings.extend(advisories(selected()));
    }
    warnings.extend(retried(selected()));
    warnings.extend(selected().filter_map(short_secrets));
    warnings.extend(of_waivers(unused, checks, facts));
    warnings
}

/// A secret that reports may show where another check printed it.
fn short_secrets(check: &CheckRecord) -> Option<Finding> {
    if check.short_secrets.is_empty() {
        return None;
    }
    let claim = format!(
        "{}: secrets shorter than {SHORTEST_EVERYWHERE} bytes are struck from this check alone",
        check.id
    );
    let warning = rules::SHORT_SECRET.warn(&check.id, claim);
    let warning = warning.observed(check.short_secrets.join(", "));
    Some(warning.hint("use longer secrets, or `plain-env` for what may be shown"))
}

/// That this is no run, and what it left out.
fn of_rejudged(rejudged: &Rejudged) -> Vec<Finding> {
    let Rejudged {
        run_id,
        headline,
        at,
        dropped,
    } = rejudged;
    let again = rules::REJUDGED
        .warn(
            "the run",
            "These observations were judged again, not made again",
        )
        .observed(format!(
            "run {run_id} said {headline}; judged again {}",
            instant(*at)
        ));
    let dropped = dropped.iter().map(|check| {
        let word = match check.status {
            Status::Pass | Status::Warn if check.waived => "waived",
            Status::Pass | Status::Warn => "passed",
            Status::Fail if check.waived => "failed and waived",
            Status::Fail => "failed",
            Status::Error if check.waived => "was an error and waived",
            Status::Error => "was an error",
            Status::Skipped | Status::NotSelected => "did not run",
        };
        let claim = format!("{}: {word} then, not in this checklist now", check.id);
        rules::CHECK_DROPPED.warn(&check.id, claim)
    });
    std::iter::once(again).chain(dropped).collect()
}

/// A phase of one check only that is nearly another's: `--phase` with either misses the other.
fn phases(checks: &[CheckRecord]) -> Vec<Finding> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for phase in checks.iter().filter_map(|check| check.phase.as_deref()) {
        *counts.entry(phase).or_default() += 1;
    }
    let alone = checks.iter().filter_map(|check| {
        let phase = check
            .phase
            .as_deref()
            .filter(|phase| counts.get(phase) == Some(&1))?;
        let others = counts
            .iter()
            .filter(|(other, count)| **other != phase && **count > 1);
        let near = others
            .map(|(other, _)| *other)
            .find(|other| is_slip(phase, other))?;
        let claim = format!("Only {} has the phase \"{phase}\"", check.id);
        let warning = rules::PHASE_ALONE.warn(&check.id, claim);
        Some(warning.hint(format!("did you mean \"{near}\"?")))
    });
    alone.collect()
}

/// Whether two phases are the same but for a slip. Times that differ, such as T-2h and T-1h, are no slip.
fn is_slip(phase: &str, other: &str) -> bool {
    if let (Ok(one), Ok(other)) = (phase.parse::<Offset>(), other.parse::<Offset>()) {
        return one == other;
    }
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    digits(phase) == digits(other) && suggest::nearest(phase, [other]).is_some()
}

/// Advisories that did not pass under a GO.
fn advisories<'a>(checks: impl Iterator<Item = &'a CheckRecord>) -> Option<Finding> {
    let failed = |check: &&CheckRecord| {
        check.severity == Severity::Advisory
            && check.waiver.is_none()
            && matches!(check.status, Status::Fail | Status::Error)
    };
    let failed: Vec<_> = checks
        .filter(failed)
        .map(|check| check.id.as_str())
        .collect();
    let claim = match failed.len() {
        0 => return None,
        1 => "An advisory check did not pass".to_owned(),
        more => format!("{more} advisory checks did not pass"),
    };
    let warning = rules::ADVISORIES_FAILED.warn("advisory checks", claim);
    Some(warning.observed(list(&failed)))
}

/// Checks that passed after attempts that did not.
fn retried<'a>(checks: impl Iterator<Item = &'a CheckRecord>) -> Option<Finding> {
    let retried = checks.filter(|check| check.status.satisfies() && check.attempts.len() > 1);
    let retried: Vec<_> = retried.map(|check| check.id.as_str()).collect();
    let claim = match retried.len() {
        0 => return None,
        1 => "A check passed only after a failed attempt".to_owned(),
        more => format!("{more} checks passed only after failed attempts"),
    };
    let warning = rules::RETRIED.warn("retried checks", claim);
    Some(
        warning
            .observed(list(&retried))
            .hint("the sections of these checks show what the earlier attempts saw"),
    )
}

/// The first ids, and how many more there are.
fn list(ids: &[&str]) -> String {
    const MOST: usize = 8;
    let shown = ids[..ids.len().min(MOST)].join(", ");
    match ids.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Waivers that accept nothing, and those that are needed now and end before T-0.
fn of_waivers(unused: &[Waiver], checks: &[CheckRecord], facts: &LaunchFacts) -> Vec<Finding> {
    let unused = unused.iter().map(|waiver| {
        rules::WAIVER_UNUSED
            .warn(
                subject(waiver),
                format!("A waiver accepts nothing: {}", scope(waiver)),
            )
            .observed(format!(
                "approved by {}: {}",
                waiver.approved_by, waiver.reason
            ))
            .hint(match meets_error(waiver, checks) {
                true => {
                    "an error is accepted only by a waiver for the whole check: remove `rule` and `subject`, or see that \
                     the check can be made"
                }
                false => "remove it, or correct its `check`, `rule` or `subject`",
            })
    });
    let short = checks
        .iter()
        .flat_map(CheckRecord::waivers)
        .filter(|waiver| waiver.expires <= facts.t0);
    let short = short.map(|waiver| {
        rules::WAIVER_TOO_SHORT
            .warn(
                subject(waiver),
                format!(
                    "A waiver that is needed now expires before T-0: {}",
                    scope(waiver)
                ),
            )
            .expected(format!("valid beyond T-0, {}", instant(facts.t0)))
            .observed(format!("expires {}", instant(waiver.expires)))
            .hint("fix the failure, or have the waiver approved until after T-0")
    });
    unused.chain(short).collect()
}

/// Whether a waiver names findings that are errors: these it does not accept.
fn meets_error(waiver: &Waiver, checks: &[CheckRecord]) -> bool {
    let named = |finding: &&Finding| {
        let rule = waiver.rule.as_deref();
        let subject = waiver.subject.as_deref();
        rule.is_none_or(|rule| rule == finding.rule())
            && subject.is_none_or(|subject| subject == finding.subject)
    };
    let mut of_check = checks.iter().filter(|check| check.id == waiver.check);
    (waiver.rule.is_some() || waiver.subject.is_some())
        && of_check.any(|check| {
            let mut named = check.findings.iter().filter(named);
            named.any(|finding| finding.status == Status::Error)
        })
}

/// What a waiver is for, in words.
fn scope(waiver: &Waiver) -> String {
    let mut scope = format!("check `{}`", waiver.check);
    if let Some(rule) = &waiver.rule {
        scope.push_str(&format!(", rule {rule}"));
    }
    if let Some(subject) = &waiver.subject {
        scope.push_str(&format!(", subject \"{subject}\""));
    }
    scope
}

fn subject(waiver: &Waiver) -> String {
    format!("the waiver for {}", scope(waiver))
}

#[cfg(test)]
mod tests {
    use super::is_slip;

    #[test]
    fn phases_that_differ_by_a_slip_are_told_from_those_that_differ() {
        for (phase, other) in [
            ("T-120m", "T-2h"),
            ("t-2h", "T-2h"),
            ("golive", "go-live"),
            ("go live", "go-live"),
        ] {
            assert!(is_slip(phase, other), "{phase} {other}");
        }
        for (phase, other) in [
            ("T-1h", "T-2h"),
            ("T-2m", "T-2h"),
            ("day 1", "day 2"),
            ("before", "after"),
        ] {
            assert!(!is_slip(phase, other), "{phase} {other}");
        }
    }
}
