//! `tminus schema`: the JSON Schema of a checklist.

use crate::checklist;
use crate::checks::REGISTRY;

use super::{Failure, exit, terminal};

/// Print a JSON Schema with which an editor completes and validates checklists
///
/// With taplo (the TOML language server), put this at the top of a checklist:
///
///     #:schema ./checklist.schema.json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {}

impl Args {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        terminal::result(&format!("{:#}\n", checklist::schema(REGISTRY)));
        Ok(exit::GO)
    }
}
