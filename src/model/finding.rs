//! What a judge returns: findings with their status, and the numbers and pictures behind them.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Exhibit, Measure, Rule, Status};

/// One thing that was judged. Rule and subject identify it across runs and versions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The id of the rule it is an instance of.
    // Private, so that only a `Rule` makes findings, in this file.
    rule: Cow<'static, str>,
    /// What it is about, such as "login.example.com:443 at 203.0.113.10". Stable across runs: without figures that change.
    pub subject: String,
    /// What was found, in words a reader of the report understands. Of a failure: what is wrong.
    pub claim: String,
    /// Whether the rule holds.
    pub status: Status,
    /// What the checklist asks for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected: Option<String>,
    /// What was seen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub observed: Option<String>,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
    /// Who accepts it by a waiver for this rule.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waived_by: Option<String>,
}

impl Rule {
    /// A finding of any status. `subject` is what it is about, stable across runs; `claim` is the sentence that
    /// people read: of a failure it says what is wrong.
    pub fn finding(
        &self,
        status: Status,
        subject: impl Into<String>,
        claim: impl Into<String>,
    ) -> Finding {
        Finding::by(self, status, subject.into(), claim.into())
    }

    /// It holds.
    pub fn pass(&self, subject: impl Into<String>, claim: impl Into<String>) -> Finding {
        self.finding(Status::Pass, subject, claim)
    }

    /// It holds, but only just, or it is worth a look.
    pub fn warn(&self, subject: impl Into<String>, claim: impl Into<String>) -> Finding {
        self.finding(Status::Warn, subject, claim)
    }

    /// It does not hold.
    pub fn fail(&self, subject: impl Into<String>, claim: impl Into<String>) -> Finding {
        self.finding(Status::Fail, subject, claim)
    }

    /// It could not be determined.
    pub fn error(&self, subject: impl Into<String>, claim: impl Into<String>) -> Finding {
        self.finding(Status::Error, subject, claim)
    }

    /// It does not apply here; [`Finding::observed`] says why.
    pub fn skipped(&self, subject: impl Into<String>, claim: impl Into<String>) -> Finding {
        self.finding(Status::Skipped, subject, claim)
    }
}

impl Finding {
    /// See [`Rule::finding`].
    fn by(rule: &Rule, status: Status, subject: String, claim: String) -> Self {
        Self {
            rule: Cow::Borrowed(rule.id),
            subject,
            claim,
            status,
            expected: None,
            observed: None,
            hint: None,
            waived_by: None,
        }
    }

    /// The id of its rule.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Says what was expected.
    #[must_use]
    pub fn expected(mut self, text: impl Into<String>) -> Self {
        self.expected = Some(text.into());
        self
    }

    /// Says what was observed.
    #[must_use]
    pub fn observed(mut self, text: impl Into<String>) -> Self {
        self.observed = Some(text.into());
        self
    }

    /// Says how to fix it. The text becomes a [`sentence`].
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(sentence(text.into()));
        self
    }
}

/// A hint as all reports show it: a full sentence, with a capital letter and a full stop. A word that is code, such as a
/// file name, stays as it is.
pub fn sentence(mut text: String) -> String {
    let first = text.split([' ', ',', ':']).next().unwrap_or_default();
    let is_word = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_lowercase());
    if is_word && let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let last = text.chars().next_back();
    if last.is_some_and(|last| last.is_ascii() && !matches!(last, '.' | '!' | '?' | ':')) {
        text.push('.');
    }
    text
}

/// Several hints as the sentences of one.
pub fn sentences(hints: impl IntoIterator<Item = String>) -> String {
    let sentences = hints.into_iter().map(sentence).collect::<Vec<_>>();
    sentences.join(" ")
}

/// Everything a judge says about one observation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// What was found.
    pub findings: Vec<Finding>,
    /// The numbers.
    pub measures: Vec<Measure>,
    /// The pictures, as data.
    pub exhibits: Vec<Exhibit>,
}

impl Judgement {
    /// The status that follows from the findings that no waiver accepts; pass where all are accepted.
    pub fn status(&self) -> Status {
        let mut open = self
            .findings
            .iter()
            .filter(|finding| finding.waived_by.is_none())
            .peekable();
        if open.peek().is_none() && !self.findings.is_empty() {
            return Status::Pass;
        }
        Status::worst(open.map(|finding| finding.status))
    }

    /// The finding that decides the status.
    pub fn worst(&self) -> Option<&Finding> {
        let status = self.status();
        let mut open = self
            .findings
            .iter()
            .filter(|finding| finding.waived_by.is_none());
        open.find(|finding| finding.status == status)
    }

    /// Takes up what another topic of the same judge says.
    pub fn extend(&mut self, other: impl Into<Self>) {
        let other = other.into();
        self.findings.extend(other.findings);
        self.measures.extend(other.measures);
        self.exhibits.extend(other.exhibits);
    }
}

impl From<Vec<Finding>> for Judgement {
    fn from(findings: Vec<Finding>) -> Self {
        Self {
            findings,
            ..Self::default()
        }
    }
}

impl From<Finding> for Judgement {
    fn from(finding: Finding) -> Self {
        vec![finding].into()
    }
}

impl From<Vec<Measure>> for Judgement {
    fn from(measures: Vec<Measure>) -> Self {
        Self {
            measures,
            ..Self::default()
        }
    }
}

impl From<Vec<Exhibit>> for Judgement {
    fn from(exhibits: Vec<Exhibit>) -> Self {
        Self {
            exhibits,
            ..Self::default()
        }
    }
}

impl From<Option<Exhibit>> for Judgement {
    fn from(exhibit: Option<Exhibit>) -> Self {
        exhibit.into_iter().collect::<Vec<_>>().into()
    }
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

    fn status(findings: impl IntoIterator<Item = (Status, bool)>) -> Status {
        let findings = findings.into_iter().map(|(status, waived)| Finding {
            waived_by: waived.then(|| "ada".to_owned()),
            ..RULE.finding(status, "it", "it is so")
        });
        Judgement::from(findings.collect::<Vec<_>>()).status()
    }

    #[test]
    fn every_hint_is_a_full_sentence() {
        for (text, hint) in [
            ("renew it", "Renew it."),
            ("run `x`", "Run `x`."),
            ("`x` is missing: add it", "`x` is missing: add it."),
            ("is it up?", "Is it up?"),
            ("c.toml lists none", "c.toml lists none."),
            ("Done.", "Done."),
            ("更新证书", "更新证书"),
            ("", ""),
        ] {
            assert_eq!(RULE.fail("it", "it").hint(text).hint.as_deref(), Some(hint));
        }
        let both = sentences(["renew it".to_owned(), "reload (twice)".to_owned()]);
        assert_eq!(both, "Renew it. Reload (twice).");
    }

    #[test]
    fn waived_findings_do_not_count_and_no_finding_is_an_error() {
        use Status::{Error, Fail, Pass, Warn};
        assert_eq!(status([]), Error);
        assert_eq!(status([(Fail, true)]), Pass);
        assert_eq!(status([(Fail, true), (Warn, false)]), Warn);
        assert_eq!(status([(Fail, true), (Fail, false)]), Fail);
        assert_eq!(status([(Fail, true), (Error, false)]), Error);
    }
}
