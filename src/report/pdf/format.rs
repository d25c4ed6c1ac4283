//! How instants, durations, sizes and numbers are said on a page.

use std::time::Duration;

use bytesize::ByteSize;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::report::words;

/// An instant in UTC, to the second.
pub(super) fn utc(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// An instant in a zone of the IANA database, the zone's name behind; nothing for a zone that is not in it.
pub(super) fn local(instant: Timestamp, zone: &str) -> Option<String> {
    let zoned = instant.to_zoned(TimeZone::get(zone).ok()?);
    let time = zoned.strftime("%Y-%m-%d %H:%M:%S %:z");
    Some(format!("{time} {zone}"))
}

/// A number of milliseconds as a length of time.
pub(super) fn duration(ms: u64) -> String {
    words::duration(Duration::from_millis(ms))
}

/// A number of bytes.
pub(super) fn bytes(size: u64) -> String {
    ByteSize(size).display().iec().to_string()
}

/// A number to at most four significant digits behind which nothing but zeros is left out; large and small
/// ones with an exponent.
pub(super) fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 || !value.is_finite() {
        return format!("{}", value + 0.0);
    }
    if !(1e-4..1e15).contains(&magnitude) {
        return format!("{value:.3e}");
    }
    if value.fract() == 0.0 {
        return grouped(value);
    }
    let digits = (3 - magnitude.log10().floor() as i32).clamp(0, 8) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn grouped(whole: f64) -> String {
    let digits = format!("{:.0}", whole.abs());
    let mut text = String::with_capacity(digits.len() + 6);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            text.push(',');
        }
        text.push(digit);
    }
    if whole < 0.0 {
        format!("-{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_exact_enough() {
        for (value, said) in [
            (0.0, "0"),
            (-0.0, "0"),
            (60.0, "60"),
            (8000.0, "8000"),
            (65_535.0, "65,535"),
            (-1_234_567.0, "-1,234,567"),
            (0.182_4, "0.1824"),
            (0.97, "0.97"),
            (14.037, "14.04"),
            (12_345.678, "12346"),
            (0.000_001, "1.000e-6"),
        ] {
            assert_eq!(number(value), said);
        }
    }

    #[test]
    fn instants_are_said_in_utc_and_in_zones() {
        let instant: Timestamp = "2026-11-24T02:00:00Z".parse().unwrap();
        assert_eq!(utc(instant), "2026-11-24 02:00:00 UTC");
        let said = local(instant, "Asia/Singapore").unwrap();
        assert_eq!(said, "2026-11-24 10:00:00 +08:00 Asia/Singapore");
        assert_eq!(local(instant, "Mars/Olympus"), None);
    }
}
