//! Tables and charts as plain data. A judge makes them, every report draws them in its own way, and so no
//! report knows any module.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Cell;

/// The most rows that a table records. Judges put the worst first.
pub const TABLE_ROWS: usize = 500;

/// A table or chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Exhibit {
    /// Rows under named columns; every row has one cell for each column.
    Table {
        /// Caption.
        title: String,
        /// Column headings.
        columns: Vec<String>,
        /// The cells, row by row.
        rows: Vec<Vec<Cell>>,
        /// How many rows beyond [`TABLE_ROWS`] were left out.
        #[serde(skip_serializing_if = "is_zero", default)]
        omitted: usize,
    },
    /// One bar for each label, all of one unit and not negative.
    Bars {
        /// Caption.
        title: String,
        /// Unit of every value, as shown ("ms").
        unit: String,
        /// The bars from top to bottom.
        bars: Vec<Bar>,
        /// A bound to draw as a line.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        limit: Option<f64>,
    },
    /// Lines over a common x axis.
    Series {
        /// Caption.
        title: String,
        /// Unit of x ("s since start").
        x_unit: String,
        /// Unit of y.
        unit: String,
        /// The lines.
        lines: Vec<Line>,
        /// A bound on y to draw as a line.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        limit: Option<f64>,
    },
    /// Spans of time under each other, with marked instants such as T-0.
    Timeline {
        /// Caption.
        title: String,
        /// The spans from top to bottom.
        spans: Vec<Span>,
        /// Instants drawn across all spans.
        marks: Vec<Mark>,
    },
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Exhibit {
    /// A table of at most [`TABLE_ROWS`] rows; what lies beyond is counted. No rows make no table.
    pub fn table<const N: usize>(
        title: impl Into<String>,
        columns: [&str; N],
        rows: impl IntoIterator<Item = [Cell; N]>,
    ) -> Option<Self> {
        Self::wide_table(
            title,
            columns.map(str::to_owned).to_vec(),
            rows.into_iter().map(Vec::from),
        )
    }

    /// Counts rows that were not even made, because there are too many to show.
    #[must_use]
    pub fn and_more(mut self, rows: usize) -> Self {
        if let Self::Table { omitted, .. } = &mut self {
            *omitted += rows;
        }
        self
    }

    /// As [`Self::table`], for a number of columns that depends on what was seen.
    pub fn wide_table(
        title: impl Into<String>,
        columns: Vec<String>,
        rows: impl IntoIterator<Item = Vec<Cell>>,
    ) -> Option<Self> {
        let mut rows = rows.into_iter();
        let kept: Vec<Vec<Cell>> = rows.by_ref().take(TABLE_ROWS).collect();
        (!kept.is_empty()).then(|| Self::Table {
            title: title.into(),
            columns,
            rows: kept,
            omitted: rows.count(),
        })
    }
}

/// One bar of [`Exhibit::Bars`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bar {
    /// What it shows.
    pub label: String,
    /// Its length in the exhibit's unit.
    pub value: f64,
}

/// One line of [`Exhibit::Series`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// What it shows.
    pub label: String,
    /// Points as (x, y), x ascending.
    pub points: Vec<(f64, f64)>,
}

/// One span of [`Exhibit::Timeline`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// What it shows.
    pub label: String,
    /// First instant.
    pub from: Timestamp,
    /// Last instant, not before `from`.
    pub to: Timestamp,
}

/// A marked instant of [`Exhibit::Timeline`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// What happens then ("T-0").
    pub label: String,
    /// When.
    pub at: Timestamp,
}
