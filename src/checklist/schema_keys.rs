//! What the decoder learns from the schema of a table's type: which keys it has, which are required, and which hold
//! secrets.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};
use serde_spanned::Spanned;
use toml::de::DeValue;

use super::keys::{CheckKeys, Defaults};
use super::launch::LaunchKeys;
use super::waiver::WaiverKeys;
use crate::model::{AnyModule, Registry};

/// The keys of a table.
#[derive(Debug, Default)]
pub(super) struct SchemaKeys {
    schema: Value,
    definitions: Map<String, Value>,
}

impl SchemaKeys {
    fn of(schema: impl FnOnce(&mut SchemaGenerator) -> Schema) -> Self {
        let mut generator = generator();
        let schema = schema(&mut generator);
        let definitions = generator.take_definitions(false);
        Self {
            schema: resolved(&schema, &definitions),
            definitions,
        }
    }

    fn properties(&self) -> Option<&Map<String, Value>> {
        self.schema.get("properties")?.as_object()
    }

    /// Whether only decoding can tell which keys there are.
    pub(super) fn is_open(&self) -> bool {
        self.schema.get("additionalProperties") != Some(&Value::Bool(false))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.properties()
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.properties().is_some_and(|keys| keys.contains_key(key))
    }

    /// Keys that must be given.
    pub(super) fn required(&self) -> impl Iterator<Item = &str> {
        let required = self.schema.get("required").and_then(Value::as_array);
        required.into_iter().flatten().filter_map(Value::as_str)
    }

    /// The first paragraph of a key's documentation.
    pub(super) fn description(&self, key: &str) -> Option<String> {
        let text = self.properties()?.get(key)?.get("description")?.as_str()?;
        let paragraph = text.split("\n\n").next()?;
        Some(paragraph.replace('\n', " "))
    }

    /// Whether a key's value is a table, or a list of tables, with this key.
    pub(super) fn nests(&self, outer: &str, key: &str) -> bool {
        let has = |schema: &Value| {
            schema
                .pointer("/properties")
                .and_then(|keys| keys.get(key))
                .is_some()
        };
        let schema = self.properties().and_then(|keys| keys.get(outer));
        schema.is_some_and(|schema| {
            self.candidates(schema, 0).any(|schema| {
                let items = schema.get("items").into_iter();
                has(schema) || items.flat_map(|items| self.candidates(items, 0)).any(has)
            })
        })
    }

    /// Whether a key's value is a table that takes any key.
    pub(super) fn is_map(&self, key: &str) -> bool {
        let schema = self.properties().and_then(|keys| keys.get(key));
        schema.is_some_and(|schema| {
            self.candidates(schema, 0).any(|schema| {
                let others = schema.get("additionalProperties");
                others.is_some_and(|others| *others != Value::Bool(false))
                    && schema.get("properties").is_none()
            })
        })
    }

    /// Whether a key's value is itself a secret.
    pub(super) fn is_secret(&self, key: &str) -> bool {
        let schema = self.properties().and_then(|keys| keys.get(key));
        schema.is_some_and(|schema| self.candidates(schema, 0).any(is_write_only))
    }

    /// Calls `found` with the bytes of every secret under a key.
    pub(super) fn secrets(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        found: &mut dyn FnMut(Range<usize>),
    ) {
        if let Some(schema) = self.properties().and_then(|keys| keys.get(key)) {
            self.secrets_under(schema, value, found);
        }
    }

    fn secrets_under(
        &self,
        schema: &Value,
        value: &Spanned<DeValue<'_>>,
        found: &mut dyn FnMut(Range<usize>),
    ) {
        for schema in self.candidates(schema, 0) {
            if is_write_only(schema) {
                found(value.span());
            }
            match value.get_ref() {
                DeValue::Array(array) => {
                    let items = schema.get("items").filter(|items| items.is_object());
                    for (item, element) in items
                        .into_iter()
                        .flat_map(|items| array.iter().map(move |element| (items, element)))
                    {
                        self.secrets_under(item, element, found);
                    }
                }
                DeValue::Table(table) => {
                    for (key, value) in table {
                        let key: &str = key.get_ref();
                        let named = schema.get("properties").and_then(|keys| keys.get(key));
                        if let Some(schema) = named.or_else(|| schema.get("additionalProperties")) {
                            self.secrets_under(schema, value, found);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// A schema, and those that it is made of.
    fn candidates<'s>(
        &'s self,
        schema: &'s Value,
        depth: u8,
    ) -> Box<dyn Iterator<Item = &'s Value> + 's> {
        // References may lead in a circle; none of ours is as deep.
        if depth > 8 {
            return Box::new(std::iter::empty());
        }
        let here = follow(schema, &self.definitions);
        let parts = ["anyOf", "oneOf", "allOf"]
            .into_iter()
            .filter_map(|key| here.get(key)?.as_array());
        let parts = parts
            .flatten()
            .flat_map(move |part| self.candidates(part, depth + 1));
        Box::new(std::iter::once(here).chain(parts))
    }
}

fn is_write_only(schema: &Value) -> bool {
    schema.get("writeOnly") == Some(&Value::Bool(true))
}

/// The schemas of all tables of a checklist.
pub(super) struct Schemas {
    pub launch: SchemaKeys,
    pub defaults: SchemaKeys,
    pub check: SchemaKeys,
    pub waiver: SchemaKeys,
    modules: BTreeMap<&'static str, OnceCell<SchemaKeys>>,
}

impl Schemas {
    pub(super) fn new(registry: Registry) -> Self {
        fn of<T: JsonSchema>() -> SchemaKeys {
            SchemaKeys::of(SchemaGenerator::subschema_for::<T>)
        }
        let cells = registry
            .iter()
            .map(|module| (module.name(), OnceCell::new()));
        Self {
            launch: of::<LaunchKeys>(),
            defaults: of::<Defaults>(),
            check: of::<CheckKeys>(),
            waiver: of::<WaiverKeys>(),
            modules: cells.collect(),
        }
    }

    /// The keys of a module's settings, made when the first check asks for it.
    pub(super) fn module(&self, module: &'static dyn AnyModule) -> Option<&SchemaKeys> {
        let cell = self.modules.get(module.name())?;
        Some(cell.get_or_init(|| SchemaKeys::of(|generator| module.schema(generator))))
    }
}

/// Editors for TOML (taplo) read draft-07.
pub(super) fn generator() -> SchemaGenerator {
    SchemaSettings::draft07().into_generator()
}

/// A schema with its outermost reference followed.
fn resolved(schema: &Schema, definitions: &Map<String, Value>) -> Value {
    follow(schema.as_value(), definitions).clone()
}

fn follow<'s>(schema: &'s Value, definitions: &'s Map<String, Value>) -> &'s Value {
    schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|path| definitions.get(path.strip_prefix("#/definitions/")?))
        .unwrap_or(schema)
}
