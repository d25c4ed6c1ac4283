//! Reads files named on the command line, within bounds.
#![allow(
    clippy::disallowed_methods,
    reason = "reads what the command line names"
)]

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::Failure;

/// Largest report that is read, in bytes: a few copies of it fit into the bounds of the commands that read one.
const LIMIT: u64 = 128 * 1024 * 1024;

/// The bytes of a report.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error| Failure::usage(format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > LIMIT {
        return Err(Failure::usage(format!(
            "{} is larger than 128 MiB, too large for a report",
            path.display()
        )));
    }
    Ok(bytes)
}
