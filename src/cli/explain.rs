//! `tminus explain`: the page of a rule.

use std::fmt::Write as _;

use crate::checks::REGISTRY;
use crate::model::{Rule, run_rules, suggest};

use super::documentation::all_rules;
use super::{Failure, exit, terminal};

/// Explain a rule: what it requires, why it matters, and how to fix a failure
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The rule, as a report names it: tls/chain-expiry
    rule: String,
}

impl Args {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let rule = all_rules(REGISTRY).find(|rule| rule.id == self.rule);
        let rule = rule.ok_or_else(|| unknown(&self.rule))?;
        terminal::result(&page(rule))?;
        Ok(exit::GO)
    }
}

fn page(rule: &Rule) -> String {
    let Rule {
        id,
        summary,
        why,
        fix,
    } = rule;
    let (module, _) = id.split_once('/').unwrap_or((id, ""));
    let summary = terminal::wrap(&format!("{summary}."), "");
    let why = terminal::wrap(&format!("  {why}"), "  ");
    let fix = terminal::wrap(&format!("  {fix}"), "  ");
    let mut page = format!("{id}\n\n{summary}\n\nWhy it matters\n{why}\n\nHow to fix it\n{fix}\n");
    if !run_rules::is_of_the_run(id) {
        let _ = write!(
            page,
            "\nTo accept its findings in a check until a given date, add to the checklist:\n\n  [[waiver]]\n  check = \
             \"CHECK\"\n  rule = \"{id}\"\n  reason = \"...\"\n  approved-by = \"...\"\n  expires = \
             2026-11-25T00:00:00Z\n"
        );
    }
    if REGISTRY.get(module).is_some() {
        let _ = writeln!(
            page,
            "\nRun `tminus modules {module}` for the module's settings and its other rules."
        );
    }
    page
}

/// The nearest rules: one with a similar name, else those of the module that is named, else where to look.
fn unknown(asked: &str) -> Failure {
    let failure = Failure::usage(format!("unknown rule `{asked}`"));
    if let Some(near) = suggest::did_you_mean(asked, all_rules(REGISTRY).map(|rule| rule.id)) {
        return failure.hint(near);
    }
    let module = asked.split('/').next().unwrap_or_default();
    let of_module: Vec<_> = all_rules(REGISTRY)
        .map(|rule| rule.id)
        .filter(|id| id.split('/').next() == Some(module))
        .collect();
    if of_module.is_empty() {
        return failure.hint("run `tminus modules NAME` for the rules of a module");
    }
    failure.hint(format!("rules of `{module}`: {}", of_module.join(", ")))
}
