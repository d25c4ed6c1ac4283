//! `tminus plan`: what a run would do, from the checklist alone.

use std::fmt::Write as _;

use crate::model::units::Period;
use crate::model::{Check, Checklist, Touch, Waiver};
use crate::report::{escape, words};

use super::checklist_args::ChecklistArgs;
use super::{Failure, exit, terminal};

/// Show what a run would contact, by check and with what load; contacts nothing
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    checklist: ChecklistArgs,
}

impl Args {
    pub(super) fn execute(self, no_color: bool) -> Result<u8, Failure> {
        let checklist = self.checklist.load(no_color)?;
        terminal::result(&describe(&checklist))?;
        Ok(exit::GO)
    }
}

fn describe(checklist: &Checklist) -> String {
    let mut text = String::new();
    for check in &checklist.checks {
        describe_check(&mut text, check, &checklist.waivers);
    }
    let needs_allow = |check: &&Check| check.prepared.plan().touch != Touch::Read;
    let allowed = match checklist.checks.iter().filter(needs_allow).count() {
        0 => String::new(),
        number => format!(", {number} of them only with --allow"),
    };
    let checks = words::count(checklist.checks.len(), "check");
    let _ = writeln!(text, "{checks}{allowed}. Nothing was contacted.");
    text
}

fn describe_check(text: &mut String, check: &Check, waivers: &[Waiver]) {
    let plan = check.prepared.plan();
    let mut lines = vec![(
        "module",
        format!("{}, {}, {}", check.module, check.severity, plan.touch),
    )];
    if plan.touch != Touch::Read {
        lines.push(("allow", format!("runs only with --allow {}", plan.touch)));
    }
    if !check.needs.is_empty() {
        lines.push(("after", check.needs.join(", ")));
    }
    for target in &plan.targets {
        lines.push(("contacts", target.to_string()));
    }
    if !plan.load.is_empty() {
        lines.push(("load", plan.load));
    }
    let attempts = check.retries + 1;
    let timeout = Period(check.timeout);
    lines.push((
        "deadline",
        if attempts == 1 {
            format!("{timeout}, one attempt")
        } else {
            format!("{timeout} per attempt, up to {attempts} attempts")
        },
    ));
    for waiver in waivers.iter().filter(|waiver| waiver.check == check.id) {
        lines.push(("waiver", accepted(waiver)));
    }
    for question in &plan.questions {
        lines.push(("asks", question.text.clone()));
    }
    let _ = writeln!(
        text,
        "{}  {}",
        escape::text(&check.id),
        escape::text(&check.title)
    );
    for (label, value) in lines {
        let line = format!("  {label:<9} {}", escape::text(&value));
        let _ = writeln!(text, "{}", terminal::wrap(&line, "            "));
    }
    text.push('\n');
}

/// Who accepts what, until when, and why.
fn accepted(waiver: &Waiver) -> String {
    let what = match (&waiver.rule, &waiver.subject) {
        (None, None) => "any failure".to_owned(),
        (Some(rule), None) => format!("rule {rule}"),
        (None, Some(subject)) => format!("subject {subject}"),
        (Some(rule), Some(subject)) => format!("rule {rule}, subject {subject}"),
    };
    format!(
        "{} accepts {what} until {}: {}",
        waiver.approved_by,
        words::instant(waiver.expires),
        waiver.reason
    )
}
