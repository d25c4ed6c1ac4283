//! `run --interactive`: asks a person for sign-offs before anything is contacted, so that no deadline runs while the
//! person thinks.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use crate::model::plan::{Answer, Question};
use crate::model::{Check, Checklist};
use crate::report::escape;

pub(super) use super::run_options::Answers;
use super::{Failure, terminal};

/// Asks every open question of the checklist.
///
/// # Errors
/// When there is no terminal to ask on.
pub(super) fn ask(checklist: &Checklist) -> Result<Answers, Failure> {
    let open: Vec<_> = checklist
        .checks
        .iter()
        .map(|check| (check, check.prepared.plan().questions))
        .collect();
    if open.iter().all(|(_, questions)| questions.is_empty()) {
        return Ok(Answers::new());
    }
    if !terminal::can_ask() {
        return Err(Failure::usage("--interactive needs a terminal")
            .hint("sign the items off in the checklist instead, under [check.signed-off]"));
    }
    let gone = |error| Failure::usage(format!("cannot ask on the terminal: {error}"));
    let by = terminal::ask("Your name, as it should appear in the report:").map_err(gone)?;
    let mut answers = Answers::new();
    for (check, questions) in open
        .into_iter()
        .filter(|(_, questions)| !questions.is_empty())
    {
        answers.insert(
            check.id.clone(),
            Arc::new(answer(check, questions, &by).map_err(gone)?),
        );
    }
    Ok(answers)
}

fn answer(
    check: &Check,
    questions: Vec<Question>,
    by: &str,
) -> io::Result<BTreeMap<String, Answer>> {
    terminal::lines(&format!("\n{}", escape::text(&check.title)));
    questions
        .into_iter()
        .map(|question| {
            terminal::message(&format!("  {}", escape::text(&question.text)));
            let accepted = yes_or_no()?;
            let note = terminal::ask("  Remark (optional):")?;
            Ok((
                question.key,
                Answer {
                    accepted,
                    by: by.to_owned(),
                    note,
                },
            ))
        })
        .collect()
}

fn yes_or_no() -> io::Result<bool> {
    loop {
        match terminal::ask("  Do you sign this off? [yes/no]")?
            .to_lowercase()
            .as_str()
        {
            "yes" | "y" => return Ok(true),
            "no" | "n" => return Ok(false),
            _ => terminal::message("  Please answer yes or no."),
        }
    }
}
