//! User documentation generated from the code: the doc comment at the top of a module's `mod.rs`, with its settings,
//! rules and measures filled in. `tminus modules` prints it; the README and `docs` hold copies that a test compares.

use std::fmt::Write as _;

use crate::engine::rules;
use crate::model::{AnyModule, Registry, Rule};

use super::settings_table::{cell, settings_table};

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

/// Every rule of this build, the engine's own last.
pub fn all_rules(registry: Registry) -> impl Iterator<Item = &'static Rule> {
    registry.rules()
}

/// All rules as Markdown, each with why it matters and how to fix a failure.
pub fn rules_page(registry: Registry) -> String {
    let mut text = "# Rules\n\nEvery finding is an instance of a rule. `tminus explain RULE` prints its page. A waiver may \
                    name a rule\nto accept only its findings.\n"
        .to_owned();
    for module in registry.iter() {
        let heading = format!("`{}`", module.name());
        let about = format!("See [{}](modules/{}.md).", heading, module.name());
        rules_of(&mut text, &heading, &about, module.rules());
    }
    let about = "What tminus reports about a check or the run itself, whatever the module.";
    rules_of(&mut text, "`run`", about, rules::RULES);
    text
}

fn rules_of(text: &mut String, heading: &str, about: &str, rules: &[Rule]) {
    if rules.is_empty() {
        return;
    }
    let _ = write!(text, "\n## {heading}\n\n{about}\n");
    for rule in rules {
        let Rule {
            id,
            summary,
            why,
            fix,
        } = rule;
        let _ = write!(
            text,
            "\n### {id}\n\n{summary}.\n\n- Why it matters: {why}\n- How to fix it: {fix}\n"
        );
    }
}

/// A module's documentation as Markdown. Its settings and rules come under the heading `Settings`, its measures after
/// `How to fix it`.
pub fn page(module: &dyn AnyModule) -> String {
    let mut text = format!("# `{}`\n", module.name());
    for section in sections(module) {
        text.push('\n');
        if let Some(heading) = section.heading {
            let _ = write!(text, "## {heading}\n\n");
        }
        if section.heading == Some("Settings") {
            text.push_str(&settings_table(module));
            if !section.body.is_empty() {
                text.push('\n');
            }
        }
        for line in section.body {
            let _ = writeln!(text, "{line}");
        }
        match section.heading {
            Some("Settings") => rules_table(&mut text, module),
            Some("How to fix it") => measures_table(&mut text, module),
            _ => {}
        }
    }
    text
}

fn rules_table(text: &mut String, module: &dyn AnyModule) {
    let rules = module.rules();
    if rules.is_empty() {
        return;
    }
    text.push_str(
        "\n## Rules\n\nEvery finding is an instance of one of these. `tminus explain RULE` says why it matters and \
         how to fix a failure.\n\n| rule | what passes |\n| --- | --- |\n",
    );
    for rule in rules {
        let _ = writeln!(text, "| `{}` | {} |", rule.id, cell(rule.summary));
    }
}

fn measures_table(text: &mut String, module: &dyn AnyModule) {
    let families = module.measures();
    if families.is_empty() {
        return;
    }
    text.push_str(
        "\n## Measures\n\nNumbers for dashboards and trends: in `report.json` and, with `--format openmetrics`, in \
         `report.prom`.\n\n| measure | unit | labels | meaning |\n| --- | --- | --- | --- |\n",
    );
    for family in families {
        let labels: Vec<_> = family
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            family.name,
            family.unit,
            labels.join(", "),
            cell(family.help)
        );
    }
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
