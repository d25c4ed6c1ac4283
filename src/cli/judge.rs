//! `tminus judge`: judge a recorded run again, under the same or other thresholds.

use std::path::PathBuf;

use crate::checks::REGISTRY;
use crate::engine::rejudge;
use crate::model::RunRecord;
use crate::report::{console, json, write};

use super::checklist_args::{self, Variables};
use super::{Failure, exit, files, terminal};

const EXIT_CODES: &str = "\
Exit codes:
  0    GO
  1    NO-GO: a blocker failed, and no waiver accepts it
  2    the command line, the checklist or the record is wrong
  3    UNDETERMINED: no blocker failed, but one could not be determined
  4    the new record could not be written
  130  the recorded run was interrupted by Ctrl-C (143: by SIGTERM)";

/// Judge a recorded run again, with the thresholds of another checklist; contacts nothing
///
/// Use it to try new thresholds on a run that you recorded, or a new version of tminus on an old record. A check that the
/// run did not record is an error, never a pass.
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
        let recorded = json::from_json(&files::read(&self.report)?)
            .map_err(|error| Failure::usage(format!("{}: {error}", self.report.display())))?;
        let checklist = match &self.checklist {
            Some(path) => Some(checklist_args::load(path, self.variables, no_color)?),
            None => None,
        };
        let judged = rejudge(&recorded, REGISTRY, checklist.as_ref()).map_err(Failure::usage)?;
        terminal::result(&console::summary(&judged, terminal::style(no_color)));
        terminal::message(&changes(&recorded, &judged));
        if let Some(folder) = &self.out {
            write::prepare(folder).map_err(Failure::unwritten)?;
            let path = folder.join(json::FILE);
            write::file(&path, &json::to_json(&judged)).map_err(Failure::unwritten)?;
            terminal::message(&format!("wrote {}", path.display()));
        }
        Ok(exit::of(&judged, true))
    }
}

/// What the new judgement changes.
fn changes(before: &RunRecord, after: &RunRecord) -> String {
    let mut lines: Vec<String> = after
        .checks
        .iter()
        .filter_map(|check| {
            let was = before
                .checks
                .iter()
                .find(|old| old.id == check.id)
                .map(|old| old.status);
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
        before.headline, after.headline
    ));
    lines.join("\n")
}
