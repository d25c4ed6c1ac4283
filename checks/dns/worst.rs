//! Findings of one rule on many questions: a bounded number of them, the worst first.

use std::collections::BTreeMap;

use crate::model::{Finding, Status};

/// Questions up to this number get a finding each; of more there is a summary and the worst.
pub(super) const EACH: usize = 50;
/// Findings that follow a summary.
pub(super) const WORST: usize = 20;

/// The worst findings, and the number of all by what was found.
#[derive(Default)]
pub(super) struct Worst {
    failures: Vec<Finding>,
    others: Vec<Finding>,
    counts: BTreeMap<String, usize>,
    status: Option<Status>,
    total: usize,
}

impl Worst {
    /// Takes up a finding; `kind` is the word under which it is counted.
    pub(super) fn add(&mut self, kind: impl Into<String>, finding: Finding) {
        self.total += 1;
        *self.counts.entry(kind.into()).or_default() += 1;
        self.status = Some(Status::worst(
            self.status.into_iter().chain([finding.status]),
        ));
        let list = match finding.status {
            Status::Fail => &mut self.failures,
            _ => &mut self.others,
        };
        if list.len() < WORST {
            list.push(finding);
        }
    }

    /// How many were taken up.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// The worst status of all that were taken up, counted by what they are: "7 NXDOMAIN, 3 no answer".
    pub(super) fn summary(&self) -> (Status, String) {
        const KINDS: usize = 12;
        let mut counts: Vec<_> = self.counts.iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let more = counts.len().saturating_sub(KINDS);
        let shown = counts.iter().take(KINDS);
        let mut words: Vec<_> = shown
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        if more > 0 {
            words.push(format!("{more} other kinds"));
        }
        (self.status.unwrap_or(Status::Pass), words.join(", "))
    }

    /// The findings of a rule that was held against `all` questions; none where nothing was taken up.
    pub(super) fn into_findings(self, claim: &str, all: usize) -> Vec<Finding> {
        let (status, counts) = self.summary();
        let summary = (self.total > WORST).then(|| {
            Finding::new(status, claim)
                .expected(format!("all of {all} questions"))
                .observed(counts)
                .hint(format!("the {WORST} worst follow"))
        });
        summary.into_iter().chain(self.findings()).collect()
    }

    /// The worst ones: failures, then what could not be determined.
    pub(super) fn findings(self) -> impl Iterator<Item = Finding> {
        self.failures.into_iter().chain(self.others).take(WORST)
    }
}
