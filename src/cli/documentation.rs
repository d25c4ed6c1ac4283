//! User documentation generated from the code: the doc comment at the top of a module's `mod.rs`, with its settings
//! filled in. `tminus modules` prints it; the README and `docs/modules` hold copies that a test compares.

use std::fmt::Write as _;

use crate::model::{AnyModule, Registry};

use super::settings_table::settings_table;

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

/// A module's documentation as Markdown. Under the heading `Settings` comes the generated table, then whatever the
/// module itself says there.
pub fn page(module: &dyn AnyModule) -> String {
    let mut text = format!("# `{}`\n", module.name());
    for section in sections(module) {
        text.push('\n');
        if let Some(heading) = section.heading {
            let _ = write!(text, "## {heading}\n\n");
            if heading == "Settings" {
                text.push_str(&settings_table(module));
                if !section.body.is_empty() {
                    text.push('\n');
                }
            }
        }
        for line in section.body {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

/// A heading of a module's documentation and the lines under it, without empty lines around them.
struct Section {
    /// `None` for the summary, which comes first.
    heading: Option<&'static str>,
    body: Vec<&'static str>,
}

fn sections(module: &dyn AnyModule) -> Vec<Section> {
    let mut sections = vec![Section {
        heading: None,
        body: Vec::new(),
    }];
    let mut in_code = false;
    for line in doc_lines(module) {
        in_code ^= line.starts_with("```");
        match line.strip_prefix("# ").filter(|_| !in_code) {
            Some(heading) => sections.push(Section {
                heading: Some(heading),
                body: Vec::new(),
            }),
            None => {
                if let Some(section) = sections.last_mut()
                    && !(section.body.is_empty() && line.is_empty())
                {
                    section.body.push(line);
                }
            }
        }
    }
    for section in &mut sections {
        while section.body.last().is_some_and(|line| line.is_empty()) {
            section.body.pop();
        }
    }
    sections
}

/// The leading `//!` lines of a module's source.
fn doc_lines(module: &dyn AnyModule) -> impl Iterator<Item = &'static str> {
    let lines = module
        .source()
        .lines()
        .map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line))
}
