//! Numbers as a report shows them.

/// The smallest of ascending values that is not below the given percentage of all (nearest rank).
pub(super) fn percentile(values: &[u64], percent: usize) -> Option<u64> {
    let rank = (values.len() * percent).div_ceil(100);
    values.get(rank.checked_sub(1)?).copied()
}

/// Microseconds: "12.3 ms".
pub(super) fn millis(us: u64) -> String {
    format!("{:.1} ms", us as f64 / 1000.0)
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
