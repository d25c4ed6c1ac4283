//! What the probe writes down of renewal.

use serde::{Deserialize, Serialize};

use super::acme::seen::Walks;
use super::certificate_file::seen::CertificateFile;
use super::hot_swap::seen::Swap;

/// What was seen of renewal. Empty where nothing of it was asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Renewal {
    /// What stood in `file` or `secret-file`; none until it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) certificate_file: Option<CertificateFile>,
    /// What became of challenges of ACME, by host and address.
    #[serde(default, skip_serializing_if = "Walks::is_empty")]
    pub(crate) acme: Walks,
    /// What was seen of a hot swap; none where none was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) swap: Option<Swap>,
}

impl Renewal {
    /// Whether nothing was seen.
    pub(crate) fn is_empty(&self) -> bool {
        self.certificate_file.is_none() && self.acme.is_empty() && self.swap.is_none()
    }
}
