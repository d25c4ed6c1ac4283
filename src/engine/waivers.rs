//! Which waivers hold when a run begins, what they accept, and which of them accept nothing.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::model::{CheckRecord, Judgement, Waiver};

/// Waivers by whether they held at the begin of a run.
#[derive(Debug, Default)]
pub(super) struct Waivers {
    /// Those for a whole check. Of several for one check, the one that holds longest counts.
    whole: HashMap<String, Waiver>,
    /// Those for single findings, by check, the longest first.
    narrow: HashMap<String, Vec<Waiver>>,
    /// Those that had expired.
    pub(super) expired: Vec<Waiver>,
}

impl Waivers {
    /// Sorts them.
    pub(super) fn at(waivers: impl IntoIterator<Item = Waiver>, begin: Timestamp) -> Self {
        let mut sorted = Self::default();
        for waiver in waivers {
            if !waiver.holds_at(begin) {
                sorted.expired.push(waiver);
            } else if !waiver.is_whole() {
                let narrow = sorted.narrow.entry(waiver.check.clone()).or_default();
                narrow.push(waiver);
            } else {
                match sorted.whole.get(&waiver.check) {
                    Some(longer) if longer.expires >= waiver.expires => {}
                    _ => {
                        sorted.whole.insert(waiver.check.clone(), waiver);
                    }
                }
            }
        }
        for narrow in sorted.narrow.values_mut() {
            narrow.sort_by_key(|waiver| std::cmp::Reverse(waiver.expires));
        }
        sorted
    }

    /// The waiver that holds for a whole check.
    pub(super) fn of(&self, check: &str) -> Option<&Waiver> {
        self.whole.get(check)
    }

    /// Marks the findings that a waiver accepts, and returns the waivers that did.
    pub(super) fn accept(&self, check: &str, judgement: &mut Judgement) -> Vec<Waiver> {
        let Some(narrow) = self.narrow.get(check) else {
            return Vec::new();
        };
        let mut used = vec![false; narrow.len()];
        for finding in &mut judgement.findings {
            let accepts = narrow.iter().position(|waiver| waiver.accepts(finding));
            if let Some(at) = accepts {
                used[at] = true;
                finding.waived_by = Some(narrow[at].approved_by.clone());
            }
        }
        let used = narrow.iter().zip(used).filter(|(_, used)| *used);
        used.map(|(waiver, _)| waiver.clone()).collect()
    }

    /// Those that accept nothing in these checks. Those of a check outside the selection have nothing to accept.
    pub(super) fn unused(&self, checks: &[CheckRecord]) -> Vec<Waiver> {
        let left_out = checks.iter().filter(|check| !check.is_selected());
        let left_out: HashSet<&str> = left_out.map(|check| check.id.as_str()).collect();
        let used: HashSet<&Waiver> = checks.iter().flat_map(CheckRecord::waivers).collect();
        let narrow = self.narrow.values().flatten();
        let mut unused: Vec<Waiver> = self
            .whole
            .values()
            .chain(narrow)
            .filter(|waiver| !used.contains(waiver))
            .filter(|waiver| !left_out.contains(waiver.check.as_str()))
            .cloned()
            .collect();
        unused.sort_by(|one, other| {
            let key = |waiver: &Waiver| {
                let Waiver {
                    check,
                    rule,
                    subject,
                    expires,
                    ..
                } = waiver.clone();
                (check, rule, subject, expires)
            };
            key(one).cmp(&key(other))
        });
        unused
    }
}
