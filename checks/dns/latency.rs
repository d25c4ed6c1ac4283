//! Whether answers come in time.

use std::time::Duration;

use super::numbers::{millis, millis_beside};
use super::rules::LATENCY;
use super::view::View;
use crate::model::Finding;

/// The rounds whose times count: the first one warms the caches, unless it is the only one.
fn timed_rounds(view: &View<'_>) -> std::ops::Range<u32> {
    u32::from(view.rounds > 1)..view.rounds
}

/// Holds the times of answers against `latency-max`.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let Some(limit) = view.settings.latency_max else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let mut slowest: Option<(u64, String)> = None;
    let expected = format!("at most {limit} for each answer");
    for (place, resolver) in view.resolvers.iter().enumerate() {
        let timed = timed_rounds(view).flat_map(|round| {
            let entries = view.entries(round, place);
            entries.filter_map(|(question, entry)| Some((entry.latency_us()?, question)))
        });
        let timed: Vec<_> = timed.collect();
        let Some((worst, question)) = timed.iter().max_by_key(|(latency, _)| *latency) else {
            let claim = format!("{resolver} gave no answer that could be timed");
            let finding = LATENCY.error(resolver, claim);
            findings.push(finding.expected(&expected).observed("no answer to time"));
            continue;
        };
        let asked = view.asked(*question);
        let of = format!("for {} {}", asked.name, asked.kind);
        let late = |(latency, _): &&(u64, usize)| Duration::from_micros(*latency) > limit.0;
        let slow = timed.iter().filter(late).count();
        if slow > 0 {
            let claim = format!(
                "{resolver} took longer than {limit} for {slow} of {} answers",
                timed.len()
            );
            let finding = LATENCY.fail(resolver, claim).expected(&expected);
            let text = format!("the slowest {} {of}", millis_beside(*worst, *limit));
            findings.push(finding.observed(text).hint(LATENCY.fix));
        }
        if slowest.as_ref().is_none_or(|(most, _)| worst > most) {
            let text = format!("slowest {} {of} at {resolver}", millis(*worst));
            slowest = Some((*worst, text));
        }
    }
    if let (true, Some((_, text))) = (findings.is_empty(), slowest) {
        let claim = format!("Every answer arrives within {limit}");
        let finding = LATENCY.pass("all resolvers", claim);
        findings.push(finding.expected(format!("at most {limit}")).observed(text));
    }
    findings
}
