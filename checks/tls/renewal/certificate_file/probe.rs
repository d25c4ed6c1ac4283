//! Reads the certificates of a PEM file.

use std::path::PathBuf;

use super::seen::CertificateFile;
use crate::checks::tls::observation::Observation;
use crate::instrument::tls::{PemFile, pem};
use crate::model::Notebook;

/// Reads a file, and keeps its certificates: in the observation, and as evidence of this name.
pub(crate) async fn read(
    path: PathBuf,
    evidence: &str,
    notes: &Notebook<Observation>,
) -> CertificateFile {
    let loading = tokio::task::spawn_blocking(move || PemFile::load(&path)).await;
    let stored = match loading {
        Ok(Ok(stored)) => stored,
        Ok(Err(message)) => return CertificateFile::Unusable { message },
        Err(error) => {
            let message = format!("cannot be read: {error}");
            return CertificateFile::Unusable { message };
        }
    };
    notes.evidence(
        evidence,
        "application/pem-certificate-chain", // RFC 8555 section 9.1
        pem(&stored.chain).into_bytes(),
    );
    let mut digests = Vec::new();
    notes.note(|page| digests = page.keep_certificates(&stored.chain));
    CertificateFile::Read {
        chain: digests,
        key: stored.key,
    }
}
