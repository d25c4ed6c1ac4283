//! `tminus completions`: completion scripts for shells.

use clap_complete::Shell;

use super::{Failure, exit, terminal};

/// Print a completion script for a shell
///
/// For bash:
///
///     tminus completions bash > ~/.local/share/bash-completion/completions/tminus
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

impl Args {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "tminus", &mut script);
        terminal::result(&String::from_utf8_lossy(&script))?;
        Ok(exit::GO)
    }
}
