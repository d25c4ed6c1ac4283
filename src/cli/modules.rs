//! `tminus modules`: documentation generated from the code.

use crate::checks::REGISTRY;

use super::{Failure, documentation, exit, terminal};

/// List the check modules, or explain one and its settings
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The module to explain
    name: Option<String>,
}

impl Args {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let text = match self.name {
            None => list(),
            Some(name) => {
                let module = REGISTRY.get(&name).ok_or_else(|| unknown(&name))?;
                documentation::page(module)
            }
        };
        terminal::result(&text)?;
        Ok(exit::GO)
    }
}

fn list() -> String {
    let lines = REGISTRY
        .iter()
        .map(|module| format!("{:<10} {}", module.name(), documentation::summary(module)))
        .map(|line| terminal::wrap(&line, "           ") + "\n");
    lines
        .chain([
            "\nRun `tminus modules NAME` for the settings, an example and how to fix failures.\n"
                .to_owned(),
        ])
        .collect()
}

fn unknown(name: &str) -> Failure {
    let known: Vec<_> = REGISTRY.iter().map(|module| module.name()).collect();
    Failure::usage(format!("unknown module `{name}`"))
        .hint(format!("expected one of: {}", known.join(", ")))
}
