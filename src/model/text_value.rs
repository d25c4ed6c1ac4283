//! Values that a checklist writes as one string: read, recorded and described to editors in one way.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{Schema, json_schema};
use serde::de;

use super::looks_secret;

/// A value that a checklist writes as a string. [`FromStr`] reads it, and users see its error;
/// [`Display`](fmt::Display) records it. The macro `text_value!` does the rest.
pub trait TextValue: FromStr<Err = String> + fmt::Display {
    /// What must be written, with an example: the end of "expected ...".
    const EXPECTED: &'static str;
    /// What an editor may offer.
    const EXAMPLES: &'static [&'static str] = &[];
}

/// The error for text that is no such value at all. A password in it is not repeated.
pub fn refused<W: TextValue>(text: &str) -> String {
    format!("\"{}\" is not {}", looks_secret::mask(text), W::EXPECTED)
}

/// The schema of such a string.
pub fn schema<W: TextValue>() -> Schema {
    let mut schema = json_schema!({ "type": "string", "description": W::EXPECTED });
    if !W::EXAMPLES.is_empty() {
        schema.insert("examples".to_owned(), W::EXAMPLES.into());
    }
    schema
}

/// Reads such a string.
#[derive(Debug)]
pub struct Visitor<W>(pub PhantomData<W>);

impl<W: TextValue> de::Visitor<'_> for Visitor<W> {
    type Value = W;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(W::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<W, E> {
        text.parse().map_err(E::custom)
    }
}

/// Gives a [`TextValue`] type its place in settings: `Serialize`, `Deserialize` and `JsonSchema`.
macro_rules! text_value {
    ($name:ident $(<const $parameter:ident: $kind:ty>)?) => {
        impl<'de $(, const $parameter: $kind)?> serde::Deserialize<'de> for $name $(<$parameter>)? {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer
                    .deserialize_str($crate::model::text_value::Visitor(std::marker::PhantomData))
            }
        }
        impl $(<const $parameter: $kind>)? serde::Serialize for $name $(<$parameter>)? {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl $(<const $parameter: $kind>)? schemars::JsonSchema for $name $(<$parameter>)? {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::model::text_value::schema::<Self>()
            }
        }
    };
}
pub(crate) use text_value;
