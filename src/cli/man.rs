//! `tminus man`: the manual page.

use clap_mangen::Man;

use super::{Failure, exit, terminal};

/// Print the manual page of tminus, or of one of its commands
///
/// To read one: tminus man run | man -l -
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The command
    command: Option<String>,
}

impl Args {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let mut tree = super::command().disable_help_subcommand(true);
        tree.build();
        let page = match &self.command {
            None => tree,
            Some(name) => {
                let found = tree.find_subcommand(name).cloned();
                found.ok_or_else(|| Failure::usage(format!("unknown command `{name}`")))?
            }
        };
        let mut roff = Vec::new();
        Man::new(page).render(&mut roff).map_err(|error| {
            Failure::unwritten(format!("cannot write the manual page: {error}"))
        })?;
        terminal::result(&String::from_utf8_lossy(&roff))?;
        Ok(exit::GO)
    }
}
