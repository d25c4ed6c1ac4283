//! Who waits for whom.
//!
//! A need is met by a check that passes, and by one that a waiver accepts: a named person has answered for it,
//! and the checks behind it are looked at rather than left unknown.

use std::collections::{HashMap, HashSet};

use crate::model::{Check, CheckRecord};

/// Counts down, for every check, the needed checks that have not ended.
#[derive(Debug)]
pub(super) struct Needs<'a> {
    checks: &'a [Check],
    open: Vec<usize>,
    dependents: Vec<Vec<usize>>,
    met: HashSet<&'a str>,
}

impl<'a> Needs<'a> {
    /// The needs between these checks. A need that names no check never ends and is never met.
    pub(super) fn new(checks: &'a [Check]) -> Self {
        let positions: HashMap<&str, usize> = checks
            .iter()
            .enumerate()
            .map(|(position, check)| (check.id.as_str(), position))
            .collect();
        let mut open = vec![0; checks.len()];
        let mut dependents = vec![Vec::new(); checks.len()];
        for (check, entry) in checks.iter().enumerate() {
            for id in &entry.needs {
                open[check] += 1;
                if let Some(&position) = positions.get(id.as_str()) {
                    dependents[position].push(check);
                }
            }
        }
        Self {
            checks,
            open,
            dependents,
            met: HashSet::new(),
        }
    }

    /// Whether all that the check needs has ended.
    pub(super) fn are_over(&self, check: usize) -> bool {
        self.open[check] == 0
    }

    /// A check ended. Returns the checks that waited for it last.
    ///
    /// A check is freed when *all* it needs has ended, also when it cannot run any more, so what the record
    /// says of it does not depend on who was faster.
    pub(super) fn end(&mut self, check: usize, met: bool) -> Vec<usize> {
        if met {
            self.met.insert(&self.checks[check].id);
        }
        let mut freed = std::mem::take(&mut self.dependents[check]);
        freed.retain(|&dependent| {
            self.open[dependent] -= 1;
            self.open[dependent] == 0
        });
        freed
    }

    /// The ids that a check needs and that are not met.
    pub(super) fn unmet(&self, check: usize) -> Vec<String> {
        unmet(&self.checks[check].needs, |id| self.met.contains(id))
    }
}

/// The ids among `needs` that are not met, in their order.
pub(super) fn unmet(needs: &[String], met: impl Fn(&str) -> bool) -> Vec<String> {
    needs.iter().filter(|id| !met(id)).cloned().collect()
}

/// Whether checks that need this one may go ahead.
pub(super) fn is_met_by(check: &CheckRecord) -> bool {
    check.status.satisfies() || check.is_waived()
}
