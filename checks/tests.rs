//! What must hold for every module of the registry, so that a new one only has to be added.
#![allow(
    clippy::disallowed_methods,
    reason = "the tests read the folders of the modules"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::REGISTRY;
use crate::checklist::{self, Inputs};
use crate::model::{AnyModule, Checklist};

/// In this order. Long explanations come after them, under headings of their own.
const HEADINGS: [&str; 6] = [
    "# What it checks",
    "# Why it matters",
    "# Example",
    "# Settings",
    "# When it fails",
    "# How to fix it",
];

/// The generated table is all that has to be under it.
const GENERATED: &str = "# Settings";

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
        let mut in_code = false;
        let headings: Vec<_> = lines
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, line)| {
                in_code ^= line.starts_with("```");
                !in_code && line.starts_with("# ")
            })
            .collect();
        let fixed = headings.iter().map(|(_, heading)| *heading);
        let fixed: Vec<_> = fixed.take(HEADINGS.len()).collect();
        assert_eq!(fixed, HEADINGS, "{}", module.name());
        for (at, heading) in headings {
            let text = lines.get(at + 1).copied().unwrap_or_default();
            assert!(
                !text.is_empty() || heading == GENERATED,
                "{}: nothing under {heading}",
                module.name()
            );
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

/// Loads a checklist as `tminus run` does, every variable of the environment being set.
fn load(path: &Path) -> Checklist {
    let inputs = Inputs {
        vars: BTreeMap::new(),
        environment: &|name| Some(format!("value of {name}").into()),
    };
    checklist::load(path, REGISTRY, &inputs)
        .unwrap_or_else(|errors| panic!("{}: {}", path.display(), errors.render(false)))
}

fn holds_one_check_of(checklist: &Checklist, module: &dyn AnyModule) {
    let modules: Vec<_> = checklist.checks.iter().map(|check| check.module).collect();
    assert_eq!(modules, [module.name()]);
}

#[test]
fn every_example_file_loads() {
    for module in REGISTRY.iter() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks");
        let example = folder.join(module.name()).join("example.toml");
        let text = std::fs::read_to_string(&example).unwrap();
        assert_eq!(text, module.example());
        holds_one_check_of(&load(&example), module);
    }
}

#[test]
fn every_documented_example_loads() {
    for module in REGISTRY.iter() {
        let lines = documentation(module);
        let example = lines
            .iter()
            .skip_while(|line| **line != "```toml")
            .skip(1)
            .take_while(|line| **line != "```");
        let mut text = "[launch]\nname = \"PixelRush\"\n".to_owned();
        for line in example {
            text.push_str(line);
            text.push('\n');
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("example.toml");
        std::fs::write(&path, text).unwrap();
        holds_one_check_of(&load(&path), module);
    }
}
