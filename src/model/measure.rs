//! Named numbers for metrics, trends and diffs. A module declares the families of numbers that it measures, each with
//! help, unit and labels, so that dashboards, documentation and OpenMetrics all say the same of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What all numbers of one name have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Metric name after the Prometheus conventions, unit as its suffix: `dns_query_duration_seconds`.
    pub name: &'static str,
    /// What the number says, in one sentence without a full stop.
    pub help: &'static str,
    /// `seconds`, `bytes`, `ratio`, `count`, ...: base units only.
    pub unit: &'static str,
    /// The labels that tell its numbers apart.
    pub labels: &'static [&'static str],
}

impl Family {
    /// One number of the family.
    pub fn measure<const N: usize>(&self, value: f64, labels: [(&str, &str); N]) -> Measure {
        debug_assert!(
            labels.iter().all(|(label, _)| self.labels.contains(label)),
            "{}: a label that the family does not declare in {labels:?}",
            self.name
        );
        Measure::new(self.name, value, self.unit, labels)
    }
}

/// A named number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// The name of its family.
    pub name: String,
    /// The labels that distinguish it from others of its name.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The number, always finite.
    pub value: f64,
    /// The unit of its family.
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
