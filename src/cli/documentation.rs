//! User documentation out of the code: the doc comment at the top of a module's `mod.rs`, and its settings as
//! their schema describes them. `tminus modules` prints it, the README and `docs/` hold copies that a test keeps
//! in step.

use std::fmt::Write as _;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::model::{AnyModule, Registry};

/// A Markdown table of all modules, one line each.
pub fn table(registry: Registry) -> String {
    let mut text = "| module | what it checks |\n| --- | --- |\n".to_owned();
    for module in registry.iter() {
        let _ = writeln!(text, "| `{}` | {} |", module.name(), summary(module));
    }
    text
}

/// The first line of a module's documentation.
pub fn summary(module: &dyn AnyModule) -> &'static str {
    doc_lines(module).next().unwrap_or_default()
}

/// A module's documentation as Markdown, its settings filled in under their heading.
pub fn page(module: &dyn AnyModule) -> String {
    let mut text = format!("# `{}`\n\n", module.name());
    for line in doc_lines(module) {
        match line.strip_prefix("# ") {
            Some(heading) => {
                let _ = writeln!(text, "## {heading}");
                if heading == "Settings" {
                    text.push_str(&settings(module));
                }
            }
            None => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    text
}

/// The leading `//!` lines of a module's source.
fn doc_lines(module: &dyn AnyModule) -> impl Iterator<Item = &'static str> {
    let lines = module
        .source()
        .lines()
        .map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line))
}

fn settings(module: &dyn AnyModule) -> String {
    let mut generator = SchemaGenerator::new(
        SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true),
    );
    let schema = module.schema(&mut generator).to_value();
    let required = names(&schema["required"]);
    let mut text = "\n| key | takes | default | meaning |\n| --- | --- | --- | --- |\n".to_owned();
    for (key, property) in schema["properties"].as_object().unwrap_or(&Map::new()) {
        let default = match &property["default"] {
            _ if required.contains(&key.as_str()) => "required".to_owned(),
            Value::Null => String::new(),
            value => format!("`{value}`"),
        };
        let meaning = property["description"]
            .as_str()
            .unwrap_or_default()
            .replace('\n', " ");
        let _ = writeln!(
            text,
            "| `{key}` | {} | {default} | {meaning} |",
            shape(property)
        );
    }
    text
}

/// What a schema takes, in a few words.
fn shape(schema: &Value) -> String {
    if let Some(choices) = schema["enum"].as_array() {
        return choices
            .iter()
            .map(|choice| format!("`{choice}`"))
            .collect::<Vec<_>>()
            .join(", ");
    }
    for alternatives in ["anyOf", "oneOf"] {
        if let Some(list) = schema[alternatives].as_array() {
            let mut shapes: Vec<_> = list
                .iter()
                .map(shape)
                .filter(|shape| shape != "null")
                .collect();
            shapes.dedup();
            return shapes.join(" or ");
        }
    }
    if let Some(constant) = schema.get("const") {
        return format!("`{constant}`");
    }
    match kinds(&schema["type"]).as_slice() {
        ["array"] => format!("list of {}", shape(&schema["items"])),
        ["object"] if schema["properties"].is_object() => {
            let keys = schema["properties"]
                .as_object()
                .into_iter()
                .flat_map(Map::keys);
            format!(
                "table of {}",
                keys.map(|key| format!("`{key}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        ["object"] => format!("table of {}", shape(&schema["additionalProperties"])),
        ["boolean"] => "true or false".to_owned(),
        ["string"] => "text".to_owned(),
        [] => "value".to_owned(),
        kinds => kinds.join(" or "),
    }
}

/// The type names of a schema, without the null of an optional one.
fn kinds(kind: &Value) -> Vec<&str> {
    match kind {
        Value::String(name) => vec![name],
        list => names(list)
            .into_iter()
            .filter(|name| *name != "null")
            .collect(),
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}
