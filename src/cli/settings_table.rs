//! The settings of a module as one Markdown table, from their JSON Schema: key, type, default, meaning. The keys of a
//! nested table are rows of their own, `acme.challenge`.

use std::fmt::Write as _;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use crate::model::units::{Offset, Period, Share, Size};
use crate::model::{AnyModule, Instant};

/// Longest description of a text format that still reads as the name of a type.
const LONGEST_NAME: usize = 40;

/// The table.
pub(super) fn settings_table(module: &dyn AnyModule) -> String {
    let mut generator = SchemaGenerator::new(
        SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true),
    );
    let schema = module.schema(&mut generator).to_value();
    let mut text = "| setting | type | default | meaning |\n| --- | --- | --- | --- |\n".to_owned();
    rows(&mut text, "", &schema);
    text
}

/// The rows of a table's keys, `prefix` being the dotted path to the table.
fn rows(text: &mut String, prefix: &str, table: &Value) {
    let required = names(&table["required"]);
    for (key, schema) in table["properties"].as_object().into_iter().flatten() {
        let default = match &schema["default"] {
            _ if required.contains(&key.as_str()) => "required".to_owned(),
            value => shown_default(schema, value),
        };
        let path = format!("{prefix}{key}");
        let meaning = meaning(schema);
        let _ = writeln!(
            text,
            "| `{path}` | {} | {} | {} |",
            cell(&type_name(schema)),
            cell(&default),
            cell(&meaning)
        );
        if let Some(nested) = nested_table(schema) {
            rows(text, &format!("{path}."), nested);
        }
    }
}

/// What a key means, with what each of its choices means.
fn meaning(schema: &Value) -> String {
    let mut meaning = schema["description"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    for (choice, means) in choices(schema) {
        let _ = write!(meaning, " `{choice}`: {means}");
    }
    meaning
}

/// The choices of an enumeration that say what they mean.
fn choices(schema: &Value) -> Vec<(&Value, &str)> {
    let parts = ["anyOf", "oneOf", "allOf"].iter();
    let parts = parts.filter_map(|key| schema[*key].as_array()).flatten();
    let found = parts.flat_map(|part| match part.get("const") {
        Some(choice) => Vec::from_iter(part["description"].as_str().map(|means| (choice, means))),
        None => choices(part),
    });
    found.collect()
}

/// Text that stays within its cell.
pub(super) fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

/// The schema of the table, or of the tables of the list, that a key takes.
fn nested_table(schema: &Value) -> Option<&Value> {
    if schema["properties"].is_object() {
        return Some(schema);
    }
    let parts = ["anyOf", "oneOf", "allOf"].iter();
    let mut parts = parts.filter_map(|key| schema[*key].as_array()).flatten();
    parts
        .find_map(nested_table)
        .or_else(|| nested_table(schema.get("items")?))
}

/// What a schema takes, in a few words.
fn type_name(schema: &Value) -> String {
    if let Some(name) = quantity(schema) {
        return name.to_owned();
    }
    if let Some(choices) = schema["enum"].as_array() {
        let choices = choices.iter().filter(|choice| !choice.is_null());
        return either(choices.map(|choice| format!("`{choice}`")).collect());
    }
    if let Some(constant) = schema.get("const") {
        return format!("`{constant}`");
    }
    let parts = ["anyOf", "oneOf", "allOf"].iter();
    if let Some(parts) = parts.filter_map(|key| schema[*key].as_array()).next() {
        return alternatives(parts);
    }
    if schema["writeOnly"] == true {
        return "secret".to_owned();
    }
    match kinds(&schema["type"]).as_slice() {
        ["array"] => format!("list of {}", plural(&type_name(&schema["items"]))),
        ["object"] if schema["properties"].is_object() => "table".to_owned(),
        ["object"] => format!(
            "table of {}",
            plural(&type_name(&schema["additionalProperties"]))
        ),
        ["boolean"] => "`true` or `false`".to_owned(),
        ["integer"] => whole_number(schema),
        ["string"] => text_name(schema),
        [] => "any value".to_owned(),
        kinds => either(kinds.iter().map(|kind| (*kind).to_owned()).collect()),
    }
}

/// "duration or share", and when a list of the same is allowed too, "duration or share, or a list of them".
fn alternatives(parts: &[Value]) -> String {
    let mut single = Vec::new();
    let mut lists = Vec::new();
    for part in parts.iter().filter(|part| part["type"] != "null") {
        if part["type"] == "array" {
            lists.push(part);
        } else if !single.contains(&type_name(part)) {
            single.push(type_name(part));
        }
    }
    let name = either(single);
    if name.is_empty() {
        return either(lists.into_iter().map(type_name).collect());
    }
    lists.into_iter().fold(name.clone(), |text, list| {
        if type_name(&list["items"]) == name {
            format!("{text}, or a list of them")
        } else {
            format!("{text}, or {}", type_name(list))
        }
    })
}

/// The quantity of [`crate::model`] that a schema describes.
fn quantity(schema: &Value) -> Option<&'static str> {
    fn same<Q: JsonSchema>(schema: &Value) -> bool {
        let quantity = Q::json_schema(&mut SchemaGenerator::default()).to_value();
        let key = if quantity["anyOf"].is_array() {
            "anyOf"
        } else {
            "pattern"
        };
        schema[key] == quantity[key]
    }
    match schema {
        _ if same::<Period>(schema) => Some("duration"),
        _ if same::<Share>(schema) => Some("share"),
        _ if same::<Size>(schema) => Some("size"),
        _ if same::<Offset>(schema) => Some("offset"),
        _ if same::<Instant>(schema) => Some("instant"),
        _ => None,
    }
}

