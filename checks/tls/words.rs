//! Instants, spans and lists as a reader of the report takes them in at a glance.

use std::net::SocketAddr;

use jiff::{SignedDuration, Timestamp};

/// The longest text taken over from a certificate.
const LONGEST: usize = 200;

/// How many things of a list are spelled out.
const MOST: usize = 8;

/// `2026-11-24 02:00 UTC`.
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A span without its sign, in the largest unit of which it holds two: `39 days`, `36 hours`, `90 minutes`.
pub(crate) fn span(span: SignedDuration) -> String {
    let seconds = span.unsigned_abs().as_secs();
    let (size, unit) = [(86_400, "day"), (3_600, "hour"), (60, "minute")]
        .into_iter()
        .find(|(size, _)| seconds >= 2 * size)
        .unwrap_or((1, "second"));
    counted((seconds / size) as usize, unit)
}

/// `1 day`, `2 days`.
pub(crate) fn counted(number: usize, unit: &str) -> String {
    let plural = match (number, unit.strip_suffix("ss")) {
        (1, _) => "",
        (_, Some(_)) => "es",
        (_, None) => "s",
    };
    format!("{number} {unit}{plural}")
}

/// Where an instant lies: `39 days after T-0`.
pub(crate) fn beside(at: Timestamp, reference: Timestamp, name: &str) -> String {
    let distance = at.duration_since(reference);
    let side = if distance.is_negative() {
        "before"
    } else {
        "after"
    };
    format!("{} {side} {name}", span(distance))
}

/// The first of a list, and how many more there are.
pub(crate) fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    let shown = items
        .iter()
        .take(MOST)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match items.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Addresses without their port, which is the endpoint's.
pub(crate) fn addresses(addresses: &[SocketAddr]) -> String {
    list(addresses.iter().map(SocketAddr::ip))
}

/// Text of a certificate, cut where it is longer than any honest name.
pub(crate) fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}
