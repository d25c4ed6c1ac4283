//! What a server was given to serve: a PEM file with a certificate, its issuers, and perhaps its private key.
//!
//! Nothing of the key leaves this file, and no error quotes what is in the file: a key that lost its line
//! breaks would be quoted with it.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use rustls::{Error, crypto::ring};
use serde::{Deserialize, Serialize};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::instrument::file;
use crate::model::pem::{self, Part};

/// The certificates of a file, and what is known of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemFile {
    /// DER, in the order of the file; at least one. Each can be read as a certificate.
    pub chain: Vec<Vec<u8>>,
    /// The private key beside them.
    pub key: PemKey,
}

/// What is known of the private key in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PemKey {
    /// There is none.
    Absent,
    /// It belongs to the first certificate.
    Fits,
    /// It belongs to another one.
    Foreign,
    /// It is encrypted, broken, or of a kind that cannot be compared here.
    Unreadable,
}

impl PemFile {
    /// Reads a file. It may block: call it where that may be.
    ///
    /// # Errors
    /// Why it holds no certificates, as a predicate of the file; never what is in it.
    pub fn load(path: &Path) -> Result<Self, String> {
        let bytes = file::read_here(path, file::SMALL).map_err(|error| error.to_string())?;
        Self::of(&bytes)
    }

    fn of(bytes: &[u8]) -> Result<Self, String> {
        let chain = pem::certificates(bytes).map_err(|error| error.to_string())?;
        if let Some(problem) = pem::unseen(bytes) {
            return Err(problem.to_owned());
        }
        for (number, der) in (1..).zip(&chain) {
            // Also keeps back a key that somebody labelled as a certificate.
            if !matches!(X509Certificate::from_der(der), Ok(([], _))) {
                return Err(format!("holds an unreadable certificate, number {number}"));
            }
        }
        let key = key(bytes, &chain);
        let chain = chain.into_iter().map(|der| der.to_vec()).collect();
        Ok(Self { chain, key })
    }
}

fn key(bytes: &[u8], chain: &[CertificateDer<'static>]) -> PemKey {
    match pem::private_key(bytes) {
        Ok(key) => match CertifiedKey::from_der(chain.to_vec(), key, &ring::default_provider()) {
            Ok(_) => PemKey::Fits,
            Err(Error::InconsistentKeys(_)) => PemKey::Foreign,
            Err(_) => PemKey::Unreadable,
        },
        Err(_)
            if pem::parts(bytes)
                .iter()
                .any(|part| matches!(part, Ok(Part::Key))) =>
        {
            PemKey::Unreadable
        }
        Err(_) => PemKey::Absent,
    }
}
