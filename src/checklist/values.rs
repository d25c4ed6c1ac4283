//! Types of the keys common to all checklists, each with what it expects.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::model::suggest;
use crate::model::units::{DAY, UpTo};

/// Text that follows a rule.
pub(super) trait Rule {
    const EXPECTED: &'static str;
    /// The rule as a regular expression for editors; placeholders pass.
    const PATTERN: &'static str;
    /// What is wrong with the text.
    fn check(text: &str) -> Result<(), String>;
}

/// Text that was checked.
#[derive(Clone, Debug)]
pub(super) struct Ruled<R>(pub String, PhantomData<R>);

impl<'de, R: Rule> Deserialize<'de> for Ruled<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<R>(PhantomData<R>);
        impl<R: Rule> de::Visitor<'_> for Visitor<R> {
            type Value = Ruled<R>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(R::EXPECTED)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Ruled<R>, E> {
                R::check(text).map_err(E::custom)?;
                Ok(Ruled(text.to_owned(), PhantomData))
            }
        }
        deserializer.deserialize_str(Visitor(PhantomData))
    }
}

impl<R: Rule> JsonSchema for Ruled<R> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": R::PATTERN })
    }
}

fn refused<R: Rule>(text: &str) -> String {
    format!("\"{text}\" is not {}", R::EXPECTED)
}

/// A check's name. It becomes a file name, a metric label and an argument.
#[derive(Clone, Debug)]
pub(super) struct AsId;
pub(super) type Id = Ruled<AsId>;

/// Longest id, in bytes.
const LONGEST_ID: usize = 100;

impl Rule for AsId {
    const EXPECTED: &'static str =
        "an id: up to 100 letters, digits, `.`, `_` and `-`, starting with a letter or digit";
    const PATTERN: &'static str = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$|\$\{";
    fn check(text: &str) -> Result<(), String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if begins && text.chars().all(allowed) && text.len() <= LONGEST_ID {
            Ok(())
        } else {
            Err(refused::<Self>(text))
        }
    }
}

/// Text for people: not blank.
#[derive(Clone, Debug)]
pub(super) struct AsWords;
pub(super) type Words = Ruled<AsWords>;

impl Rule for AsWords {
    const EXPECTED: &'static str = "text that is not blank";
    const PATTERN: &'static str = r"\S";
    fn check(text: &str) -> Result<(), String> {
        if text.trim().is_empty() {
            Err("must not be blank".to_owned())
        } else {
            Ok(())
        }
    }
}

/// An IANA time zone.
#[derive(Clone, Debug)]
pub(super) struct AsZone;
pub(super) type Zone = Ruled<AsZone>;

impl Rule for AsZone {
    const EXPECTED: &'static str = "an IANA time zone, such as \"Asia/Singapore\" or \"UTC\"";
    const PATTERN: &'static str = r"^[A-Za-z][A-Za-z0-9_+/-]*$|\$\{";
    fn check(text: &str) -> Result<(), String> {
        let zones = jiff::tz::db();
        if zones.get(text).is_ok() {
            return Ok(());
        }
        let names: Vec<String> = zones.available().map(|zone| zone.to_string()).collect();
        let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
        let same_city = names
            .iter()
            .map(String::as_str)
            .find(|name| last(name) == last(text));
        let near = same_city.or_else(|| suggest::nearest(text, names.iter().map(String::as_str)));
        Err(match near {
            Some(near) => format!("\"{text}\" is not an IANA time zone; did you mean \"{near}\"?"),
            None => refused::<Self>(text),
        })
    }
}

/// A SHA-256 digest with its algorithm.
#[derive(Clone, Debug)]
pub(super) struct AsDigest;
pub(super) type Digest = Ruled<AsDigest>;

impl Rule for AsDigest {
    const EXPECTED: &'static str = "a digest: \"sha256:\" and 64 lower-case hexadecimal digits";
    const PATTERN: &'static str = r"^sha256:[0-9a-f]{64}$|\$\{";
    fn check(text: &str) -> Result<(), String> {
        let digits = text.strip_prefix("sha256:").ok_or(refused::<Self>(text))?;
        let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        if !digits.chars().all(hex) {
            return Err(refused::<Self>(text));
        }
        match digits.len() {
            64 => Ok(()),
            count => Err(format!(
                "a SHA-256 digest has 64 hexadecimal digits; this one has {count}"
            )),
        }
    }
}

/// Deadline of an attempt: above zero and at most a week.
pub(super) type Timeout = UpTo<{ 7 * DAY }>;

/// Attempts after the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retries(pub u32);

const MOST_RETRIES: u32 = 100;

impl<'de> Deserialize<'de> for Retries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Retries;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "a whole number from 0 to {MOST_RETRIES}")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Retries, E> {
                u32::try_from(number)
                    .ok()
                    .filter(|number| *number <= MOST_RETRIES)
                    .map(Retries)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &self))
            }
        }
        deserializer.deserialize_i64(Visitor)
    }
}

impl JsonSchema for Retries {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Retries".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 0, "maximum": MOST_RETRIES })
    }
}
