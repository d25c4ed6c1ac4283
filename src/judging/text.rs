//! Instants, spans and lists as a reader takes them in at a glance.

use jiff::{SignedDuration, Timestamp};

/// The longest text taken over from outside, in characters.
pub const LONGEST: usize = 200;

/// How many things of a list are spelled out.
pub const MOST: usize = 8;

/// `2026-11-24 02:00 UTC`.
pub fn instant(at: Timestamp) -> String {
    if at == Timestamp::MAX {
        return "9999-12-31 23:59 UTC".to_owned(); // as far as X.509 goes, a little beyond what a timestamp can tell
    }
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A span without its sign, in the largest unit of which it holds two: `39 days`, `36 hours`, `90 minutes`.
pub fn span(span: SignedDuration) -> String {
    in_unit(span, unit_of(span))
}

/// Two spans that are compared with each other: in a unit in which they differ, where they do. "Expected at least
/// 6 days, observed 6 days" would explain no failure.
pub fn spans(one: SignedDuration, other: SignedDuration) -> (String, String) {
    let largest = unit_of(one.min(other)).max(unit_of(one.max(other)));
    let fitting = UNITS[UNITS.len() - 1 - largest..].iter().enumerate();
    let mut shown = (span(one), span(other));
    for (step, _) in fitting {
        if shown.0 != shown.1 || one == other {
            break;
        }
        let unit = largest.saturating_sub(step);
        shown = (in_unit(one, unit), in_unit(other, unit));
    }
    shown
}

/// From the largest to the smallest, by their index from the end: 0 is a second.
const UNITS: [(u64, &str); 4] = [
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
    (1, "second"),
];

fn unit_of(span: SignedDuration) -> usize {
    let seconds = span.unsigned_abs().as_secs();
    let fits = UNITS.iter().position(|(size, _)| seconds >= 2 * size);
    UNITS.len() - 1 - fits.unwrap_or(UNITS.len() - 1)
}

fn in_unit(span: SignedDuration, unit: usize) -> String {
    let (size, name) = UNITS[UNITS.len() - 1 - unit];
    counted((span.unsigned_abs().as_secs() / size) as usize, name)
}

/// `1 day`, `2 days`, `2 addresses`, `2 queries`.
pub fn counted(number: usize, unit: &str) -> String {
    if number == 1 {
        return format!("1 {unit}");
    }
    let plural = match unit {
        _ if unit.ends_with("ss") => format!("{unit}es"),
        _ => match unit.strip_suffix("ry") {
            Some(stem) => format!("{stem}ries"),
            None => format!("{unit}s"),
        },
    };
    format!("{number} {plural}")
}

/// Where an instant lies: `39 days after T-0`.
pub fn beside(at: Timestamp, reference: Timestamp, name: &str) -> String {
    let distance = at.duration_since(reference);
    let side = if distance.is_negative() {
        "before"
    } else {
        "after"
    };
    format!("{} {side} {name}", span(distance))
}

/// The first of a list, and how many more there are: `a, b and 3 more`.
pub fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let mut items = items.into_iter();
    let shown: Vec<_> = items
        .by_ref()
        .take(MOST)
        .map(|item| item.to_string())
        .collect();
    match items.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A list of texts from outside: bounded, and each of them too.
pub fn clipped_list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    list(texts.into_iter().map(|text| clipped(text.as_ref())))
}

/// Text from outside, cut where it is longer than any honest name.
pub fn clipped(text: &str) -> String {
    clipped_at(text, LONGEST)
}

/// Text cut after this many characters.
pub fn clipped_at(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_are_compared_never_read_alike_unless_they_are() {
        let hours = SignedDuration::from_hours;
        let seconds = SignedDuration::from_secs;
        for (one, other, shown) in [
            (hours(24 * 6), hours(24 * 6 - 2), ("6 days", "5 days")),
            (hours(24 * 30), hours(24 * 20), ("30 days", "20 days")),
            (hours(48), hours(48), ("2 days", "2 days")),
            (hours(48), hours(48) - seconds(1), ("2 days", "47 hours")),
            (
                seconds(7200),
                seconds(7201),
                ("7200 seconds", "7201 seconds"),
            ),
        ] {
            assert_eq!(spans(one, other), (shown.0.into(), shown.1.into()));
        }
    }

    #[test]
    fn the_end_of_all_certificates_is_the_end_of_its_year() {
        assert_eq!(instant(Timestamp::MAX), "9999-12-31 23:59 UTC");
        let before = "9999-12-30T21:59:00Z".parse().unwrap();
        assert_eq!(instant(before), "9999-12-30 21:59 UTC");
    }

    #[test]
    fn lists_and_plurals_read_well() {
        assert_eq!(list([1, 2]), "1, 2");
        assert_eq!(list(1..=11), "1, 2, 3, 4, 5, 6, 7, 8 and 3 more");
        assert_eq!(counted(1, "query"), "1 query");
        assert_eq!(counted(2, "query"), "2 queries");
        assert_eq!(counted(2, "address"), "2 addresses");
        assert_eq!(clipped_at("abcd", 2), "ab...");
    }
}
