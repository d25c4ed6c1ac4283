//! One rule held against many things, told in a bounded number of findings. Few things that break it get a finding
//! each. Of many, a summary counts them by kind and the worst follow. So a list of 100,000 names or endpoints makes a
//! report that a person can read.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Finding, Rule, Status};

/// Findings up to this number are all given; of more, there is a summary.
pub const EACH: usize = 50;
/// Findings that follow a summary.
pub const WORST: usize = 20;
/// Kinds that a summary names.
const KINDS: usize = 12;

/// The findings of one rule.
#[derive(Clone, Debug)]
pub struct Tally {
    rule: Rule,
    things: String,
    breaks: String,
    expected: Option<String>,
    right: usize,
    kinds: BTreeMap<String, usize>,
    failed: usize,
    worst: Option<Status>,
    /// Failures, and what is not one; each at most [`EACH`].
    failures: Vec<Finding>,
    others: Vec<Finding>,
}

impl Tally {
    /// A tally of this rule; `things` are what is counted, in the plural: "questions".
    pub fn new(rule: Rule, things: impl Into<String>) -> Self {
        Self {
            rule,
            things: things.into(),
            breaks: "break this rule".to_owned(),
            expected: None,
            right: 0,
            kinds: BTreeMap::new(),
            failed: 0,
            worst: None,
            failures: Vec::new(),
            others: Vec::new(),
        }
    }

    /// What is expected of each thing; every finding that says nothing else says it.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// What the summary says of the things that break the rule, a predicate of many: "have no IPv6 address".
    #[must_use]
    pub fn breaks(mut self, breaks: impl Into<String>) -> Self {
        self.breaks = breaks.into();
        self
    }

    /// One thing keeps the rule.
    pub fn right(&mut self) {
        self.right += 1;
    }

    /// One thing does not; `kind` is the word under which it is counted: "NXDOMAIN". A finding without a hint gets the
    /// rule's fix.
    pub fn wrong(&mut self, kind: impl Into<String>, finding: Finding) {
        let mut finding = self.with_expected(finding);
        finding.hint.get_or_insert_with(|| self.rule.fix.to_owned());
        self.failed += 1;
        *self.kinds.entry(kind.into()).or_default() += 1;
        let statuses = self.worst.into_iter().chain([finding.status]);
        self.worst = Some(Status::worst(statuses));
        let list = match finding.status {
            Status::Fail => &mut self.failures,
            _ => &mut self.others,
        };
        if list.len() < EACH {
            list.push(finding);
        }
    }

    /// How many things broke the rule.
    pub fn broken(&self) -> usize {
        self.failed
    }

    /// How many things were held against it.
    pub fn total(&self) -> usize {
        self.right + self.failed
    }

    /// The worst status of those that broke it; pass where none did.
    pub fn status(&self) -> Status {
        self.worst.unwrap_or(Status::Pass)
    }

    /// What broke it, counted: "7 NXDOMAIN, 3 no answer".
    pub fn counts(&self) -> String {
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let more = kinds.len().saturating_sub(KINDS);
        let kinds = kinds.into_iter().take(KINDS);
        let mut words: Vec<_> = kinds
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        if more > 0 {
            words.push(format!("{more} other kinds"));
        }
        words.join(", ")
    }

    /// The findings: those that break the rule, with a summary in front where they are many. Where none does,
    /// `pass` makes the one that passes. A rule that nothing was held against is an error.
    pub fn findings(self, subject: &str, pass: impl FnOnce(&Self) -> Finding) -> Vec<Finding> {
        let (total, failed) = (self.total(), self.failed);
        if total == 0 {
            let claim = format!("No {} were seen", self.things);
            return vec![self.with_expected(self.rule.error(subject, claim))];
        }
        if failed == 0 {
            return vec![self.with_expected(pass(&self))];
        }
        let summary = (failed > EACH).then(|| {
            let claim = format!("{failed} of {total} {} {}", self.things, self.breaks);
            let finding = self.rule.finding(self.status(), subject, claim);
            self.with_expected(finding)
                .observed(self.counts())
                .hint(format!("the {WORST} worst follow"))
        });
        let most = if summary.is_some() { WORST } else { EACH };
        let worst = self.failures.into_iter().chain(self.others).take(most);
        summary.into_iter().chain(worst).collect()
    }

    /// The same, where the one that passes says that all things keep the rule: "all of 7 names".
    pub fn findings_or(self, subject: &str, pass: impl Into<String>) -> Vec<Finding> {
        self.findings(subject, |tally| {
            let observed = format!("all of {} {}", tally.total(), tally.things);
            tally.rule.pass(subject, pass).observed(observed)
        })
    }

