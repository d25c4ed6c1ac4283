//! The JSON Schema of a checklist, with which editors complete and validate.
//!
//! One schema serves all modules: a check's `module` decides which keys it may have beside the common ones.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::keys::{CheckKeys, Defaults};
use super::launch::LaunchKeys;
use super::schema_keys::generator;
use super::waiver::WaiverKeys;
use crate::model::{AnyModule, Registry};

/// The JSON Schema, draft-07, of a whole checklist with the modules of this build.
pub fn schema(registry: Registry) -> Value {
    let mut generator = generator();
    let launch = generator.subschema_for::<LaunchKeys>();
    let defaults = generator.subschema_for::<Defaults>();
    let waiver = generator.subschema_for::<WaiverKeys>();
    let common = generator.subschema_for::<CheckKeys>();
    let modules: Vec<_> = registry
        .iter()
        .map(|module| (module.name(), module.schema(&mut generator)))
        .collect();
    let mut definitions = generator.take_definitions(true);
    let common = taken(common, &mut definitions);
    let mut check = common.clone();
    let mut rules = Vec::new();
    let mut hints = Vec::new();
    for (name, schema) in modules {
        let mut own = taken(schema, &mut definitions);
        rules.push(json!({
            "if": { "properties": { "module": { "const": name } }, "required": ["module"] },
            "then": {
                "allOf": [{ "$ref": format!("#/definitions/{name}") }],
                "properties": names(&[&common, &own]),
                "additionalProperties": false,
            },
        }));
        // Editors look for what to complete in `anyOf` and not behind `if`. It refuses nothing: `true` is last.
        hints.push(json!({ "$ref": format!("#/definitions/{name}") }));
        // The common keys are allowed beside the module's own.
        own.as_object_mut()
            .map(|own| own.remove("additionalProperties"));
        definitions.insert(name.to_owned(), own);
    }
    hints.push(Value::Bool(true));
    if let Some(check) = check.as_object_mut() {
        check.remove("additionalProperties");
        check.insert("allOf".to_owned(), Value::Array(rules));
        check.insert("anyOf".to_owned(), Value::Array(hints));
    }
    let modules: Vec<&str> = registry.iter().map(AnyModule::name).collect();
    if let Some(Value::Object(module)) = check.pointer_mut("/properties/module") {
        module.insert("enum".to_owned(), json!(modules));
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "tminus checklist",
        "description": "What must be true before a launch: `[launch]` says what is launched and when; each `[[check]]` is one thing to verify.",
        "type": "object",
        "properties": {
            "include": {
                "description": "Files with more checks and waivers, relative to this file.",
                "type": "array",
                "items": { "type": "string" },
            },
            "launch": launch,
            "defaults": defaults,
            "check": {
                "description": "One thing to verify.",
                "type": "array",
                "items": check,
            },
            "waiver": {
                "description": "Failures accepted by a named person.",
                "type": "array",
                "items": waiver,
            },
        },
        "additionalProperties": false,
        "definitions": definitions,
    })
}

/// The keys of these object schemas, with nothing said about their values.
fn names(schemas: &[&Value]) -> Value {
    let properties = schemas
        .iter()
        .filter_map(|schema| schema.get("properties")?.as_object());
    let names = properties.flat_map(Map::keys);
    Value::Object(
        names
            .map(|name| (name.clone(), Value::Bool(true)))
            .collect(),
    )
}

/// A schema, taken out of the definitions if it is one of them.
fn taken(schema: Schema, definitions: &mut Map<String, Value>) -> Value {
    let schema = schema.to_value();
    let path = schema.get("$ref").and_then(Value::as_str);
    path.and_then(|path| definitions.remove(path.strip_prefix("#/definitions/")?))
        .unwrap_or(schema)
}
