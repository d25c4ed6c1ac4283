//! `tminus run`: probe, judge, report.

use super::conduct::Conduct;
use super::loading::Loading;
use super::output::Output;
use super::{Failure, interview};

/// Probe the systems in a checklist, judge them, and write the reports
///
/// Contacts the systems that the checklist names (`tminus plan` lists them), judges what it observed, prints the
/// verdict, and writes `report.pdf` (signed) and `report.json`.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    #[command(flatten)]
    loading: Loading,
    #[command(flatten)]
    conduct: Conduct,
    /// Ask on the terminal for every open sign-off (module `manual`)
    #[arg(long)]
    interactive: bool,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn execute(self, no_color: bool) -> Result<u8, Failure> {
        let checklist = self.loading.load(no_color)?;
        let output = self.output.prepare()?;
        let answers = if self.interactive {
            interview::ask(&checklist)?
        } else {
            Default::default()
        };
        let dossier = self.conduct.run(&checklist, answers, no_color)?;
        Ok(output.finish(&dossier, no_color))
    }
}
