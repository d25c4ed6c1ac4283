//! Findings of many rules about many things, in the order in which they were made. A rule with few findings keeps them
//! all. Of a rule with many, a summary counts them by status and the worst follow. So a check of 100,000 endpoints
//! makes a report that a person can read, and a judge never holds more than that.

use std::collections::HashMap;

use super::tally::{EACH, WORST};
use super::text::list;
use crate::model::{Finding, Rule, Status};

/// From the worst to the best.
const STATUSES: [Status; 5] = [
    Status::Fail,
    Status::Error,
    Status::Warn,
    Status::Skipped,
    Status::Pass,
];

/// What breaks a rule: the first of [`STATUSES`].
const BREAKS: usize = 3;

/// The findings of a judge.
#[derive(Clone, Debug)]
pub struct Bounded {
    rules: &'static [Rule],
    subject: String,
    counts: HashMap<String, [usize; STATUSES.len()]>,
    kept: Vec<Finding>,
}

impl Bounded {
    /// None yet, of these rules; `subject` is what a summary is about: "all endpoints".
    pub fn new(rules: &'static [Rule], subject: impl Into<String>) -> Self {
        Self {
            rules,
            subject: subject.into(),
            counts: HashMap::new(),
            kept: Vec::new(),
        }
    }

    /// Adds one.
    pub fn add(&mut self, finding: Finding) {
        let place = STATUSES
            .iter()
            .position(|status| *status == finding.status)
            .unwrap_or(0);
        if !self.counts.contains_key(finding.rule()) {
            self.counts
                .insert(finding.rule().to_owned(), Default::default());
        }
        if let Some(counts) = self.counts.get_mut(finding.rule()) {
            counts[place] += 1;
            if counts[place] <= EACH {
                self.kept.push(finding);
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// All of the rules that have few, and summaries with the worst of the others, each where its rule's first
    /// finding was.
    pub fn findings(mut self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let kept = std::mem::take(&mut self.kept);
        let mut many: HashMap<String, Vec<Finding>> = HashMap::new();
        let mut order = Vec::new();
        for finding in kept {
            if self.total(finding.rule()) <= EACH {
                order.push(Ok(finding));
                continue;
            }
            let rule = finding.rule().to_owned();
            let of_rule = many.entry(rule.clone()).or_default();
            if of_rule.is_empty() {
                order.push(Err(rule));
            }
            of_rule.push(finding);
        }
        for next in order {
            match next {
                Ok(finding) => findings.push(finding),
                Err(rule) => {
                    findings.extend(self.summary(&rule));
                    let of_rule = many.remove(&rule).unwrap_or_default();
                    findings.extend(worst(of_rule));
                }
            }
        }
        findings
    }

    fn total(&self, rule: &str) -> usize {
        self.counts
            .get(rule)
            .map_or(0, |counts| counts.iter().sum())
    }

    fn summary(&self, id: &str) -> Option<Finding> {
        let rule = self.rules.iter().find(|rule| rule.id == id)?;
        let counts = self.counts.get(id)?;
        let total: usize = counts.iter().sum();
        let broken: usize = counts[..BREAKS].iter().sum();
        let counted = STATUSES.iter().zip(counts);
        let counted = counted.filter(|(_, count)| **count > 0);
        let worst = Status::worst(counted.clone().map(|(status, _)| *status));
        let claim = match broken {
            0 => format!("{}, in all {total} cases", rule.summary),
            _ => format!("This rule is broken in {broken} of {total} cases"),
        };
        let finding = rule.finding(worst, &self.subject, claim).observed(list(
            counted.map(|(status, count)| format!("{count} {status}")),
        ));
        Some(match broken {
            0 => finding,
            few if few <= WORST => finding.hint(rule.fix),
            _ => finding.hint(format!("{} The {WORST} worst follow.", rule.fix)),
        })
    }
}

fn worst(findings: Vec<Finding>) -> Vec<Finding> {
    let place = |finding: &Finding| {
        let mut statuses = STATUSES.iter();
        statuses.position(|status| *status == finding.status)
    };
    let breaks = |finding: &Finding| place(finding).is_some_and(|place| place < BREAKS);
    let mut worst: Vec<_> = findings.into_iter().filter(breaks).collect();
    worst.sort_by_key(place);
    worst.truncate(WORST);
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Rule = Rule {
        id: "test/name",
        summary: "It has its name",
        why: "Because.",
        fix: "Name it.",
    };
    const TIME: Rule = Rule {
        id: "test/time",
        ..NAME
    };

    #[test]
    fn few_findings_stay_as_they_are_and_of_many_the_worst_are_kept() {
        let mut all = Bounded::new(&[NAME, TIME], "all endpoints");
        for number in 0..100_000 {
            if number == 7 {
                all.add(TIME.warn("it", "It is late"));
            }
            let status = match number {
                20..30 => Status::Warn,
                40..50 => Status::Error,
                99_990.. => Status::Fail,
                _ => Status::Pass,
            };
            all.add(NAME.finding(status, format!("thing {number}"), "a claim"));
        }
        let findings = all.findings();
        assert_eq!(findings.len(), 1 + WORST + 1);
        assert_eq!(findings[0].subject, "all endpoints");
        assert_eq!(findings[0].status, Status::Fail);
        assert_eq!(
            findings[0].claim,
            "This rule is broken in 30 of 100000 cases"
        );
        assert_eq!(
            findings[0].observed.as_deref(),
            Some("10 fail, 10 error, 10 warn, 99970 pass")
        );
        assert_eq!(findings[1].subject, "thing 99990");
        assert_eq!(findings[WORST].status, Status::Error);
        assert_eq!(findings[WORST + 1].rule(), TIME.id);
    }

    #[test]
    fn many_that_pass_become_one() {
        let mut all = Bounded::new(&[NAME], "all endpoints");
        (0..=EACH).for_each(|number| all.add(NAME.pass(format!("thing {number}"), "a claim")));
        let [finding] = &all.findings()[..] else {
            panic!("more than one finding");
        };
        assert_eq!(finding.claim, "It has its name, in all 51 cases");
        assert_eq!(finding.status, Status::Pass);
    }
}
