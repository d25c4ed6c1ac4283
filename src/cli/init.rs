//! `tminus init`: a starter checklist that loads as is.
#![allow(
    clippy::disallowed_methods,
    reason = "a new file is created, never overwritten"
)]

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use crate::instrument::limits;

use super::{Failure, exit, terminal};

/// The starter checklists, by name.
const TEMPLATES: &[(&str, &str)] = &[("starter", include_str!("../../templates/starter.toml"))];

/// Write a commented starter checklist
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file to write
    #[arg(default_value = "tminus.toml")]
    path: PathBuf,
    /// The template to start from
    #[arg(long, value_name = "NAME", default_value = "starter", value_parser = template)]
    template: &'static str,
}

impl Args {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let path = self.path.display();
        let mut file = File::create_new(&self.path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                Failure::usage(format!("{path} already exists; it was left unchanged"))
                    .hint("name another file: tminus init other.toml")
            }
            _ => Failure::unwritten(format!("cannot write {path}: {error}")),
        })?;
        if let Err(error) = file.write_all(self.template.as_bytes()) {
            let _ = std::fs::remove_file(&self.path); // half a checklist is worse than none
            let failed = limits::explain(&format!("cannot write {path}"), &error);
            return Err(Failure::unwritten(failed));
        }
        terminal::message(&format!(
            "wrote {path}; next, run: tminus plan {path}, then tminus run {path}"
        ));
        Ok(exit::GO)
    }
}

fn template(name: &str) -> Result<&'static str, String> {
    let known = TEMPLATES.iter().find(|(known, _)| *known == name);
    known.map(|(_, text)| *text).ok_or_else(|| {
        let names: Vec<_> = TEMPLATES.iter().map(|(name, _)| *name).collect();
        format!("expected one of: {}", names.join(", "))
    })
}
