//! The certificate with which a client shows who it is, and whether it was asked to.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::sign::CertifiedKey;

use crate::model::pem::{self, PemError};

/// A client's chain and private key. The key stays in here.
#[derive(Clone, Debug)]
pub struct Identity(Arc<CertifiedKey>);

impl Identity {
    /// Reads a chain, the client's own certificate first, and its key: each the name of a PEM file, for errors, and
    /// what it holds.
    ///
    /// # Errors
    /// Which file cannot be used and why; never what is in it.
    pub fn of_pem(certificate: (&str, &[u8]), key: (&str, &[u8])) -> Result<Self, String> {
        let unusable = |name: &str, why: &dyn Display| format!("cannot use {name}: {why}");
        let it = |name: &str, error: &PemError| unusable(name, &format!("it {error}"));
        let chain = pem::certificates(certificate.1).map_err(|error| it(certificate.0, &error))?;
        let der = pem::private_key(key.1).map_err(|error| it(key.0, &error))?;
        let pair = CertifiedKey::from_der(chain, der, &ring::default_provider())
            .map_err(|error| unusable(key.0, &error))?;
        Ok(Self(Arc::new(pair)))
    }
}

/// Answers a server that asks for a client certificate, and remembers that it did.
#[derive(Debug)]
pub(super) struct Answering {
    identity: Option<Identity>,
    asked: AtomicBool,
}

impl Answering {
    pub(super) fn new(identity: Option<Identity>) -> Self {
        Self {
            identity,
            asked: AtomicBool::new(false),
        }
    }

    pub(super) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for Answering {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        let identity = self.identity.as_ref()?;
        Some(Arc::clone(&identity.0))
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}
