//! `tminus judge`: judge a recorded run again, under the same or other thresholds.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::checks::REGISTRY;
use crate::engine::judge_again;
use crate::instrument::clock::SystemClock;
use crate::model::{Clock as _, RunRecord, Status};
use crate::report::{console, dossier};

use super::checklist_args::{self, Variables};
use super::output::{Output, Signing};
use super::run_options::random_id;
use super::{Failure, bounds, exit, files, terminal};

const EXIT_CODES: &str = "\
Exit codes:
  0    GO
  1    NO-GO: a blocker failed, and no waiver accepts it
  2    the command line, the checklist or the record is wrong
  3    UNDETERMINED: no blocker failed, but one could not be determined
  4    the new record could not be written
  130  the recorded run was interrupted by Ctrl-C (143: by SIGTERM,
       129: by SIGHUP)";

/// Judge a recorded run again, with the thresholds of another checklist; contacts nothing
///
/// Use it to try new thresholds on a run that you recorded, or a new version of tminus on an old record. A check that the
/// run did not record is an error, never a pass. The new record names the run that made the observations. Judge the PDF to
/// keep the evidence; report.json holds only its digests.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Args {
    /// The run record: report.json, or a report.pdf that holds it
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    /// The checklist to judge by; `-` reads standard input [default: the recorded settings]
    #[arg(long, value_name = "FILE")]
    checklist: Option<PathBuf>,
    #[command(flatten)]
    variables: Variables,
    /// Write the reports of the new judgement to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Reports to write with --out: pdf, json, junit, openmetrics
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "json",
        requires = "out"
    )]
    format: Vec<String>,
    #[command(flatten)]
    signing: Signing,
}

impl Args {
    pub(super) fn execute(self, no_color: bool) -> Result<u8, Failure> {
        let bounds = bounds::watch("judge", &self.report)?;
        let unreadable =
            |error: String| Failure::usage(format!("{}: {error}", self.report.display()));
        let file = files::read(&self.report)?;
        let recorded = dossier::read(&file).map_err(unreadable)?;
        drop(file);
        let checklist = match &self.checklist {
            Some(path) => Some(checklist_args::load(path, self.variables, no_color)?),
            None => None,
        };
        let id = random_id().map_err(|error| Failure::unwritten(error.to_string()))?;
        let now = SystemClock.now();
        let judged = judge_again(&recorded.record, REGISTRY, checklist.as_ref(), id, now)
            .map_err(Failure::usage)?;
        drop(bounds);
        let changes = changes(&recorded.record, &judged);
        let Some(out) = self.out else {
            let printed = terminal::result(&console::summary(&judged, terminal::style(no_color)));
            if let Err(lost) = &printed {
                terminal::failure(lost);
            }
            changes.iter().for_each(|line| terminal::message(line));
            return Ok(exit::of(&judged, printed.is_ok()));
        };
        let output = Output {
            out,
            format: self.format,
            signing: self.signing,
        };
        let code = output.prepare()?.finish(&recorded.with(judged), no_color);
        changes.iter().for_each(|line| terminal::message(line));
        Ok(code)
    }
}

/// What the new judgement changes, a line each.
fn changes(before: &RunRecord, after: &RunRecord) -> Vec<String> {
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
    let dropped = after
        .run
        .rejudged
        .iter()
        .flat_map(|rejudged| &rejudged.dropped);
    lines.extend(dropped.map(|check| {
        let id = &check.id;
        let waived = if check.waived { " (waived)" } else { "" };
        format!(
            "{id}: was {}{waived}, not in this checklist now",
            check.status
        )
    }));
    if lines.is_empty() {
        lines.push("no check changed its status".to_owned());
    }
    lines.push(format!(
        "recorded: {}, judged again: {}; nothing was contacted",
        before.headline, after.headline
    ));
    lines
}
