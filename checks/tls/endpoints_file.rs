//! Endpoints that stand in a file, one to a line.

use std::path::Path;

use super::endpoint::Endpoint;

/// The largest list that is read: more than a hundred thousand endpoints.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Reads a list: an endpoint to a line, empty lines and what follows `#` are passed over, and a name twice is
/// one. Reads a file: call it where that may block.
///
/// # Errors
/// What is wrong, with the line's number.
pub(crate) fn load(path: &Path, folder: &Path) -> Result<Vec<Endpoint>, String> {
    use std::io::Read as _;
    let shown = path.display();
    let unreadable = |error: std::io::Error| format!("cannot read {shown}: {error}");
    #[allow(
        clippy::disallowed_methods,
        reason = "the probe's door to the file of endpoints"
    )]
    let file = std::fs::File::open(folder.join(path)).map_err(unreadable)?;
    let mut text = String::new();
    let read = file.take(LARGEST + 1).read_to_string(&mut text);
    if read.map_err(unreadable)? as u64 > LARGEST {
        return Err(format!("{shown} is larger than 4 MiB"));
    }
    parse(&text).map_err(|(line, error)| match line {
        0 => format!("{shown}: {error}"),
        line => format!("{shown}:{line}: {error}"),
    })
}

pub(crate) fn parse(text: &str) -> Result<Vec<Endpoint>, (usize, String)> {
    let mut endpoints = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let endpoint: Endpoint = line.parse().map_err(|error| (number + 1, error))?;
        if known.insert(endpoint.to_string()) {
            endpoints.push(endpoint);
        }
    }
    if endpoints.is_empty() {
        return Err((0, "no endpoint stands in it".to_owned()));
    }
    Ok(endpoints)
}
