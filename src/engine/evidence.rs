//! Evidence bears out an observation, and the observation refers to each piece by its digest. So a file that no probe
//! kept cannot be added to a report, and one that a probe kept cannot be left out.
//!
//! An attempt that a later one replaced keeps its references, not its evidence. A record judged again from
//! `report.json` has no evidence at hand and lists less than its observations refer to.

use std::fmt;

use crate::model::observation;
use crate::model::{CheckRecord, RunRecord};

/// Evidence and observation of one check that do not belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mismatch<'a> {
    /// A piece that the observation does not refer to: its name.
    Unreferenced(&'a str),
    /// A digest that the observation refers to, without such a piece.
    Missing(String),
}

impl fmt::Display for Mismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreferenced(name) => write!(
                f,
                "has evidence `{name}`, and its observation does not refer to it"
            ),
            Self::Missing(sha256) => write!(
                f,
                "refers to evidence with SHA-256 {sha256} that the record does not list"
            ),
        }
    }
}

/// What does not belong together in one check of a record.
pub(super) fn mismatches<'a>(record: &RunRecord, check: &'a CheckRecord) -> Vec<Mismatch<'a>> {
    let observation = check.observation.as_deref();
    // An observation that cannot be read refers to nothing; judging it says what is wrong with it.
    let mut referred = observation
        .and_then(|seen| observation::evidence_of(seen).ok())
        .unwrap_or_default();
    referred.sort_unstable();
    let mut found = Vec::new();
    for piece in &check.evidence {
        match referred.binary_search(&piece.sha256) {
            // Each reference stands for one piece, also where two have the same bytes.
            Ok(at) => drop(referred.remove(at)),
            Err(_) => found.push(Mismatch::Unreferenced(&piece.name)),
        }
    }
    if record.run.rejudged.is_none() {
        found.extend(referred.into_iter().map(Mismatch::Missing));
    }
    found
}
