//! `tminus explain`: the page of a rule.

use std::fmt::Write as _;

use crate::checks::REGISTRY;
use crate::engine::rules;
use crate::model::{AnyModule, Rule, suggest};

use super::{Failure, exit, terminal};

/// Explain a rule: what it holds a system to, why it matters, and how to fix a failure
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The rule as a report names it, such as "tls/chain-expiry"
    rule: String,
}

impl Args {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let rule = all().find(|rule| rule.id == self.rule);
        let rule = rule.ok_or_else(|| unknown(&self.rule))?;
        terminal::result(&page(rule));
        Ok(exit::GO)
    }
}

/// Every rule of this build, the engine's own last.
fn all() -> impl Iterator<Item = &'static Rule> {
    let modules = REGISTRY.iter().flat_map(AnyModule::rules);
    modules.chain(rules::RULES)
}

fn page(rule: &Rule) -> String {
    let Rule {
        id,
        summary,
        why,
        fix,
    } = rule;
    let (module, _) = id.split_once('/').unwrap_or((id, ""));
    let mut page = format!(
        "{id}\n\n{summary}.\n\nWhy it matters\n  {why}\n\nHow to fix it\n  {fix}\n\nTo accept its findings, with a name \
         and an end:\n\n  [[waiver]]\n  check = \"...\"\n  rule = \"{id}\"\n  reason = \"...\"\n  approved-by = \
         \"...\"\n  expires = 2026-11-25T00:00:00Z\n"
    );
    if REGISTRY.get(module).is_some() {
        let _ = writeln!(page, "\n`tminus modules {module}` explains the module.");
    }
    page
}

/// The nearest rules: one that is spelt alike, else those of the module that is named, else all modules.
fn unknown(asked: &str) -> Failure {
    let failure = Failure::usage(format!("no rule is named `{asked}`"));
    if let Some(near) = suggest::did_you_mean(asked, all().map(|rule| rule.id)) {
        return failure.hint(near);
    }
    let module = asked.split('/').next().unwrap_or_default();
    let of_module: Vec<_> = all()
        .map(|rule| rule.id)
        .filter(|id| id.split('/').next() == Some(module))
        .collect();
    if of_module.is_empty() {
        return failure.hint("`tminus modules NAME` lists the rules of a module");
    }
    failure.hint(format!(
        "the rules of `{module}` are {}",
        of_module.join(", ")
    ))
}
