//! One rule held against many things: what breaks it is named one by one up to a bound, the rest is counted,
//! and where nothing breaks it there is one finding.

use crate::model::{Finding, Status};

/// Findings of one rule that are spelt out.
const SPELT: usize = 50;

/// The findings of one rule.
pub(super) struct Tally {
    claim: String,
    expected: String,
    right: usize,
    wrong: Vec<Finding>,
    more: Vec<Status>,
}

impl Tally {
    /// A rule by what it claims and what it expects of each thing.
    pub(super) fn new(claim: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            claim: claim.into(),
            expected: expected.into(),
            right: 0,
            wrong: Vec::new(),
            more: Vec::new(),
        }
    }

    /// One thing keeps the rule.
    pub(super) fn right(&mut self) {
        self.right += 1;
    }

    /// One thing does not.
    pub(super) fn wrong(&mut self, finding: Finding) {
        match self.wrong.len() < SPELT {
            true => self.wrong.push(finding.expected(&*self.expected)),
            false => self.more.push(finding.status),
        }
    }

    /// The findings. A rule that nothing was held against could not be determined; `things` are what was
    /// counted.
    pub(super) fn findings(mut self, things: &str) -> Vec<Finding> {
        let all = self.right + self.wrong.len() + self.more.len();
        let summary = |status, observed: String| {
            Finding::new(status, &*self.claim)
                .expected(&*self.expected)
                .observed(observed)
        };
        let last = match (all, self.wrong.len(), self.more.len()) {
            (0, ..) => Some(summary(Status::Error, format!("no {things} were seen"))),
            (_, 0, _) => Some(summary(Status::Pass, format!("all of {all} {things}"))),
            (_, _, 0) => None,
            (_, wrong, more) => Some(summary(
                Status::worst(self.more.iter().copied()),
                format!(
                    "{} of {all} {things} do not, {wrong} of them above",
                    wrong + more
                ),
            )),
        };
        self.wrong.extend(last);
        self.wrong
    }
}
