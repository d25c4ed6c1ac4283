//! What a record claims against what its observations say.

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::contradictions::contradictions;
use super::truncate::truncate;
use crate::model::record::Attempt;
use crate::model::{CheckRecord, Finding, RunRecord};

/// How many characters of a claim are shown; a table of a thousand rows says no more than its beginning.
const SHOWN: usize = 400;

/// One claim that does not follow from what was observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The check; `None` for the run as a whole.
    pub check: Option<String>,
    /// What differs: `status`, `verdict`, `finding 2`.
    pub what: String,
    /// What the record claims.
    pub claimed: String,
    /// What follows from its observations.
    pub recomputed: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(check) = &self.check {
            write!(f, "check `{check}`: ")?;
        }
        let Self {
            what,
            claimed,
            recomputed,
            ..
        } = self;
        write!(
            f,
            "{what}: the record says {claimed}, its observations say {recomputed}"
        )
    }
}

/// Compares a record with its [`rejudge`](super::rejudge())d self. Empty when every claim follows.
///
/// Rules, subjects and statuses of findings always have to agree. Their texts, the measures and the exhibits have to
/// when both were made by the same version, since a later one may word and draw things better.
pub fn differences(claimed: &RunRecord, recomputed: &RunRecord) -> Vec<Difference> {
    let same_version = claimed.run.tool == recomputed.run.tool;
    compare(claimed, recomputed, same_version)
}

/// Whether a record without [`differences`] says other things in its texts, measures, exhibits or warnings than this
/// version would. Under another version's name that is no proof of a forgery, but what such a record says in them is
/// unproven.
pub fn is_reworded(claimed: &RunRecord, recomputed: &RunRecord) -> bool {
    !compare(claimed, recomputed, true).is_empty()
}

fn compare(claimed: &RunRecord, recomputed: &RunRecord, same_version: bool) -> Vec<Difference> {
    let mut found = Found::default();
    for (check, what, says, against) in contradictions(claimed) {
        found.check = check.map(str::to_owned);
        found.add(what, says, against);
    }
    let ids: HashSet<&str> = claimed
        .checks
        .iter()
        .map(|check| check.id.as_str())
        .collect();
    let mut seen = HashSet::new();
    for check in &claimed.checks {
        found.check = Some(check.id.clone());
        if !seen.insert(check.id.as_str()) {
            found.add("occurrences", "more than one", "one");
        }
        for id in check.needs.iter().filter(|id| !ids.contains(id.as_str())) {
            found.add("needs", format!("`{id}`"), "no check of this id");
        }
    }
    let mut pairs = claimed.checks.iter();
    for again in &recomputed.checks {
        found.check = Some(again.id.clone());
        match pairs.next() {
            Some(check) if check.id == again.id => found.check(check, again, same_version),
            Some(check) => found.add(
                "position",
                format!("`{}`", check.id),
                format!("`{}`", again.id),
            ),
            None => found.add("check", "missing", again.status),
        }
    }
    for check in pairs {
        found.check = Some(check.id.clone());
        found.add("check", check.status, "no such check");
    }
    found.check = None;
    found.compare("verdict", &claimed.verdict, &recomputed.verdict);
    found.compare("headline", &claimed.headline, &recomputed.headline);
    found.compare_json("summary", &claimed.summary, &recomputed.summary);
    found.compare("complete", &claimed.run.complete, &recomputed.run.complete);
    found.compare_json(
        "unused waivers",
        &claimed.unused_waivers,
        &recomputed.unused_waivers,
    );
    // A later version may know more to warn of.
    if same_version {
        found.findings("warning", &claimed.warnings, &recomputed.warnings, true);
        found.compare_json("rules", &claimed.rules, &recomputed.rules);
        found.compare_json("families", &claimed.families, &recomputed.families);
    }
    found.compare_json(
        "expired waivers",
        &claimed.expired_waivers,
        &recomputed.expired_waivers,
    );
    found.differences
}

