//! What a name's records must be: all of a list, or some of it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Expected records of one name, as the checklist writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Each as a zone file writes it, or as `dig +short` prints it.
    pub values: Vec<String>,
    /// Whether an answer may leave some of them out: balancers hand out one address of several.
    pub any_of: bool,
}

/// The key of the table.
const ANY_OF: &str = "any-of";

impl Serialize for Expectation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.any_of {
            return self.values.serialize(serializer);
        }
        let mut table = serializer.serialize_map(Some(1))?;
        table.serialize_entry(ANY_OF, &self.values)?;
        table.end()
    }
}

impl<'de> Deserialize<'de> for Expectation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Expectation;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a list of records, or { any-of = [...] } where an answer may hold only some of them",
        )
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Expectation, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Expectation {
            values,
            any_of: false,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Expectation, A::Error> {
        let mut values = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != ANY_OF {
                return Err(A::Error::unknown_field(&key, &[ANY_OF]));
            }
            values = Some(map.next_value()?);
        }
        let values = values.ok_or_else(|| A::Error::missing_field(ANY_OF))?;
        Ok(Expectation {
            values,
            any_of: true,
        })
    }
}

impl JsonSchema for Expectation {
    fn schema_name() -> Cow<'static, str> {
        "Expectation".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "All records of the answer, or those of which an answer holds at least one.",
            "oneOf": [
                {"type": "array", "items": {"type": "string"}},
                {
                    "type": "object",
                    "properties": {"any-of": {"type": "array", "items": {"type": "string"}}},
                    "required": ["any-of"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}
