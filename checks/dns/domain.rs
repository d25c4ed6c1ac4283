//! Domain names as checklists write them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::instrument::dns::{Question, QuestionError};

/// A domain name as the checklist writes it. Names that differ in case or final dot alone are the same.
#[derive(Clone, Debug)]
pub struct DomainName {
    text: Arc<str>,
    canonical: Box<str>,
}

impl DomainName {
    /// Reads a name as written.
    ///
    /// # Errors
    /// When it is not a domain name.
    pub fn new(text: &str) -> Result<Self, QuestionError> {
        Ok(Self {
            text: text.into(),
            canonical: Question::canonical_name(text)?.into(),
        })
    }

    /// As written.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// In lower case, in its ASCII form, with the final dot.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl PartialEq for DomainName {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for DomainName {}

impl Ord for DomainName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical.cmp(&other.canonical)
    }
}

impl PartialOrd for DomainName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Serialize for DomainName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for DomainName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = DomainName;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a domain name, such as \"login.example.com\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<DomainName, E> {
                DomainName::new(text).map_err(|error| {
                    let wanted: &dyn de::Expected = &self;
                    E::custom(format_args!("\"{text}\" is not {wanted}: {error}"))
                })
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for DomainName {
    fn schema_name() -> Cow<'static, str> {
        "DomainName".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}
