//! `report.json`: the run record itself, as `judge`, `diff` and other programs read it.

use std::fmt::Write as _;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Format, RenderError, escape};
use crate::model::RunRecord;
use crate::model::record::SCHEMA;

/// Name of the file, and of its copy inside the PDF.
pub const FILE: &str = "report.json";

/// The format's entry.
pub const FORMAT: Format = Format {
    name: "json",
    file: FILE,
    about: "the run record: every observation, finding and measure, for programs",
    render: |dossier, _| encode(&dossier.record).map_err(RenderError::new),
};

/// The record as pretty JSON with a newline at its end. The PDF attaches the same bytes.
pub fn to_json(record: &RunRecord) -> Vec<u8> {
    // A record is made of strings, numbers and JSON that was parsed before: nothing in it can refuse.
    encode(record).unwrap_or_default()
}

/// The JSON Schema of the record (draft 2020-12), for programs that read it.
pub fn schema() -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let mut schema = generator.root_schema_for::<RunRecord>();
    schema.insert("title".to_owned(), "tminus run record".into());
    if let Some(of_record) = schema.pointer_mut("/properties/schema") {
        *of_record = json!({ "const": SCHEMA });
    }
    schema.to_value()
}

/// Reads a record back.
///
/// # Errors
/// When the text is not a record of this schema.
pub fn from_json(json: &[u8]) -> Result<RunRecord, ReadError> {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    // The schema first: a record of another one has other fields, and its shape is not what is wrong with it.
    let Head { schema } = serde_json::from_slice(json).map_err(ReadError::Shape)?;
    if schema != SCHEMA {
        return Err(ReadError::Schema(schema));
    }
    serde_json::from_slice(json).map_err(ReadError::Shape)
}

/// Why a file is not a run record that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not a record at all.
    #[error("not a run record: {0}")]
    Shape(serde_json::Error),
    /// It is one of another kind.
    #[error(
        "a run record of schema \"{0}\"; this version reads only \"{SCHEMA}\", so run the checklist again"
    )]
    Schema(String),
}

fn encode(record: &RunRecord) -> serde_json::Result<Vec<u8>> {
    Ok(text(record)?.into_bytes())
}

/// JSON in which nothing acts or hides.
///
/// # Errors
/// When the value has no JSON form.
pub fn text(value: &impl Serialize) -> serde_json::Result<String> {
    let mut json = serde_json::to_string_pretty(value)?;
    json.push('\n');
    Ok(spell_out(json))
}

/// Writes characters that control a terminal or are invisible as `\u` escapes (RFC 8259 section 7), as the
/// encoder does with controls below U+0020 already. Beyond ASCII they occur only in strings, so the
/// value stays the same, also inside settings and observations, which are copied as they are.
fn spell_out(json: String) -> String {
    let acts = |character: char| character >= '\u{7f}' && escape::is_hidden(character);
    if !json.contains(acts) {
        return json;
    }
    let mut spelled = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if acts(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(spelled, "\\u{unit:04x}"); // a String takes every write
            }
        } else {
            spelled.push(character);
        }
    }
    spelled
}
