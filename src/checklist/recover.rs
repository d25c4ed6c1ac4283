//! What can still be read of a file that is not TOML: everything but the lines that are not.
//!
//! Such a line becomes spaces, so that all other lines keep their places. A value that is never closed goes up to the
//! next key or header, and a broken header takes all keys below it along: nobody knows whose they are.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeTable;

use super::broken::{blank, key};
use super::source::{Lost, Source};
use super::unclosed;

/// Where [`Lost`] keeps what belongs to the file itself: the names of tables whose headers are broken.
pub(super) const TOP: usize = usize::MAX;

/// Tables that a checklist has many of.
pub(super) const REPEATED: [&str; 2] = ["check", "waiver"];

/// A table's header that is not below another: `[launch]`, `[[check]]`.
pub(super) struct Header<'t> {
    /// Its first byte.
    pub at: usize,
    /// From there to the next one.
    pub range: Range<usize>,
    pub name: &'t str,
    /// Whether it has two brackets.
    pub double: bool,
}

/// Lines may hide each other's errors. After this many rounds, enough was tried.
const ROUNDS: usize = 4;

/// The table without the lines that are no TOML, and the keys that it lost.
pub(super) fn parse(source: &Source) -> Option<(DeTable<'_>, Lost)> {
    let recovered = source.recovered.get_or_init(|| recover(source));
    let (text, lost) = recovered.as_ref()?;
    let table = DeTable::parse(text).ok()?;
    Some((table.into_inner(), lost.clone()))
}

fn recover(source: &Source) -> Option<(String, Lost)> {
    let headers = headers(&source.text);
    let (mut text, mut lost) = (source.text.clone(), Lost::new());
    for unclosed in unclosed::all(&source.text) {
        let header = headers
            .iter()
            .rfind(|header| header.at <= unclosed.range.start);
        let lost = lost
            .entry(header.map_or(TOP, |header| header.at))
            .or_default();
        lost.extend(unclosed.key);
        blank(&mut text, unclosed.range);
    }
    for _ in 0..ROUNDS {
        let (_, errors) = DeTable::parse_recoverable(&text);
        if errors.is_empty() {
            return Some((text, lost));
        }
        let lines: BTreeSet<_> = errors
            .iter()
            .map(|error| error.span().map(|span| source.line(span.start).start))
            .collect();
        for start in lines {
            let line = source.line(start?);
            let words = text.get(line.clone())?.to_owned();
            if words.trim_start().starts_with('[') {
                // Nobody knows whose keys follow, so they are given up to the next header.
                let next = headers.iter().find(|header| header.at >= line.end);
                let name = words.trim_matches(|c: char| !c.is_alphabetic());
                if is_repeated(&headers, line.start) {
                    return None;
                }
                let top = lost.entry(TOP).or_default();
                top.extend(
                    name.split(|c: char| !c.is_alphanumeric())
                        .next()
                        .map(str::to_owned),
                );
                blank(
                    &mut text,
                    line.start..next.map_or(source.text.len(), |next| next.at),
                );
                continue;
            }
            let key = key(&words)?;
            let header = headers.iter().rfind(|header| header.at <= line.start)?;
            let lost = lost.entry(header.at).or_default();
            lost.insert(key.to_owned());
            blank(&mut text, line);
        }
    }
    None
}

/// Whether the header at this line is one of several with single brackets, an error of its own.
fn is_repeated(headers: &[Header<'_>], line: usize) -> bool {
    let here = headers.iter().find(|header| header.at >= line);
    here.is_some_and(|here| {
        let same = |header: &&Header<'_>| header.name == here.name && !header.double;
        !here.double && headers.iter().filter(same).count() > 1 && REPEATED.contains(&here.name)
    })
}

/// The headers of a text, as far as lines tell.
pub(super) fn headers(text: &str) -> Vec<Header<'_>> {
    let mut headers: Vec<Header<'_>> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start + line.len() - line.trim_start().len();
        start += line.len();
        let Some(inner) = line.trim_start().strip_prefix('[') else {
            continue;
        };
        let double = inner.starts_with('[');
        let inner = inner.strip_prefix('[').unwrap_or(inner);
        let Some((name, _)) = inner.split_once(']') else {
            continue;
        };
        let name = name.trim();
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '-') {
            continue;
        }
        if let Some(last) = headers.last_mut() {
            last.range.end = at;
        }
        headers.push(Header {
            at,
            range: at..text.len(),
            name,
            double,
        });
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_those_of_tables_that_belong_to_no_other() {
        let text = "[launch]\na = 1\n\n[[check]]\n[check.expect]\nb = [\n  [1, 2],\n]\n[check]\n";
        let found: Vec<_> = headers(text)
            .into_iter()
            .map(|header| (header.at, header.name, header.double))
            .collect();
        assert_eq!(
            found,
            [
                (0, "launch", false),
                (16, "check", true),
                (59, "check", false)
            ]
        );
    }

    #[test]
    fn a_key_is_read_from_its_line() {
        assert_eq!(key("at = 2026-13-01"), Some("at"));
        assert_eq!(key("  query.tries = 3x"), Some("query"));
        assert_eq!(key("[[check]"), None);
        assert_eq!(key("  \"a\", b = "), None);
    }
}