#[derive(Default)]
struct Found {
    check: Option<String>,
    differences: Vec<Difference>,
}

impl Found {
    fn add(
        &mut self,
        what: impl Into<String>,
        claimed: impl fmt::Display,
        recomputed: impl fmt::Display,
    ) {
        self.differences.push(Difference {
            check: self.check.clone(),
            what: what.into(),
            claimed: truncate(claimed.to_string(), SHOWN),
            recomputed: truncate(recomputed.to_string(), SHOWN),
        });
    }

    fn compare<T: PartialEq + fmt::Display + ?Sized>(
        &mut self,
        what: &str,
        claimed: &T,
        recomputed: &T,
    ) {
        if claimed != recomputed {
            self.add(what, claimed, recomputed);
        }
    }

    fn compare_json<T: Serialize>(&mut self, what: &str, claimed: &T, recomputed: &T) {
        let (claimed, recomputed) = (json(claimed), json(recomputed));
        if !alike(&claimed, &recomputed) {
            self.add(what, claimed, recomputed);
        }
    }

    fn check(&mut self, claimed: &CheckRecord, recomputed: &CheckRecord, same_version: bool) {
        self.compare("status", &claimed.status, &recomputed.status);
        self.compare_json("waiver", &claimed.waiver, &recomputed.waiver);
        self.compare_json("reason not to run", &claimed.not_run, &recomputed.not_run);
        for (attempt, again) in claimed.attempts.iter().zip(&recomputed.attempts) {
            let what = format!("status of attempt {}", attempt.number);
            self.compare(&what, &attempt.status, &again.status);
            let finding = |attempt: &Attempt| {
                let finding = attempt.finding.as_ref()?;
                Some((finding.rule().to_owned(), finding.subject.clone()))
            };
            let what = format!("finding of attempt {}", attempt.number);
            self.compare_json(&what, &finding(attempt), &finding(again));
            if same_version {
                self.compare_json(&what, &attempt.finding, &again.finding);
            }
        }
        self.compare_json(
            "waivers of findings",
            &claimed.finding_waivers,
            &recomputed.finding_waivers,
        );
        self.findings(
            "finding",
            &claimed.findings,
            &recomputed.findings,
            same_version,
        );
        if same_version {
            self.compare_json("measures", &claimed.measures, &recomputed.measures);
            self.compare_json("exhibits", &claimed.exhibits, &recomputed.exhibits);
        }
    }

    fn findings(
        &mut self,
        kind: &str,
        claimed: &[Finding],
        recomputed: &[Finding],
        same_version: bool,
    ) {
        self.compare(
            &format!("number of {kind}s"),
            &claimed.len(),
            &recomputed.len(),
        );
        for (number, (finding, again)) in (1..).zip(claimed.iter().zip(recomputed)) {
            let what = |part: &str| format!("{part} of {kind} {number}");
            self.compare(&what("rule"), &finding.rule(), &again.rule());
            self.compare(&what("subject"), &finding.subject, &again.subject);
            self.compare(&what("status"), &finding.status, &again.status);
            self.compare_json(&what("waiver"), &finding.waived_by, &again.waived_by);
            if same_version {
                self.compare(&what("claim"), &finding.claim, &again.claim);
                self.compare_json(&what("expectation"), &finding.expected, &again.expected);
                self.compare_json(&what("observed text"), &finding.observed, &again.observed);
                self.compare_json(&what("hint"), &finding.hint, &again.hint);
            }
        }
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Equal, but for the last digits of numbers: reading a number from JSON may be off by one unit in its last
/// place.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (one.as_f64(), other.as_f64()) {
            (Some(a), Some(b)) => {
                a == b || (a - b).abs() <= 4.0 * f64::EPSILON * a.abs().max(b.abs())
            }
            _ => one == other,
        },
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| alike(a, b))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, a)| other.get(key).is_some_and(|b| alike(a, b)))
        }
        _ => one == other,
    }
}
