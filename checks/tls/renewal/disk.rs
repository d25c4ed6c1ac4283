//! The certificates of a PEM file. Its private key, where there is one, never comes this far.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::checks::tls::observation::Observation;
use crate::instrument::tls::{Der, PemFile, PemKey, pem};
use crate::model::Notebook;
use crate::model::digest::sha256_hex;

/// What stood in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::checks::tls) enum Disk {
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

/// Reads a file, and keeps its certificates: in the observation, and as evidence of this name.
pub(super) async fn read(path: PathBuf, evidence: &str, notes: &Notebook<Observation>) -> Disk {
    let loading = tokio::task::spawn_blocking(move || PemFile::load(&path)).await;
    let stored = match loading {
        Ok(Ok(stored)) => stored,
        Ok(Err(message)) => return Disk::Unusable { message },
        Err(error) => {
            let message = format!("cannot be read: {error}");
            return Disk::Unusable { message };
        }
    };
    notes.evidence(
        evidence,
        "application/pem-certificate-chain", // RFC 8555 section 9.1
        pem(&stored.chain).into_bytes(),
    );
    let digests: Vec<_> = stored.chain.iter().map(|der| sha256_hex(der)).collect();
    notes.note(|page| {
        for (digest, der) in digests.iter().zip(&stored.chain) {
            let known = page.certificates.entry(digest.clone());
            known.or_insert_with(|| Der(der.clone()));
        }
    });
    Disk::Read {
        chain: digests,
        key: stored.key,
    }
}