/// The range is left out where it is only that of the integer type.
fn whole_number(schema: &Value) -> String {
    let bound = |key: &str| schema[key].as_u64();
    match (bound("minimum"), bound("maximum")) {
        (_, Some(255 | 65_535)) | (_, None) => "whole number".to_owned(),
        (from, Some(to)) => format!("whole number, {} to {to}", from.unwrap_or(0)),
    }
}

/// The name of a text format, which is what its description says before its examples: "a domain name, such as ...".
fn text_name(schema: &Value) -> String {
    match schema["format"].as_str() {
        Some("ip") => return "IP address".to_owned(),
        Some("path") => return "path".to_owned(),
        _ => {}
    }
    let description = schema["description"].as_str().unwrap_or_default();
    match description.split_once(", such as ") {
        Some((name, _))
            if name.len() <= LONGEST_NAME && !name.contains('"') && !name.contains(" with ") =>
        {
            either(name.split(" or ").map(bare).collect())
        }
        _ => "text".to_owned(),
    }
}

/// Without its article.
fn bare(noun: &str) -> String {
    let article = ["a ", "an "].into_iter();
    let mut stripped = article.filter_map(|article| noun.strip_prefix(article));
    stripped.next().unwrap_or(noun).to_owned()
}

fn plural(name: &str) -> String {
    let plural = |noun: &str| match noun {
        "text" => noun.to_owned(),
        _ if noun.contains(['`', ':']) => noun.to_owned(),
        _ if noun.starts_with("list of ") => noun.replacen("list", "lists", 1),
        _ if noun.ends_with('s') => format!("{noun}es"),
        _ => format!("{noun}s"),
    };
    let nouns = name.split(" or ");
    either(
        nouns
            .map(|noun| plural(noun.trim_end_matches(',')))
            .collect(),
    )
}

