//! Keeps plain secrets out of errors: out of the checklist lines they show, and out of their messages.
//!
//! Secret are the values of keys that a module's schema marks so and, even in files that do not parse, those whose key
//! tells ([`secret_values`]) and whatever looks like a secret anywhere ([`looks_secret`]): a URL with user information,
//! an authorization header.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::secret_values::secret_values;
use super::source::{Place, Source};
use crate::model::secret::MASK;
use crate::model::{escape, looks_secret};

/// An error's words, without secrets and without characters that act or hide.
pub(super) fn text(text: &str) -> String {
    printable(&looks_secret::mask(text)).into_owned()
}

/// Text as one line, in which nothing acts or hides.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    escape::text(text)
}

/// A line of a checklist in which nothing acts or hides, and where `span` lies in it then. A tab stays: the layout
/// makes spaces of it.
fn spelled_out(line: &str, span: Range<usize>) -> (String, Range<usize>) {
    let mut shown = String::with_capacity(line.len());
    let (mut start, mut end) = (None, None);
    for (at, character) in line.char_indices() {
        if at >= span.start {
            start.get_or_insert(shown.len());
        }
        if at >= span.end {
            end.get_or_insert(shown.len());
        }
        if character != '\t' && escape::is_hidden(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    let end = end.unwrap_or(shown.len());
    let start = start.unwrap_or(shown.len()).min(end);
    (shown, start..end)
}

/// The hidden parts of every file.
pub(super) struct Masks(Vec<Vec<Range<usize>>>);

impl Masks {
    pub(super) fn new(sources: &[Source], secrets: &BTreeSet<Place>) -> Self {
        let of_file = |(file, source): (usize, &Source)| {
            let known = secrets.iter().filter(|place| place.file == file);
            let inside = known.filter_map(|place| inside(&source.text, place));
            let mut masks = looks_secret::ranges(&source.text);
            masks.extend(secret_values(&source.text));
            masks.extend(inside);
            merged(masks)
        };
        Self(sources.iter().enumerate().map(of_file).collect())
    }

    /// An error's words without what is hidden at its place: decoders quote the value that they refuse.
    pub(super) fn words(
        &self,
        source: Option<&Source>,
        place: Option<&Place>,
        words: &str,
    ) -> String {
        let mut words = words.to_owned();
        if let (Some(source), Some(place)) = (source, place) {
            let hidden = self.0.get(place.file).map_or(&[][..], Vec::as_slice);
            let here = |mask: &&Range<usize>| mask.start < place.end && place.start < mask.end;
            for mask in hidden.iter().filter(here) {
                let value = source.text.get(mask.clone()).unwrap_or_default();
                if value.trim().len() > 2 {
                    words = words.replace(value, MASK);
                }
            }
        }
        text(&words)
    }

    /// A line with its hidden parts replaced, and where `span` lies in it then.
    pub(super) fn line(
        &self,
        file: usize,
        text: &str,
        line: Range<usize>,
        span: Range<usize>,
    ) -> (String, Range<usize>) {
        let start = span.start.clamp(line.start, line.end);
        let end = span.end.clamp(start, line.end);
        let hidden = self.0.get(file).map_or(&[][..], Vec::as_slice);
        let touching = hidden
            .iter()
            .map(|mask| mask.start.max(line.start)..mask.end.min(line.end))
            .filter(|mask| !mask.is_empty());
        let mut shown = String::new();
        let (mut new_start, mut new_end) = (start - line.start, end - line.start);
        let mut at = line.start;
        for mask in touching {
            shown.push_str(text.get(at..mask.start).unwrap_or_default());
            let begin = shown.len();
            shown.push_str(MASK);
            at = mask.end;
            let after = |position: usize| shown.len() + position - mask.end;
            // A caret inside of what is hidden points at the whole of it.
            if start >= mask.end {
                new_start = after(start);
            } else if start >= mask.start {
                new_start = begin;
            }
            if end >= mask.end {
                new_end = after(end);
            } else if end > mask.start {
                new_end = shown.len();
            } else if end == mask.start {
                new_end = begin;
            }
        }
        shown.push_str(text.get(at..line.end).unwrap_or_default());
        spelled_out(&shown, new_start..new_end.max(new_start))
    }
}

/// A value without its quotes; nothing when it is only a placeholder.
fn inside(text: &str, place: &Place) -> Option<Range<usize>> {
    let value = text.get(place.start..place.end)?;
    let quote = value
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''));
    let inner = quote.map_or(value, |quote| value.trim_matches(quote));
    let start = place.start
        + quote.map_or(0, |quote| {
            value.len() - value.trim_start_matches(quote).len()
        });
    let shown = inner.is_empty() || looks_secret::is_placeholder(inner);
    (!shown).then(|| start..start + inner.len())
}

fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    ranges.into_iter().fold(Vec::new(), |mut merged, range| {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
        merged
    })
}
