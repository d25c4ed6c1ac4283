//! Whether TTLs keep their bounds.

use std::time::Duration;

use super::reading::Reading;
use super::rules::{TTL_MAX, TTL_MIN};
use super::settings::Settings;
use super::view::View;
use crate::judging::{Groups, Tally};
use crate::model::units::Period;
use crate::model::{Finding, Rule, Status};

/// A bound on TTLs.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    /// The bound.
    pub at: Period,
    /// Whether it is the longest TTL that is allowed, and not the shortest.
    pub is_longest: bool,
}

impl Bound {
    /// The bounds of the settings.
    pub(super) fn all(settings: &Settings) -> impl Iterator<Item = Self> {
        let bound = |at, is_longest| Self { at, is_longest };
        let shortest = settings.ttl_min.map(|at| bound(*at, false));
        let longest = settings.ttl_max.map(|at| bound(*at, true));
        shortest.into_iter().chain(longest)
    }

    /// The rule it belongs to.
    pub(super) fn rule(self) -> Rule {
        if self.is_longest { TTL_MAX } else { TTL_MIN }
    }

    /// Whether a TTL in seconds keeps it.
    pub(super) fn is_kept_by(self, ttl: u32) -> bool {
        let ttl = Duration::from_secs(ttl.into());
        match self.is_longest {
            true => ttl <= self.at.0,
            false => ttl >= self.at.0,
        }
    }

    /// "at most 1m"
    pub(super) fn expected(self) -> String {
        let word = if self.is_longest {
            "at most"
        } else {
            "at least"
        };
        format!("{word} {}", self.at)
    }

    /// "above 1m": where TTLs are that do not keep it.
    pub(super) fn broken(self) -> String {
        let word = if self.is_longest { "above" } else { "below" };
        format!("{word} {}", self.at)
    }

    /// Of two TTLs the one further from it, on the wrong side.
    pub(super) fn worse(self, one: u32, other: u32) -> u32 {
        match self.is_longest {
            true => one.max(other),
            false => one.min(other),
        }
    }
}

/// Holds the TTLs that were handed out against `ttl-min` and `ttl-max`. At the source the zone's own TTL is seen, and
/// what caches have left of it says nothing more.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let bounds = Bound::all(view.settings);
    let bounds = bounds.filter(|bound| bound.is_longest || view.settings.authoritative.is_none());
    bounds.flat_map(|bound| keeps(view, bound)).collect()
}

fn keeps(view: &View<'_>, bound: Bound) -> Vec<Finding> {
    let rule = bound.rule();
    let mut tally = Tally::new(rule, "questions")
        .breaks(format!("have a TTL {}", bound.broken()))
        .expected(bound.expected());
    let mut range: Option<(u32, u32)> = None;
    for row in view.rows() {
        let (mut status, mut worst) = (Status::Pass, None);
        let mut outside = Groups::default();
        for (resolver, cell) in view.resolvers.iter().zip(&row.cells) {
            let Reading::Answer(answer) = &cell.reading else {
                continue;
            };
            let Some((least, most)) = answer.ttl else {
                continue;
            };
            let (low, high) = range.unwrap_or((least, most));
            range = Some((low.min(least), high.max(most)));
            let ttl = bound.worse(least, most);
            if !bound.is_kept_by(ttl) {
                // A cache's TTL counts down: below the bound it proves nothing about the zone.
                let proved = bound.is_longest || answer.aa;
                let of_cell = if proved { Status::Fail } else { Status::Error };
                status = Status::worst([status, of_cell]);
                worst = Some(bound.worse(ttl, worst.unwrap_or(ttl)));
                let left = if proved { "" } else { " left in a cache" };
                outside.add(format!("{ttl} s{left}"), resolver);
            }
        }
        let Some(worst) = worst else {
            tally.right();
            continue;
        };
        let subject = format!("{} {}", row.name, row.kind);
        let claim = match status {
            Status::Fail => format!(
                "The TTL of {subject} is {worst} s, {} allowed",
                bound.expected()
            ),
            _ => format!("The TTL of {subject} in the zone is unknown, {worst} s left in a cache"),
        };
        let finding = rule.finding(status, subject, claim);
        let finding = finding.observed(outside.text());
        tally.wrong(format!("with a TTL {}", bound.broken()), finding);
    }
    let Some((low, high)) = range else {
        let claim = format!("No TTL was seen that could be {}", bound.broken());
        return vec![
            rule.error("all names", claim)
                .expected(bound.expected())
                .observed("no TTL was seen"),
        ];
    };
    tally.findings("all names", |_| {
        rule.pass("all names", format!("No TTL is {}", bound.broken()))
            .observed(if low == high {
                format!("{low} s, as handed out")
            } else {
                format!("{low} s to {high} s, as handed out")
            })
    })
}
