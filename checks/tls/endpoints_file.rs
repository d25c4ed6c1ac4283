//! The file of `endpoints-file`: one endpoint per line.

use std::collections::HashSet;

use super::endpoint::Endpoint;
use crate::instrument::lines;
use crate::model::{InputFile, ProbeError};

/// The most endpoints of one check.
const MOST_ENDPOINTS: usize = 100_000;

/// Reads the list.
///
/// # Errors
/// When it holds something that is no endpoint, too many of them, or none.
pub(crate) fn read(file: &InputFile) -> Result<Vec<Endpoint>, ProbeError> {
    let path = file.path();
    let list = lines::parse(file.bytes(), MOST_ENDPOINTS, HashSet::new(), |text| {
        let endpoint = text.parse::<Endpoint>();
        // The list quotes the line already.
        let quoted = format!("\"{text}\" ");
        let endpoint = endpoint.map_err(|error| error.replacen(&quoted, "", 1))?;
        Ok((endpoint.to_string(), endpoint))
    });
    let list = list.map_err(|error| {
        let hint = "one endpoint per line, 100,000 at most; what follows a # is a comment";
        ProbeError::new(format!("{path}, {error}")).hint(hint)
    })?;
    match list.entries.is_empty() {
        true => Err(ProbeError::new(format!("{path} lists no endpoint"))),
        false => Ok(list.entries),
    }
}
