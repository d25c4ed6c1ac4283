//! The certificate with which a client shows who it is, and whether it was asked to.

use std::fmt::Display;
use std::sync::{Arc, OnceLock};

use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::sign::CertifiedKey;
use rustls::{Error, SignatureScheme};
use serde::{Deserialize, Serialize};

use crate::model::pem::{self, PemError};

/// A client's chain and private key. The key stays in here.
#[derive(Clone, Debug)]
pub struct Identity(Arc<CertifiedKey>);

/// Why there is no identity. Never says what is in a file.
#[derive(Clone, Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file cannot be used.
    #[error("cannot use {file}: {why}")]
    Unusable {
        /// Which.
        file: String,
        /// Why.
        why: String,
    },
    /// Key and certificate do not belong together.
    #[error("the private key in {key} does not belong to the first certificate in {certificate}")]
    Foreign {
        /// The key's file.
        key: String,
        /// The certificate's file.
        certificate: String,
        /// The certificates in it, DER.
        chain: Vec<Vec<u8>>,
    },
}

impl Identity {
    /// Reads a chain, the client's own certificate first, and its key: each the name of a PEM file, for errors, and
    /// what it holds.
    ///
    /// # Errors
    /// Which file cannot be used and why; never what is in it.
    pub fn of_pem(certificate: (&str, &[u8]), key: (&str, &[u8])) -> Result<Self, IdentityError> {
        let unusable = |file: &str, why: &dyn Display| IdentityError::Unusable {
            file: file.to_owned(),
            why: why.to_string(),
        };
        let it = |file: &str, error: &PemError| unusable(file, &format!("it {error}"));
        let chain = pem::certificates(certificate.1).map_err(|error| it(certificate.0, &error))?;
        let der = pem::private_key(key.1).map_err(|error| it(key.0, &error))?;
        match CertifiedKey::from_der(chain.clone(), der, &ring::default_provider()) {
            Ok(pair) => Ok(Self(Arc::new(pair))),
            Err(Error::InconsistentKeys(_)) => Err(IdentityError::Foreign {
                key: key.0.to_owned(),
                certificate: certificate.0.to_owned(),
                chain: chain.iter().map(|der| der.to_vec()).collect(),
            }),
            Err(Error::InvalidCertificate(_)) => Err(unusable(
                certificate.0,
                &"its first certificate cannot be parsed",
            )),
            Err(_) => Err(unusable(
                key.0,
                &"its key is of a type that is not supported here",
            )),
        }
    }

    /// The certificates, the client's own first, DER.
    pub fn chain(&self) -> Vec<Vec<u8>> {
        self.0.cert.iter().map(|der| der.to_vec()).collect()
    }
}

/// A server's request for a client certificate (RFC 8446 section 4.3.2, RFC 5246 section 7.4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    /// The names of the authorities whose certificates it wants, DER; none where it does not say.
    pub authorities: Vec<Vec<u8>>,
    /// Whether a certificate was sent. One whose key makes no signature that the server verifies is not.
    pub sent: bool,
    /// What it did with the answer.
    pub verdict: Verdict,
}

/// What a server did with the client's certificate, or with the lack of one, where it did not refuse it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Verdict {
    /// It went on.
    Accepted,
    /// It said nothing, in TLS 1.3.
    Silent {
        /// How long it was waited for.
        after_ms: u64,
    },
    /// It was not waited for.
    #[default]
    Unheard,
}

/// Answers a server that asks for a client certificate, and remembers what it asked for.
#[derive(Debug)]
pub(super) struct Answering {
    identity: Option<Identity>,
    request: OnceLock<CertificateRequest>,
}

impl Answering {
    pub(super) fn new(identity: Option<Identity>) -> Self {
        Self {
            identity,
            request: OnceLock::new(),
        }
    }

    pub(super) fn request(&self) -> Option<CertificateRequest> {
        self.request.get().cloned()
    }
}

impl ResolvesClientCert for Answering {
    fn resolve(&self, names: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let pair = self.identity.as_ref().map(|identity| &identity.0);
        let pair = pair.filter(|pair| pair.key.choose_scheme(schemes).is_some());
        let request = CertificateRequest {
            authorities: names.iter().map(|name| name.to_vec()).collect(),
            sent: pair.is_some(),
            verdict: Verdict::Unheard,
        };
        let _ = self.request.set(request); // one request in a handshake
        pair.cloned()
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}