    fn with_expected(&self, mut finding: Finding) -> Finding {
        if finding.expected.is_none() {
            finding.expected.clone_from(&self.expected);
        }
        finding
    }
}

/// Findings in the order of their rules, in a bounded number: of a rule with more than [`EACH`] there are a summary and
/// the worst. `things` are what the rules are held against, in the plural. Findings of other rules are left out.
pub fn bounded(rules: &[Rule], things: &str, findings: Vec<Finding>) -> Vec<Finding> {
    let mut by_rule: HashMap<&str, Vec<Finding>> = HashMap::new();
    for finding in findings {
        let rule = rules.iter().find(|rule| rule.id == finding.rule());
        let of_rule = rule.map(|rule| by_rule.entry(rule.id).or_default());
        of_rule
            .into_iter()
            .for_each(|list| list.push(finding.clone()));
    }
    let of_rule = |rule: &Rule| {
        let findings = by_rule.remove(rule.id).unwrap_or_default();
        if findings.len() <= EACH {
            return findings;
        }
        let subject = format!("all {things}");
        let mut tally = Tally::new(*rule, things);
        for finding in findings {
            match finding.status {
                Status::Pass => tally.right(),
                status => tally.wrong(status.to_string(), finding),
            }
        }
        tally.findings(&subject, |tally| {
            let claim = format!("{} {things}: {}", tally.total(), rule.summary);
            rule.pass(&subject, claim)
        })
    };
    rules.iter().flat_map(of_rule).collect()
}

/// Findings that are equal become one, with all the places they were made at, in the order of their first.
pub fn merged<T>(findings: impl IntoIterator<Item = (Vec<T>, Finding)>) -> Vec<(Vec<T>, Finding)> {
    let mut places: HashMap<Finding, usize> = HashMap::new();
    let mut merged: Vec<(Vec<T>, Finding)> = Vec::new();
    for (at, finding) in findings {
        match places.get(&finding) {
            Some(&place) => merged[place].0.extend(at),
            None => {
                places.insert(finding.clone(), merged.len());
                merged.push((at, finding));
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        id: "test/rule",
        summary: "It holds",
        why: "Because.",
        fix: "Fix it.",
    };

    fn tally(wrong: usize, right: usize) -> Vec<Finding> {
        let mut tally = Tally::new(RULE, "names").expected("an answer");
        (0..right).for_each(|_| tally.right());
        for number in 0..wrong {
            let status = if number == 3 {
                Status::Fail
            } else {
                Status::Error
            };
            let subject = format!("name {number}");
            tally.wrong(
                "no answer",
                RULE.finding(status, subject, "There is no answer"),
            );
        }
        tally.findings("all names", |tally| {
            RULE.pass("all names", format!("All {} names answer", tally.total()))
        })
    }

    #[test]
    fn few_are_told_one_by_one_and_many_as_a_summary_and_the_worst() {
        assert_eq!(tally(0, 0)[0].status, Status::Error, "nothing is no pass");
        assert_eq!(tally(0, 9)[0].status, Status::Pass);
        let few = tally(5, 9);
        assert_eq!(
            (few.len(), few[0].status),
            (5, Status::Fail),
            "the worst first"
        );
        let many = tally(100_000, 1);
        assert_eq!(many.len(), WORST + 1);
        assert_eq!(many[0].status, Status::Fail);
        assert_eq!(many[0].claim, "100000 of 100001 names break this rule");
        assert_eq!(many[0].observed.as_deref(), Some("100000 no answer"));
    }

    #[test]
    fn findings_are_all_given_until_they_are_many() {
        let findings = |count: usize, status| {
            let subject = |number| format!("name {number}");
            let finding = |number| RULE.finding(status, subject(number), "It is so");
            bounded(&[RULE], "names", (0..count).map(finding).collect())
        };
        assert_eq!(findings(EACH, Status::Pass).len(), EACH);
        let [one] = &findings(EACH + 1, Status::Pass)[..] else {
            panic!("one finding");
        };
        assert_eq!(one.claim, "51 names: It holds");
        let failed = findings(EACH + 1, Status::Fail);
        assert_eq!(failed.len(), WORST + 1);
        assert_eq!(failed[0].observed.as_deref(), Some("51 fail"));
        assert_eq!(findings(0, Status::Fail), []);
    }

    #[test]
    fn equal_findings_become_one_with_all_their_places() {
        let finding = |claim: &str| RULE.fail("it", claim);
        let merged = merged([
            (vec![1], finding("a")),
            (vec![2], finding("b")),
            (vec![3], finding("a")),
        ]);
        assert_eq!(
            merged,
            [(vec![1, 3], finding("a")), (vec![2], finding("b"))]
        );
    }
}
