//! TOML text -> [`Checklist`]: positions, placeholders, includes, suggestions, JSON Schema.
//!
//! A checklist is read in passes, none of which contacts anything: gather the files ([`mod@include`]), parse each into
//! a table whose values know their positions ([`syntax`]), fill in placeholders ([`interpolate`]), decode every part
//! into its type ([`decode`]), and check the references between parts ([`references`]). No pass stops at its first
//! error; all errors come out together as [`Errors`].
//!
//! # Includes
//! Paths in `include` are relative to the including file. The checks of an included file come before those of the
//! including file, in the order of the list; a file that is reached twice is read once. An included file may hold
//! checks, waivers, `include` and `[defaults]`, but no `[launch]`. `[defaults]` apply to the checks of their own file
//! and of the files it includes, unless those files set their own.

mod broken;
mod check;
mod decode;
mod decode_message;
mod document;
mod error;
mod include;
mod interpolate;
mod keys;
mod launch;
mod mask;
mod recover;
mod references;
mod retries;
mod schema;
mod schema_keys;
mod secret_uses;
mod secret_values;
mod slips;
mod source;
mod syntax;
#[cfg(test)]
mod tests;
mod unclosed;
mod values;
mod waiver;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use crate::model::{Checklist, Registry};

pub use error::Errors;
pub use schema::schema;

/// The values of placeholders.
pub struct Inputs<'a> {
    /// `${var:NAME}`: the values of `--var NAME=VALUE`.
    pub vars: BTreeMap<String, String>,
    /// `${env:NAME}`: the value of an environment variable, if it is set.
    pub environment: &'a dyn Fn(&str) -> Option<OsString>,
}

/// Reads a checklist and everything it includes. Contacts nothing.
///
/// # Errors
/// Everything that is wrong with any of the files: where, what was expected, and how to fix it.
pub fn load(path: &Path, registry: Registry, inputs: &Inputs<'_>) -> Result<Checklist, Errors> {
    document::load(path, registry, inputs)
}