/// "a, b or c".
fn either(mut words: Vec<String>) -> String {
    match words.pop() {
        Some(last) if !words.is_empty() => format!("{} or {last}", words.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// A default as it would be written in a checklist. The defaults of a nested table are in its own rows.
fn shown_default(schema: &Value, value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        value => format!("`{}`", toml_value(schema, value)),
    }
}

fn toml_value(schema: &Value, value: &Value) -> String {
    let is = |name: &str| type_name(schema).contains(name);
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| toml_value(schema, item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Number(number) if is("share") => {
            format!("\"{}\"", Share(number.as_f64().unwrap_or_default()))
        }
        Value::String(text) if is("duration") => match text.parse() {
            Ok(Period(length)) => format!("\"{}\"", short_duration(length)),
            Err(_) => value.to_string(),
        },
        value => value.to_string(),
    }
}

/// "30d", "1h 30m", "200ms": the units that checklists use.
fn short_duration(length: std::time::Duration) -> String {
    let seconds = length.as_secs();
    let units = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
        (u64::from(length.subsec_millis()), "ms"),
    ];
    let units = units.iter().filter(|(number, _)| *number > 0);
    let units: Vec<_> = units
        .map(|(number, unit)| format!("{number}{unit}"))
        .collect();
    units.join(" ")
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// What a module's settings may look like.
    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Settings {
        /// One | many,
        /// each counts.
        pauses: Vec<Period>,
        /// Of answers.
        share: Option<Share>,
        /// Challenges.
        #[serde(default)]
        acme: Acme,
        #[serde(default)]
        region: Vec<Region>,
        #[schemars(range(min = 1, max = 10))]
        tries: u32,
        port: Option<u16>,
    }

    /// Nested.
    #[derive(Default, Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Acme {
        challenge: bool,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Region {
        name: String,
        /// How it is judged.
        mode: Option<Mode>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    enum Mode {
        /// It fails.
        Require,
        /// It passes.
        Allow,
    }

    #[test]
    fn types_read_as_words_and_nested_tables_as_rows() {
        let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
        let schema = SchemaGenerator::new(settings).into_root_schema_for::<Settings>();
        let mut text = String::new();
        rows(&mut text, "", schema.as_value());
        insta::assert_snapshot!(text, @r#"
        | `pauses` | list of durations | required | One \| many, each counts. |
        | `share` | share |  | Of answers. |
        | `acme` | table |  | Challenges. |
        | `acme.challenge` | `true` or `false` | required |  |
        | `region` | list of tables |  |  |
        | `region.name` | text | required |  |
        | `region.mode` | `"require"` or `"allow"` |  | How it is judged. `"require"`: It fails. `"allow"`: It passes. |
        | `tries` | whole number, 1 to 10 | required |  |
        | `port` | whole number |  |  |
        "#);
    }

    #[test]
    fn either_one_or_several_is_said_once() {
        let both = serde_json::json!({ "anyOf": [
            Period::json_schema(&mut SchemaGenerator::default()),
            Share::json_schema(&mut SchemaGenerator::default()),
        ]});
        let mut parts = both["anyOf"].as_array().cloned().unwrap_or_default();
        parts.push(serde_json::json!({ "type": "array", "items": both }));
        let schema = serde_json::json!({ "anyOf": parts });
        assert_eq!(type_name(&schema), "duration or share, or a list of them");
        let default = serde_json::json!(["30days", 0.25]);
        assert_eq!(shown_default(&schema, &default), r#"`["30d", "25%"]`"#);
    }

    #[test]
    fn text_formats_are_named_by_their_description() {
        let named = |description: &str| {
            type_name(&serde_json::json!({ "type": "string", "description": description }))
        };
        assert_eq!(
            named("a domain name, such as \"login.example.com\""),
            "domain name"
        );
        assert_eq!(
            plural(&named(
                "a DNS name or an IP address, such as \"gw.example.com\""
            )),
            "DNS names or IP addresses"
        );
        assert_eq!(plural("table, or list of text"), "tables or lists of text");
        assert_eq!(named("host:port, such as \"gw:443\""), "host:port");
        assert_eq!(named("The file to read."), "text");
    }

    #[test]
    fn durations_are_written_as_in_a_checklist() {
        for text in ["30d", "1h 30m", "200ms", "2s 500ms"] {
            let Ok(Period(length)) = text.parse() else {
                panic!("{text}");
            };
            assert_eq!(short_duration(length), text);
        }
    }
}
