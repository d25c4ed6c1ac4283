//! A regular expression as a checklist holds it: compiled when it is read, so that a slip in it is an error of
//! the checklist and not of the launch night.

use std::fmt;
use std::str::FromStr;

use regex::{Regex, RegexBuilder};

use super::text_value::{TextValue, refused, text_value};

/// A regular expression in which `^` and `$` match at lines, whether these end in LF, CR LF or CR: else `ERROR$` would
/// miss the output of a program that writes as for a terminal. It looks anywhere in the text unless it is
/// anchored, and takes time linear in the text.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Where it matches first, if anywhere.
    pub fn find<'t>(&self, text: &'t str) -> Option<regex::Match<'t>> {
        self.0.find(text)
    }

    /// Where it matches, one place behind the other.
    pub fn find_all<'t>(&self, text: &'t str) -> impl Iterator<Item = regex::Match<'t>> {
        self.0.find_iter(text)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Pattern {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let compiled = RegexBuilder::new(text).multi_line(true).crlf(true).build();
        compiled.map(Self).map_err(|error| {
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or_default();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            format!("{}: {reason}", refused::<Self>(text))
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

// The schema says no `format: regex`: that is the dialect of ECMA-262, and validators refuse `(?i)`.
impl TextValue for Pattern {
    const EXPECTED: &'static str =
        "a regular expression, such as \"^ready$\" (syntax of the Rust crate `regex`)";
}

text_value!(Pattern);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_match_at_lines() {
        let pattern: Pattern = "^ready$".parse().unwrap();
        assert!(pattern.find("starting\nready\n").is_some());
        assert!(pattern.find("not ready\n").is_none());
        for text in ["starting\r\nready\r\n", "50 %\rready\r", "ready\r\n"] {
            assert!(pattern.find(text).is_some(), "{text:?}");
        }
        assert!(pattern.find("not ready\r\n").is_none());
    }

    #[test]
    fn a_slip_is_told_in_one_line() {
        let error = "(ready".parse::<Pattern>().unwrap_err();
        assert!(error.ends_with(": unclosed group"), "{error}");
        let error = "(a{1000}){1000}".parse::<Pattern>().unwrap_err();
        assert!(error.contains("exceeds size limit"), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
