//! Reads files, bounded in size, and knows where lines begin.
#![allow(
    clippy::disallowed_methods,
    reason = "this is where checklists and the files they name are read"
)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::model::checklist::Position;
use crate::model::digest::sha256_hex;

/// Largest checklist file, in bytes. Ten thousand checks need less.
pub(super) const LARGEST: u64 = 4 << 20;

/// The keys whose lines are not TOML, by the first byte of the header they belong to.
pub(super) type Lost = BTreeMap<usize, BTreeSet<String>>;

/// Bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Index of the file, in the order they were read.
    pub file: usize,
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Place {
    pub(super) fn new(file: usize, span: Range<usize>) -> Self {
        Self {
            file,
            start: span.start,
            end: span.end,
        }
    }
}

/// A file as it was read.
pub(super) struct Source {
    /// As it was named.
    pub path: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether its bytes are UTF-8; if not, the text replaces the invalid ones.
    pub utf8: bool,
    /// Its text; empty if it could not be read.
    pub text: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// What can be read of a text that is not TOML, once that was tried, and what was lost.
    pub(super) recovered: OnceLock<Option<(String, Lost)>>,
    lines: Vec<usize>,
}

impl Source {
    pub(super) fn new(path: &Path, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let newlines = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(newlines).collect();
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        Self {
            path: path.display().to_string(),
            folder,
            utf8: std::str::from_utf8(bytes).is_ok(),
            sha256: sha256_hex(bytes),
            text,
            recovered: OnceLock::new(),
            lines,
        }
    }

    /// The path of a file that this one names, relative to its own folder.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        beside(&self.folder, name)
    }

    /// The line of a byte, as the record names it.
    pub(super) fn position_of(&self, at: usize) -> Position {
        Position {
            path: self.path.clone(),
            line: self.position(at).0,
        }
    }

    /// Line and column of a byte, both counted from 1, columns in characters.
    pub(super) fn position(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= at);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start..at.min(self.text.len()));
        (line, before.map_or(0, |text| text.chars().count()) + 1)
    }

    /// The bytes of the line that holds a byte, without its end.
    pub(super) fn line(&self, at: usize) -> Range<usize> {
        let line = self.lines.partition_point(|start| *start <= at);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let end = self.lines.get(line).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end).unwrap_or_default();
        start..start + text.trim_end_matches(['\n', '\r']).len()
    }
}

/// The path of a file in a folder, without a `./` in front.
pub(super) fn beside(folder: &Path, name: &str) -> PathBuf {
    if folder == Path::new(".") {
        PathBuf::from(name)
    } else {
        folder.join(name)
    }
}

/// The bytes of a file that a setting names. Only a regular file is read: a pipe or a device may never end.
pub(super) fn read_input(path: &Path, largest: u64) -> Result<Vec<u8>, Unreadable> {
    match std::fs::metadata(path) {
        Ok(about) if !about.is_file() && !about.is_dir() => Err(Unreadable {
            problem: format!("cannot read `{}`: it is not a regular file", path.display()),
            help: None,
        }),
        _ => read(path, largest),
    }
}

/// Why a file could not be read: in words, and what to do.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub problem: String,
    pub help: Option<&'static str>,
}

/// The bytes of a file of at most `largest` bytes.
pub(super) fn read(path: &Path, largest: u64) -> Result<Vec<u8>, Unreadable> {
    let file = File::open(path);
    bounded(&format!("`{}`", path.display()), largest, file)
}

/// At most `largest` bytes from standard input.
pub(super) fn read_stdin(largest: u64) -> Result<Vec<u8>, Unreadable> {
    bounded("standard input", largest, Ok(io::stdin().lock()))
}

fn bounded(
    shown: &str,
    largest: u64,
    from: io::Result<impl io::Read>,
) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    let read = from.and_then(|from| from.take(largest + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        let (why, help): (Cow<'_, str>, _) = match error.kind() {
            io::ErrorKind::NotFound => ("no such file".into(), None),
            io::ErrorKind::IsADirectory => ("it is a folder".into(), Some("name a file in it")),
            io::ErrorKind::PermissionDenied => (
                "permission denied".into(),
                Some("make it readable for the user that runs tminus"),
            ),
            _ => (error.to_string().into(), None),
        };
        return Err(Unreadable {
            problem: format!("cannot read {shown}: {why}"),
            help,
        });
    }
    if bytes.len() as u64 > largest {
        let limit = bytesize::ByteSize(largest).display().iec();
        return Err(Unreadable {
            problem: format!("{shown} is larger than {limit}, the limit for this file"),
            help: None,
        });
    }
    Ok(bytes)
}
