//! Numbers as a report shows them.

use std::time::Duration;

use crate::model::Cell;
use crate::model::units::Period;

/// Microseconds: "12.3 ms".
pub(super) fn millis(us: u64) -> String {
    format!("{:.1} ms", us as f64 / 1000.0)
}

/// Microseconds beside a bound that they are compared with: as exact as it takes to see on which side they lie.
pub(super) fn millis_beside(us: u64, bound: Period) -> String {
    let exact = Duration::from_micros(us) != bound.0;
    let of_bound = u64::try_from(bound.0.as_micros()).unwrap_or(u64::MAX);
    match exact && millis(us) == millis(of_bound) {
        true => format!("{:.3} ms", us as f64 / 1000.0),
        false => millis(us),
    }
}

/// Microseconds as a cell of a table.
pub(super) fn millis_cell(us: u64) -> Cell {
    Cell::number(us as f64 / 1000.0, "ms")
}

/// "12.5 %"
pub(super) fn percent(part: usize, all: usize) -> String {
    let percent = 100.0 * part as f64 / all.max(1) as f64;
    // Rounding must not make a whole of what is none.
    let text = match part < all && percent > 99.9 {
        true => "99.9".to_owned(),
        false => format!("{percent:.1}"),
    };
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}
