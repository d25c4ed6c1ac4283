//! `tminus schema`: the JSON Schema of a checklist, or of the run record.

use crate::checklist;
use crate::checks::REGISTRY;
use crate::report::json;

use super::{Failure, exit, terminal};

/// Print the JSON Schema of a checklist, for completion and validation in an editor
///
/// For taplo (the TOML language server), put this line at the top of a checklist:
///
///     #:schema ./checklist.schema.json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// Print the schema of the run record, report.json, instead
    #[arg(long)]
    report: bool,
}

impl Args {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let schema = if self.report {
            json::schema()
        } else {
            checklist::schema(REGISTRY)
        };
        terminal::result(&format!("{schema:#}\n"))?;
        Ok(exit::GO)
    }
}
