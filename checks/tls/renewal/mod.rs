//! Renewal: whether what an ACME client (RFC 8555) writes, serves and swaps reaches the clients.

mod disk;
mod file;

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Settings;
use super::observation::Observation;
use crate::model::{Complaint, Finding, Notebook};

pub(super) use disk::Disk;
pub(super) use file::claims;

/// What was seen of renewal. Empty where nothing of it was asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Renewal {
    /// What stood in `file` or `secret-file`; none until it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) disk: Option<Disk>,
}

impl Renewal {
    /// Whether nothing was seen.
    pub(super) fn is_empty(&self) -> bool {
        self.disk.is_none()
    }
}

/// The file that servers are said to serve, as the checklist names it.
fn served_file(settings: &Settings) -> Option<&Path> {
    let named = settings.file.as_ref().or(settings.secret_file.as_ref());
    named.map(AsRef::as_ref)
}

/// Rules between the settings of renewal.
pub(super) fn review(settings: &Settings) -> Option<Complaint> {
    (settings.file.is_some() && settings.secret_file.is_some()).then(|| {
        Complaint::new("secret-file", "`file` and `secret-file` exclude each other")
            .help("name one of them: `secret-file` where the private key stands in the same file")
    })
}

/// Reads what does not depend on any endpoint.
pub(super) async fn read(settings: &Settings, folder: &Path, notes: &Notebook<Observation>) {
    if let Some(path) = served_file(settings) {
        let disk = disk::read(folder.join(path), notes).await;
        notes.note(|page| page.renewal.disk = Some(disk));
    }
}

/// What is found of the check as a whole rather than of an endpoint.
pub(super) fn findings(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    served_file(settings)
        .map(|path| {
            file::findings(
                path,
                settings.secret_file.is_some(),
                &observation.renewal.disk,
            )
        })
        .unwrap_or_default()
}
