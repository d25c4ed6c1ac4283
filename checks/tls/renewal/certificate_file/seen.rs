//! What stood in a file that servers load. Its private key, where there is one, never comes this far.

use serde::{Deserialize, Serialize};

use crate::instrument::tls::PemKey;

/// What stood in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum CertificateFile {
    /// Certificates.
    Read {
        /// SHA-256 of each in the order of the file.
        chain: Vec<String>,
        /// What is known of a private key beside them.
        key: PemKey,
    },
    /// Nothing that can be compared.
    Unusable {
        /// Why, as a predicate of the file.
        message: String,
    },
}
