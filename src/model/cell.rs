//! One cell of a table, typed: a report can align numbers, sort by them, and show an instant in the reader's zone.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Status;

/// What a cell holds. In JSON: text is a string, absent is null, the others are objects of one or two fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Cell {
    /// No value.
    Absent,
    /// Text.
    Text(String),
    /// A number with its unit, which is empty for a count.
    Number {
        /// The value, in `unit`.
        number: f64,
        /// As shown: "ms", "s", "%", "MiB".
        #[serde(skip_serializing_if = "String::is_empty", default)]
        unit: String,
    },
    /// An instant.
    Instant {
        /// UTC.
        instant: Timestamp,
    },
    /// A status.
    Status {
        /// Its status.
        status: Status,
    },
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number with its unit. What is not finite has no value.
    pub fn number(number: f64, unit: &str) -> Self {
        if number.is_finite() {
            Self::Number {
                number,
                unit: unit.to_owned(),
            }
        } else {
            Self::Absent
        }
    }

    /// A count.
    pub fn count(count: usize) -> Self {
        Self::number(count as f64, "")
    }

    /// Words that may be missing.
    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Absent, Self::text)
    }
}

/// A row as one line of text.
pub fn line(row: &[Cell], between: &str) -> String {
    let shown: Vec<_> = row.iter().map(Cell::to_string).collect();
    shown.join(between)
}

/// Compares what is shown.
impl PartialEq<&str> for Cell {
    fn eq(&self, shown: &&str) -> bool {
        let cell = self.to_string();
        cell == *shown
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<Timestamp> for Cell {
    fn from(instant: Timestamp) -> Self {
        Self::Instant { instant }
    }
}

impl From<Status> for Cell {
    fn from(status: Status) -> Self {
        Self::Status { status }
    }
}

/// As shown: a number with at most three digits after the point, an instant to the second.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Number { number, unit } => {
                let rounded = format!("{number:.3}");
                let rounded = rounded.trim_end_matches('0').trim_end_matches('.');
                let space = if unit.is_empty() || unit == "%" {
                    ""
                } else {
                    " "
                };
                write!(f, "{rounded}{space}{unit}")
            }
            // As far as X.509 goes (RFC 5280 section 4.1.2.5), a little beyond what a timestamp can tell.
            Self::Instant { instant } if *instant == Timestamp::MAX => {
                f.write_str("9999-12-31 23:59:59 UTC")
            }
            Self::Instant { instant } => {
                write!(f, "{}", instant.strftime("%Y-%m-%d %H:%M:%S UTC"))
            }
            Self::Status { status } => status.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_recorded_and_shown_by_their_type() {
        let at: Timestamp = "2026-11-24T02:00:00Z".parse().unwrap();
        for (cell, json, shown) in [
            (Cell::Absent, "null", ""),
            (Cell::text("A"), "\"A\"", "A"),
            (Cell::count(50), r#"{"number":50.0}"#, "50"),
            (
                Cell::number(14.25, "ms"),
                r#"{"number":14.25,"unit":"ms"}"#,
                "14.25 ms",
            ),
            (
                Cell::number(97.0, "%"),
                r#"{"number":97.0,"unit":"%"}"#,
                "97%",
            ),
            (Cell::number(f64::NAN, "ms"), "null", ""),
            (
                at.into(),
                r#"{"instant":"2026-11-24T02:00:00Z"}"#,
                "2026-11-24 02:00:00 UTC",
            ),
            (Status::Fail.into(), r#"{"status":"fail"}"#, "fail"),
        ] {
            assert_eq!(serde_json::to_string(&cell).unwrap(), json);
            assert_eq!(serde_json::from_str::<Cell>(json).unwrap(), cell);
            assert_eq!(cell.to_string(), shown);
        }
    }
}
