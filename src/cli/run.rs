//! `tminus run`: probe, judge, report.

use super::conduct::Conduct;
use super::loading::Loading;
use super::output::Output;
use super::{Failure, interview};

/// Probe the systems of a checklist, judge, and write the reports
///
/// Contacts what the checklist names (see `tminus plan` for a list), judges what it observed, prints the
/// verdict, and writes `report.pdf` (signed) and `report.json`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    loading: Loading,
    #[command(flatten)]
    conduct: Conduct,
    /// Ask a person at the terminal to sign off open manual items
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
