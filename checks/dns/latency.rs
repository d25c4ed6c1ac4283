//! Whether answers come in time.

use std::time::Duration;

use super::numbers::millis;
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
    for (place, resolver) in view.resolvers.iter().enumerate() {
        let claim = format!("{resolver} answers within {limit}");
        let expected = format!("at most {limit} for each answer");
        let timed = timed_rounds(view).flat_map(|round| {
            let entries = view.entries(round, place);
            entries.filter_map(|(question, entry)| Some((entry.latency_us()?, question)))
        });
        let timed: Vec<_> = timed.collect();
        let Some((worst, question)) = timed.iter().max_by_key(|(latency, _)| *latency) else {
            findings.push(
                Finding::error(claim)
                    .expected(expected)
                    .observed("no answer to time"),
            );
            continue;
        };
        let asked = view.asked(*question);
        let text = format!("{} for {} {}", millis(*worst), asked.name, asked.kind);
        let slow = timed
            .iter()
            .filter(|(latency, _)| Duration::from_micros(*latency) > limit.0)
            .count();
        if slow > 0 {
            findings.push(
                Finding::fail(claim)
                    .expected(expected)
                    .observed(format!("{slow} of {} answers took longer, the slowest {text}", timed.len()))
                    .hint("warm the resolver's cache by asking again; if it stays slow, look at its load and the way to it"),
            );
        }
        if slowest.as_ref().is_none_or(|(most, _)| worst > most) {
            slowest = Some((*worst, format!("slowest {text} at {resolver}")));
        }
    }
    if let (true, Some((_, text))) = (findings.is_empty(), slowest) {
        let claim = format!("Every answer comes within {limit}");
        findings.push(
            Finding::pass(claim)
                .expected(format!("at most {limit}"))
                .observed(text),
        );
    }
    findings
}
