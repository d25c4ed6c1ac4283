//! Whether TTLs keep their bounds.

use std::time::Duration;

use super::groups::Groups;
use super::reading::Reading;
use super::view::View;
use super::worst::Worst;
use crate::model::units::Period;
use crate::model::{Finding, Status};

/// Holds the TTLs that were handed out against `ttl-min` and `ttl-max`.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let bounds = [
        // At the source the zone's own TTL is seen, and what caches have left of it says nothing more.
        view.settings
            .ttl_min
            .filter(|_| !view.settings.authoritative)
            .map(|bound| (bound, false)),
        view.settings.ttl_max.map(|bound| (bound, true)),
    ];
    bounds
        .into_iter()
        .flatten()
        .flat_map(|(bound, longest)| keeps(view, bound, longest))
        .collect()
}

/// Whether TTLs keep a bound, above which (`longest`) or below which none may lie.
fn keeps(view: &View<'_>, bound: Period, longest: bool) -> Vec<Finding> {
    let (word, expected) = match longest {
        true => ("above", format!("at most {bound}")),
        false => ("below", format!("at least {bound}")),
    };
    let mut broken = Worst::default();
    let mut seen: Option<(u32, u32)> = None;
    for row in view.rows() {
        let mut status = Status::Pass;
        let mut outside = Groups::default();
        for (resolver, cell) in view.resolvers.iter().zip(&row.cells) {
            let Reading::Answer(answer) = &cell.reading else {
                continue;
            };
            let Some((least, most)) = answer.ttl else {
                continue;
            };
            let (low, high) = seen.unwrap_or((least, most));
            seen = Some((low.min(least), high.max(most)));
            let ttl = if longest { most } else { least };
            let exact = Duration::from_secs(ttl.into());
            let wrong = if longest {
                exact > bound.0
            } else {
                exact < bound.0
            };
            if wrong {
                // A cache's TTL counts down: below the bound it proves nothing about the zone.
                let proved = longest || answer.aa;
                let of_cell = if proved { Status::Fail } else { Status::Error };
                status = Status::worst([status, of_cell]);
                outside.add(
                    format!("{ttl} s{}", if proved { "" } else { " left in a cache" }),
                    resolver,
                );
            }
        }
        if status != Status::Pass {
            let claim = format!("{} {} has no TTL {word} {bound}", row.name, row.kind);
            let hint = match (status, longest) {
                (Status::Error, _) => {
                    "caches count TTLs down: ask an authoritative server for `ttl-min`"
                }
                (_, true) => {
                    "lower the TTL in the zone, then wait until the old one has run out everywhere"
                }
                (_, false) => "raise the TTL in the zone",
            };
            broken.add(
                format!("questions with a TTL {word} {bound}"),
                Finding::new(status, claim)
                    .expected(&*expected)
                    .observed(outside.text())
                    .hint(hint),
            );
        }
    }
    let claim = format!("No TTL is {word} {bound}");
    let mut findings = broken.into_findings(&claim, view.questions());
    match seen {
        None => findings.push(
            Finding::error(claim)
                .expected(expected)
                .observed("no TTL was seen"),
        ),
        Some((low, high)) if findings.is_empty() => {
            let observed = format!("{low} s to {high} s, as handed out");
            findings.push(Finding::pass(claim).expected(expected).observed(observed));
        }
        Some(_) => {}
    }
    findings
}
