//! What a judge returns: claims with their status, and the numbers and pictures behind them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Exhibit, Status};

/// One claim about the system, and whether the observation bears it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was judged, in words a reader of the report understands.
    pub claim: String,
    /// Whether it holds.
    pub status: Status,
    /// What the checklist asks for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected: Option<String>,
    /// What was seen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub observed: Option<String>,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
}

impl Finding {
    /// A finding of any status; [`Self::expected`], [`Self::observed`] and [`Self::hint`] fill in the rest.
    pub fn new(status: Status, claim: impl Into<String>) -> Self {
        Self {
            claim: claim.into(),
            status,
            expected: None,
            observed: None,
            hint: None,
        }
    }

    /// The claim holds.
    pub fn pass(claim: impl Into<String>) -> Self {
        Self::new(Status::Pass, claim)
    }

    /// The claim holds, but only just.
    pub fn warn(claim: impl Into<String>) -> Self {
        Self::new(Status::Warn, claim)
    }

    /// The claim does not hold.
    pub fn fail(claim: impl Into<String>) -> Self {
        Self::new(Status::Fail, claim)
    }

    /// The claim could not be determined.
    pub fn error(claim: impl Into<String>) -> Self {
        Self::new(Status::Error, claim)
    }

    /// The claim does not apply here; [`Self::observed`] says why.
    pub fn skipped(claim: impl Into<String>) -> Self {
        Self::new(Status::Skipped, claim)
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

    /// Says how to mend it.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }
}

/// A named number for metrics, trends and diffs. `name` follows the Prometheus conventions
/// (`dns_query_duration_seconds`), base units only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Metric name, unit as its suffix.
    pub name: String,
    /// What tells this number apart from others of its name.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The number. Judges leave out what is not finite.
    pub value: f64,
    /// `seconds`, `bytes`, `ratio`, `count`.
    pub unit: String,
}

impl Measure {
    /// A measure with its labels.
    pub fn new<const N: usize>(
        name: &str,
        value: f64,
        unit: &str,
        labels: [(&str, &str); N],
    ) -> Self {
        let labels = labels
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        Self {
            name: name.to_owned(),
            labels,
            value,
            unit: unit.to_owned(),
        }
    }
}

/// Everything a judge says about one observation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The claims.
    pub findings: Vec<Finding>,
    /// The numbers.
    pub measures: Vec<Measure>,
    /// The pictures, as data.
    pub exhibits: Vec<Exhibit>,
}

impl Judgement {
    /// The status that follows from the findings.
    pub fn status(&self) -> Status {
        Status::worst(self.findings.iter().map(|finding| finding.status))
    }
}
