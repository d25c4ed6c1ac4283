//! One file per report format, each a pure function of the dossier: the run record and its evidence.
//!
//! A format is an entry in [`FORMATS`]: adding one takes its file and one line here.

pub mod audit;
pub mod claim;
pub mod console;
pub mod dossier;
pub mod json;
pub mod junit;
mod line_breaks;
pub mod openmetrics;
pub mod pdf;
pub mod signed;
pub mod words;
pub mod write;

use std::error::Error;
use std::fmt;

use jiff::Timestamp;

use crate::model::record::Dossier;
use crate::sign::Identity;

pub use self::write::WriteError;
pub use crate::model::escape;

/// Every format, in the order they are offered and written.
pub const FORMATS: &[Format] = &[
    signed::FORMAT,
    json::FORMAT,
    junit::FORMAT,
    openmetrics::FORMAT,
];

/// A way to write a dossier down.
pub struct Format {
    /// What `--format` calls it.
    pub name: &'static str,
    /// Its file in the output folder.
    pub file: &'static str,
    /// What it is for, in one line of help.
    pub about: &'static str,
    /// Makes the bytes of the file.
    pub render: fn(&Dossier, &RenderContext) -> Result<Vec<u8>, RenderError>,
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What a format may need besides the dossier.
#[derive(Debug)]
pub struct RenderContext {
    /// Who signs the PDF; without one it stays unsigned.
    pub identity: Option<Identity>,
    /// The instant that a signature states.
    pub signed_at: Timestamp,
}

/// The format of a name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// Why a format could not be made of a dossier.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct RenderError(Box<dyn Error + Send + Sync>);

impl RenderError {
    /// Wraps what stopped a format.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_files_are_unique() {
        let names: BTreeSet<_> = FORMATS.iter().map(|format| format.name).collect();
        let files: BTreeSet<_> = FORMATS.iter().map(|format| format.file).collect();
        assert_eq!((names.len(), files.len()), (FORMATS.len(), FORMATS.len()));
        assert!(format("json").is_some_and(|json| json.file == "report.json"));
        assert!(format("yaml").is_none());
    }
}
