//! `tminus schema`: the JSON Schema of a checklist.

use crate::checklist;
use crate::checks::REGISTRY;

use super::{Failure, exit, terminal};

/// Print the JSON Schema of a checklist, for completion and validation in an editor
///
/// For taplo (the TOML language server), put this line at the top of a checklist:
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
