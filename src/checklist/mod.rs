//! TOML text -> [`Checklist`]: positions, placeholders, includes, suggestions, JSON Schema.
//!
//! A checklist is read in passes, and nothing is contacted by any of them: the files are gathered ([`mod@include`]),
//! each is parsed to a table whose values know where they stand ([`syntax`]), placeholders are filled in
//! ([`interpolate`]), every part is decoded into its type ([`decode`]), and the rules between parts are checked
//! ([`references`]). No pass stops at the first error; all of them come out together as [`Errors`].
//!
//! # Includes
//! `include` names files relative to the file it stands in. Their checks come before those of the including file,
//! in the order of the list; a file that is reached twice is read once. An included file may hold checks, waivers,
//! `include` and `[defaults]`; `[launch]` stands in the checklist itself. `[defaults]` hold for the checks of their
//! own file and of the files it includes, unless those say otherwise.

mod check;
mod decode;
mod document;
mod error;
mod include;
mod interpolate;
mod keys;
mod launch;
mod mask;
mod references;
mod repeats;
mod schema;
mod shape;
mod source;
mod syntax;
#[cfg(test)]
mod tests;
mod values;
mod waiver;
mod wording;

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::{Checklist, Registry};

pub use error::Errors;
pub use schema::schema;

/// What placeholders are filled in from.
pub struct Inputs<'a> {
    /// `${var:NAME}`: what `--var NAME=VALUE` gave.
    pub vars: BTreeMap<String, String>,
    /// `${env:NAME}`: the value of an environment variable, if it is set and UTF-8.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

/// Reads a checklist and everything it includes. Contacts nothing.
///
/// # Errors
/// Everything that is wrong with any of the files, each with its place, what was expected, and how to mend it.
pub fn load(path: &Path, registry: Registry, inputs: &Inputs<'_>) -> Result<Checklist, Errors> {
    document::load(path, registry, inputs)
}
