//! `tminus run`: probe, judge, report.

use super::checklist_args::ChecklistArgs;
use super::output::Output;
use super::run_options::RunOptions;
use super::{Failure, sign_off};

/// Probe the systems of a checklist, judge, and write the reports
///
/// Contacts what the checklist names (see `tminus plan` for a list), judges what it observed, prints the
/// verdict, and writes `report.pdf` (signed) and `report.json`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    checklist: ChecklistArgs,
    #[command(flatten)]
    options: RunOptions,
    /// Ask a person at the terminal to sign off open manual items
    #[arg(long)]
    interactive: bool,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn execute(self, no_color: bool) -> Result<u8, Failure> {
        let checklist = self.checklist.load(no_color)?;
        let output = self.output.prepare()?;
        let answers = if self.interactive {
            sign_off::ask(&checklist)?
        } else {
            Default::default()
        };
        let dossier = self.options.run(&checklist, answers, no_color)?;
        Ok(output.finish(&dossier, no_color))
    }
}
