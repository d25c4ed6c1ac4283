//! A TLS client that talks to none but whom it trusts: the certificate is verified in the handshake, against
//! the clock of this machine, and nothing is sent to a server whose certificate is refused. What was shown is
//! remembered either way.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::client::TlsStream;

use super::client::protocol;
use super::failure::Failure;
use super::identity::{Answering, Identity};
use super::roots::{RootSet, Roots};
use super::shake::{Shaken, shake_hands};
use super::tap::Tapped;
use super::words;
use crate::instrument::dial::dial;

/// Whom to trust.
#[derive(Clone, Debug)]
pub struct Trust {
    provider: Arc<CryptoProvider>,
    verifier: Arc<WebPkiServerVerifier>,
    sets: Vec<RootSet>,
    identity: Option<Identity>,
}

/// What a server showed of itself, and why it was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Certificates as they came, the leaf first, DER.
    pub chain: Vec<Vec<u8>>,
    /// Why they do not count, in words.
    pub refused: Option<String>,
}

/// Why there is no trusted connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The server's certificate does not count; why, in words.
    Untrusted(String),
    /// There was no handshake.
    Failed(Failure),
}

/// A connection to a server whose certificate was verified.
#[derive(Debug)]
pub struct Trusted {
    /// The connection.
    pub stream: TlsStream<Tapped>,
    /// `TLS 1.3` or `TLS 1.2`.
    pub protocol: String,
    /// The application protocol that the server selected (RFC 7301).
    pub alpn: Option<Vec<u8>>,
    /// Time from the first byte sent to the end of the handshake.
    pub handshake: Duration,
}

impl Trust {
    /// Trusts certificates that lead to these roots.
    ///
    /// # Errors
    /// When there are none.
    pub fn new(roots: &Roots) -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(
            Arc::new(roots.store()),
            Arc::clone(&provider),
        );
        Ok(Self {
            verifier: verifier.build().map_err(|error| error.to_string())?,
            provider,
            sets: roots.sets().to_vec(),
            identity: None,
        })
    }

    /// Shows this certificate to servers that ask for one.
    #[must_use]
    pub fn identity(mut self, identity: Option<Identity>) -> Self {
        self.identity = identity;
        self
    }

    /// Where the roots come from.
    pub fn sets(&self) -> &[RootSet] {
        &self.sets
    }

    /// A configuration for one handshake, and the verifier that records what is shown in it. Sessions are never resumed: a
    /// resumed one shows no certificate.
    ///
    /// # Errors
    /// When the crypto provider does not fit the protocol versions, which is a defect of the build.
    pub fn config(&self, alpn: &[&[u8]]) -> Result<(ClientConfig, Arc<RecordingVerifier>), Error> {
        let verifier = Arc::new(RecordingVerifier {
            verifier: Arc::clone(&self.verifier),
            shown: Mutex::default(),
        });
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _)
            .with_client_cert_resolver(Arc::new(Answering::new(self.identity.clone())));
        config.resumption = Resumption::disabled();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        Ok((config, verifier))
    }

    /// Connects, and shakes hands with a peer that proves to be `name`. What was shown comes with the outcome.
    pub async fn connect(
        &self,
        address: SocketAddr,
        name: ServerName<'static>,
        alpn: &[&[u8]],
        until: Instant,
    ) -> (Result<Trusted, Refusal>, Shown) {
        match dial(address, until).await {
            Ok(dialled) => self.over(dialled.stream, name, alpn, until).await,
            Err(error) => (Err(Refusal::Failed(error.into())), Shown::default()),
        }
    }

    /// Shakes hands over a connection that was made before.
    pub async fn over(
        &self,
        stream: TcpStream,
        name: ServerName<'static>,
        alpn: &[&[u8]],
        until: Instant,
    ) -> (Result<Trusted, Refusal>, Shown) {
        let broken = |error: &Error| {
            let message = words::of_tls(error);
            Refusal::Failed(Failure::Protocol { message })
        };
        let (config, verifier) = match self.config(alpn) {
            Ok(made) => made,
            Err(error) => return (Err(broken(&error)), Shown::default()),
        };
        let end = shake_hands(stream, name, config.into(), until).await;
        let shown = verifier.shown();
        let end = match (end, &shown.refused) {
            (Ok(shaken), _) => Ok(Trusted::of(shaken)),
            (Err(_), Some(reason)) => Err(Refusal::Untrusted(reason.clone())),
            (Err(failure), None) => Err(Refusal::Failed(failure)),
        };
        (end, shown)
    }
}

impl Trusted {
    fn of(shaken: Shaken) -> Self {
        let connection = shaken.stream.get_ref().1;
        Self {
            protocol: protocol(connection),
            alpn: connection.alpn_protocol().map(<[u8]>::to_vec),
            handshake: shaken.took,
            stream: shaken.stream,
        }
    }
}

/// Verifies, and remembers what it was shown.
#[derive(Debug)]
pub struct RecordingVerifier {
    verifier: Arc<WebPkiServerVerifier>,
    shown: Mutex<Shown>,
}

impl RecordingVerifier {
    /// What was shown so far.
    pub fn shown(&self) -> Shown {
        self.note().clone()
    }

    fn note(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers why something was refused.
    fn keep<T>(&self, verified: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &verified {
            self.note().refused.get_or_insert(reason(error));
        }
        verified
    }
}

impl ServerCertVerifier for RecordingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates);
        self.note().chain = chain.map(|certificate| certificate.to_vec()).collect();
        self.keep(self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            name,
            ocsp_response,
            now,
        ))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = self
            .verifier
            .verify_tls12_signature(message, certificate, signed);
        self.keep(verified)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = self
            .verifier
            .verify_tls13_signature(message, certificate, signed);
        self.keep(verified)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Why a certificate does not count, as the end of "its certificate is refused: ".
fn reason(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => words::of_certificate(error),
        other => words::of_tls(other),
    }
}
