//! What must hold for every module of the registry, so that a new one only has to be added.

use std::collections::BTreeSet;
use std::path::Path;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::REGISTRY;
use crate::model::AnyModule;

const HEADINGS: [&str; 6] = [
    "# What it checks",
    "# Why it matters",
    "# Example",
    "# Settings",
    "# When it fails",
    "# How to mend it",
];

fn names() -> Vec<&'static str> {
    REGISTRY.iter().map(AnyModule::name).collect()
}

/// The leading doc comment of the module's `mod.rs`.
fn documentation(module: &dyn AnyModule) -> Vec<&'static str> {
    let lines = module.source().lines();
    lines
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .collect()
}

#[test]
fn names_are_unique() {
    let unique: BTreeSet<_> = names().into_iter().collect();
    assert_eq!(unique.len(), names().len(), "{:?}", names());
}

#[test]
fn every_folder_is_a_module_of_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks");
    let folders: BTreeSet<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let names: BTreeSet<_> = names().into_iter().map(str::to_owned).collect();
    assert_eq!(folders, names);
}

#[test]
fn every_module_is_documented_under_the_fixed_headings() {
    for module in REGISTRY.iter() {
        let lines = documentation(module);
        let summary = lines.first().unwrap();
        assert!(
            summary.ends_with('.') && lines[1].is_empty(),
            "{}: a summary of one line, then an empty line: {summary:?}",
            module.name()
        );
        let headings: Vec<_> = lines
            .iter()
            .copied()
            .filter(|line| line.starts_with("# "))
            .collect();
        assert_eq!(headings, HEADINGS, "{}", module.name());
        for (at, line) in lines.iter().enumerate() {
            if line.starts_with("# ") {
                let text = lines.get(at + 1).copied().unwrap_or_default();
                assert!(!text.is_empty(), "{}: nothing under {line}", module.name());
            }
        }
    }
}

#[test]
fn every_setting_is_described_in_the_schema() {
    for module in REGISTRY.iter() {
        let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
        let schema = module.schema(&mut generator);
        let definitions = generator.take_definitions(true);
        let mut properties = 0;
        for part in definitions.values().chain([schema.as_value()]) {
            let Some(fields) = part.get("properties").and_then(Value::as_object) else {
                continue;
            };
            properties += fields.len();
            for (name, field) in fields {
                let text = field.get("description").and_then(Value::as_str);
                assert!(
                    text.is_some_and(|text| !text.is_empty()),
                    "{}: `{name}` has no description",
                    module.name()
                );
            }
            let closed = part.get("additionalProperties");
            assert_eq!(closed, Some(&Value::Bool(false)), "{}", module.name());
        }
        assert!(properties > 0, "{}: no settings found", module.name());
    }
}

#[test]
fn every_example_holds_one_check_of_its_module() {
    for module in REGISTRY.iter() {
        let example: toml::Table = toml::from_str(module.example()).unwrap();
        let checks = example["check"].as_array().unwrap();
        assert_eq!(checks.len(), 1, "{}", module.name());
        assert_eq!(checks[0]["module"].as_str(), Some(module.name()));

        let mut settings = checks[0].as_table().unwrap().clone();
        settings.retain(|key, _| !["id", "module", "title", "timeout"].contains(&key));
        let text = toml::to_string(&settings).unwrap();
        let decoded = module.decode(toml::Deserializer::parse(&text).unwrap());
        let decoded = decoded.unwrap_or_else(|error| panic!("{}: {error}", module.name()));
        assert_eq!(decoded.complaints, []);
    }
}
