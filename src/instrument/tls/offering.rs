//! A client made into one that offers less.

use rustls::client::danger::ServerCertVerifier as _;

use super::client::{Client, config};
use super::client_kind::ClientKind;
use super::recorder::Recorder;

impl Client {
    /// The same client, offering less.
    ///
    /// # Errors
    /// When nothing is left to offer, which is a defect of the build.
    pub fn of_kind(&self, kind: ClientKind) -> Result<Self, rustls::Error> {
        let mut provider = self.config.crypto_provider().as_ref().clone();
        provider.cipher_suites.retain(|suite| kind.offers(suite));
        let mut offering = config(provider, kind.versions())?;
        offering.alpn_protocols = self.config.alpn_protocols.clone();
        offering.enable_sni = kind != ClientKind::Nameless;
        Ok(Self {
            config: offering,
            kind: Some(kind),
            ..self.clone()
        })
    }

    /// The kinds of signatures that it verifies, as they are numbered (IANA, TLS SignatureScheme).
    pub(super) fn schemes(&self) -> Vec<u16> {
        let schemes = self.recorder().supported_verify_schemes();
        schemes.into_iter().map(u16::from).collect()
    }

    /// Who takes down what one handshake shows.
    pub(super) fn recorder(&self) -> Recorder {
        let provider = self.config.crypto_provider();
        Recorder::new(provider.signature_verification_algorithms, self.kind)
    }
}
