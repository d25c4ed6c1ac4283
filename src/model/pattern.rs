//! A regular expression as a checklist holds it: compiled when it is read, so that a slip in it is an error of
//! the checklist and not of the launch night.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use regex::{Regex, RegexBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const EXPECTED: &str =
    "a regular expression, such as \"^ready$\" (syntax of the Rust crate `regex`)";

/// A regular expression in which `^` and `$` match at lines. It looks anywhere in the text unless it is
/// anchored, and takes time linear in the text.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Where it matches first, if anywhere.
    pub fn find<'t>(&self, text: &'t str) -> Option<regex::Match<'t>> {
        self.0.find(text)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Pattern {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let compiled = RegexBuilder::new(text).multi_line(true).build();
        compiled.map(Self).map_err(|error| {
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or_default();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            format!("`{text}` is not {EXPECTED}: {reason}")
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

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Pattern;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Pattern, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // No `format: regex`: that is the dialect of ECMA-262, and validators refuse `(?i)`.
        json_schema!({ "description": EXPECTED, "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_match_at_lines() {
        let pattern: Pattern = "^ready$".parse().unwrap();
        assert!(pattern.find("starting\nready\n").is_some());
        assert!(pattern.find("not ready\n").is_none());
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
