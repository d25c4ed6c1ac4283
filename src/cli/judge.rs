//! `tminus judge`: judge a recorded run again, under the same or other thresholds.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::checks::REGISTRY;
use crate::engine::rejudge;
use crate::model::{RunRecord, Status};
use crate::report::{console, json, write};

use super::checklist_args::{self, Variables};
use super::{Failure, bounds, exit, files, terminal};

const EXIT_CODES: &str = "\
Exit codes:
  0  GO
  1  NO-GO: a blocker failed, and no waiver accepts it
  2  the command line, the checklist or the record is wrong
  3  UNDETERMINED: no blocker failed, but one could not be determined
  4  the new record could not be written
  130, 143, 129  as the recorded run ended: it was interrupted";

/// Judge a recorded run again, with the thresholds of another checklist; contacts nothing
///
/// Use it to see what a new threshold would have said of a run, or what a new version of tminus says of an old one.
/// A check of the checklist that the run did not record is an error, never a pass.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Args {
    /// The run record (report.json)
    #[arg(value_name = "REPORT.json")]
    report: PathBuf,
    /// The checklist to judge by [default: the recorded settings]
    #[arg(long, value_name = "FILE")]
    checklist: Option<PathBuf>,
    #[command(flatten)]
    variables: Variables,
    /// Write the new record to DIR/report.json
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Args {
    pub(super) fn execute(self, no_color: bool) -> Result<u8, Failure> {
        let bounds = bounds::watch("judge", &self.report)?;
        let recorded = json::from_json(&files::read(&self.report)?)
            .map_err(|error| Failure::usage(format!("{}: {error}", self.report.display())))?;
        let checklist = match &self.checklist {
            Some(path) => Some(checklist_args::load(path, self.variables, no_color)?),
            None => None,
        };
        let judged = rejudge(&recorded, REGISTRY, checklist.as_ref()).map_err(Failure::usage)?;
        drop(bounds);
        let printed = terminal::result(&console::summary(&judged, terminal::style(no_color)));
        if let Err(lost) = &printed {
            terminal::message(&lost.to_string());
        }
        terminal::message(&changes(&recorded, &judged));
        if let Some(folder) = &self.out {
            write::prepare(folder).map_err(Failure::unwritten)?;
            let path = folder.join(json::FILE);
            write::file(&path, &json::to_json(&judged)).map_err(Failure::unwritten)?;
            terminal::message(&format!("wrote {}", path.display()));
        }
        Ok(exit::of(&judged, printed.is_ok()))
    }
}

/// What the new judgement changes.
fn changes(before: &RunRecord, after: &RunRecord) -> String {
    let old = before
        .checks
        .iter()
        .map(|old| (old.id.as_str(), old.status));
    let old: HashMap<&str, Status> = old.collect();
    let mut lines: Vec<String> = after
        .checks
        .iter()
        .filter_map(|check| {
            let was = old.get(check.id.as_str()).copied();
            (was != Some(check.status)).then(|| match was {
                Some(was) => format!("{}: was {was}, now {}", check.id, check.status),
                None => format!("{}: was not recorded, now {}", check.id, check.status),
            })
        })
        .collect();
    if lines.is_empty() {
        lines.push("no check changed its status".to_owned());
    }
    lines.push(format!(
        "recorded: {}, judged again: {}; nothing was contacted",
        before.verdict, after.verdict
    ));
    lines.join("\n")
}
