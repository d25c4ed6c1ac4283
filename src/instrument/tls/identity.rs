//! The certificate with which a client shows who it is, and whether it was asked to.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// The largest file that is read as a certificate chain or a key.
const LARGEST: u64 = 1024 * 1024;

/// A client's chain and private key. The key stays in here.
#[derive(Clone, Debug)]
pub struct Identity(Arc<CertifiedKey>);

impl Identity {
    /// Reads a chain, the client's own certificate first, and its key, both PEM. Reads files: call it where that
    /// may block.
    ///
    /// # Errors
    /// Which file cannot be used and why; never what stands in it.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, String> {
        let unusable = |path: &Path, why: String| format!("cannot use {}: {why}", path.display());
        let bytes = |path: &Path| {
            let read = std::fs::metadata(path).and_then(|about| {
                if about.len() > LARGEST {
                    return Err(std::io::Error::other("it is larger than 1 MiB"));
                }
                std::fs::read(path)
            });
            read.map_err(|error| unusable(path, error.to_string()))
        };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&bytes(certificate)?)
            .collect::<Result<_, _>>()
            .map_err(|error| unusable(certificate, error.to_string()))?;
        if chain.is_empty() {
            return Err(unusable(certificate, "no certificate stands in it".into()));
        }
        let der = PrivateKeyDer::from_pem_slice(&bytes(key)?)
            .map_err(|_| unusable(key, "no unencrypted private key stands in it".into()))?;
        let pair = CertifiedKey::from_der(chain, der, &ring::default_provider())
            .map_err(|error| unusable(key, error.to_string()))?;
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
