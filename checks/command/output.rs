//! The two streams of the program's output, and how a pattern is looked for in what is kept of one.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Observation, Settings};
use crate::instrument::excerpt::Excerpt;
use crate::model::pattern::Pattern;

/// The longest line that a finding quotes, in characters.
const LONGEST: usize = 200;

/// What a pattern matched before secrets were struck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Matched {
    /// Names the pattern. Its text may itself be a word that is struck.
    pub(super) pattern_sha256: String,
    /// The line in which the match begins, without secrets; absent where nothing matched.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) line: Option<String>,
}

/// What was seen of one stream.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Printed {
    /// What the program printed, without secrets.
    #[serde(default)]
    pub(super) text: Excerpt,
    /// Whether the text differs from what was printed, because secrets were struck from it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(super) struck: bool,
    /// What the patterns of the settings matched in what was printed. Kept only where something was struck.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(super) matches: Vec<Matched>,
}

/// One of the two streams.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }

    pub(super) fn of(self, seen: &Observation) -> &Printed {
        match self {
            Self::Stdout => &seen.stdout,
            Self::Stderr => &seen.stderr,
        }
    }

    pub(super) fn of_mut(self, seen: &mut Observation) -> &mut Printed {
        match self {
            Self::Stdout => &mut seen.stdout,
            Self::Stderr => &mut seen.stderr,
        }
    }

    /// The patterns that are wanted, and those that are not.
    pub(super) fn patterns(self, settings: &Settings) -> [&[Pattern]; 2] {
        match self {
            Self::Stdout => [&settings.stdout_matches, &settings.stdout_lacks],
            Self::Stderr => [&settings.stderr_matches, &settings.stderr_lacks],
        }
    }
}

/// The line in which the first match begins that counts. `counts` gets the text and the bytes of the match.
pub(super) fn matched_line(
    output: &Excerpt,
    pattern: &Pattern,
    counts: impl Fn(&str, Range<usize>) -> bool,
) -> Option<String> {
    output.pieces().iter().find_map(|text| {
        let mut found = pattern.find_all(text);
        let start = found.find(|found| counts(text, found.range()))?.start();
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        Some(text[begin..].lines().next().unwrap_or_default().to_owned())
    })
}

/// A line as a finding quotes it.
pub(super) fn shortened(line: &str) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
