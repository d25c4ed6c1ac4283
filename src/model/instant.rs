//! An instant as people write it in a checklist: a TOML date-time, or RFC 3339 text where the value comes from
//! a variable. Without an offset it would be another instant on every machine, so that is refused.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::{Timestamp, civil};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const EXPECTED: &str =
    "an instant, such as 2026-11-24T02:00:00Z or \"2026-11-24T10:00:00+08:00\" (RFC 3339)";
const PATTERN: &str = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*([Zz]|[+-]\d{2}(:?\d{2})?)$|\$\{";

/// A moment in time: `2026-11-24T02:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub Timestamp);

impl FromStr for Instant {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|_| match text.parse::<civil::DateTime>() {
                Ok(_) => format!(
                    "\"{text}\" has no offset from UTC: add a time with \"Z\" for UTC, or with an offset such as \"+08:00\""
                ),
                Err(_) => format!("\"{text}\" is not {EXPECTED}"),
            })
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Instant;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Instant, E> {
                text.trim().parse().map_err(E::custom)
            }

            /// A TOML date-time comes as a map under a key of the `toml` crate's own.
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Instant, A::Error> {
                let datetime = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))
                    .map_err(|_| de::Error::invalid_type(de::Unexpected::Map, &self))?;
                self.visit_str(&datetime.to_string())
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": EXPECTED, "type": "string", "pattern": PATTERN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Doc {
        at: Instant,
    }

    fn read(value: &str) -> Result<Instant, String> {
        toml::from_str::<Doc>(&format!("at = {value}"))
            .map(|doc| doc.at)
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn toml_date_times_and_text_are_the_same_instants() {
        let instant = Instant("2026-11-24T02:00:00Z".parse().unwrap());
        for spelling in [
            "2026-11-24T02:00:00Z",
            "2026-11-24 02:00:00Z",
            "2026-11-24T10:00:00+08:00",
            "\"2026-11-24T02:00:00Z\"",
            "\"2026-11-24T10:00:00+08:00\"",
        ] {
            assert_eq!(read(spelling), Ok(instant), "{spelling}");
        }
    }

    #[test]
    fn a_time_of_no_zone_is_refused_with_the_way_out() {
        for local in [
            "2026-11-24T02:00:00",
            "2026-11-24",
            "\"2026-11-24T02:00:00\"",
        ] {
            let error = read(local).unwrap_err();
            assert!(error.contains("add a time with \"Z\""), "{error}");
        }
    }

    #[test]
    fn what_is_no_instant_is_told_with_an_example() {
        for other in ["02:00:00", "\"soon\"", "5", "{ day = 1 }", "true"] {
            let error = read(other).unwrap_err();
            assert!(error.contains("such as 2026-11-24T02:00:00Z"), "{error}");
        }
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let doc = Doc {
            at: read("2026-11-24T10:00:00.25+08:00").unwrap(),
        };
        let json = serde_json::to_string(&doc).unwrap();
        assert_eq!(json, r#"{"at":"2026-11-24T02:00:00.25Z"}"#);
        assert_eq!(serde_json::from_str::<Doc>(&json).unwrap(), doc);
    }
}
