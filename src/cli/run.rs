//! `tminus run`: probe, judge, report.

use super::checklist_args::ChecklistArgs;
use super::output::Output;
use super::run_options::RunOptions;
use super::{Failure, sign_off};

/// Probe the systems in a checklist, judge them, and write the reports
///
/// Contacts the systems that the checklist names (`tminus plan` lists them), judges what it observed, prints the
/// verdict, and writes `report.pdf` (signed) and `report.json`.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    #[command(flatten)]
    checklist: ChecklistArgs,
    #[command(flatten)]
    options: RunOptions,
    /// Ask on the terminal for every open sign-off (module `manual`)
    #[arg(long)]
    interactive: bool,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn execute(self, no_color: bool) -> Result<u8, Failure> {
        let output = self.output.prepare()?;
        let checklist = self.checklist.load(no_color)?;
        let answers = if self.interactive {
            sign_off::ask(&checklist)?
        } else {
            Default::default()
        };
        let dossier = self.options.run(&checklist, answers, no_color)?;
        Ok(output.finish(&dossier, no_color))
    }
}
