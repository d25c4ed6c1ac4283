//! One connection to one address, one handshake.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ProtocolVersion};
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{timeout, timeout_at};
use tokio_rustls::client::TlsStream;

use super::failure::Failure;
use super::identity::Identity;
use super::recorder::{Proof, Recorder};
use super::starttls::StartTls;
use super::tap::Tapped;
use crate::instrument::dial::{DialError, dial};
use crate::instrument::host_block;
use crate::instrument::timeouts::Timeouts;

/// How long a polite good-bye may take; its outcome does not matter.
pub(super) const GOODBYE: Duration = Duration::from_millis(100);

/// How long a server may take to say whether it accepts the client's certificate, or the lack of one.
pub(super) const VERDICT: Duration = Duration::from_millis(500);

/// A handshake that came to its end.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// `TLS 1.3` or `TLS 1.2`.
    pub protocol: String,
    /// Cipher suite, by its IANA name as rustls spells it.
    pub cipher: String,
    /// Key exchange group.
    pub group: String,
    /// Application protocol that the server selected (RFC 7301), as escaped ASCII.
    pub alpn: Option<String>,
    /// Certificates as they came, the leaf first, DER.
    pub chain: Vec<Vec<u8>>,
    /// The stapled OCSP response, DER.
    pub staple: Option<Vec<u8>>,
    /// Whether the server holds the leaf's private key.
    pub proof: Proof,
    /// Whether the server asked for a client certificate.
    pub client_asked: bool,
    /// Time to connect.
    pub connect: Duration,
    /// Time from the first byte sent to the end of the handshake, what comes before TLS (STARTTLS) not counted.
    pub handshake: Duration,
}

/// A TLS client that accepts and records whatever it is shown. It never resumes a session: a resumed one shows
/// no certificate.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) config: ClientConfig,
    pub(super) identity: Option<Identity>,
    starttls: Option<StartTls>,
    /// Shared with everything that is made of this client.
    spared: Arc<Mutex<BTreeSet<SocketAddr>>>,
}

impl Client {
    /// A client that offers these application protocols, the most wanted first.
    ///
    /// # Errors
    /// When the crypto provider does not fit the protocol versions, which is a defect of the build.
    pub fn new(alpn: &[String]) -> Result<Self, rustls::Error> {
        let provider = Arc::new(ring::default_provider());
        let recorder = Arc::new(Recorder::new(provider.signature_verification_algorithms));
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(recorder)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        config.alpn_protocols = alpn.iter().map(|name| name.clone().into_bytes()).collect();
        Ok(Self {
            config,
            identity: None,
            starttls: None,
            spared: Arc::default(),
        })
    }

    /// Shows this certificate to servers that ask for one.
    #[must_use]
    pub fn identity(mut self, identity: Option<Identity>) -> Self {
        self.identity = identity;
        self
    }

    /// Asks for TLS in this protocol first.
    #[must_use]
    pub fn starttls(mut self, starttls: Option<StartTls>) -> Self {
        self.starttls = starttls;
        self
    }

    /// The same client, offering these application protocols instead.
    #[must_use]
    pub fn offering(&self, alpn: &[&[u8]]) -> Self {
        let mut client = self.clone();
        client.config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        client
    }

    /// Which addresses this client left alone at least once, because the run had made all the connections that it
    /// makes to a database server.
    pub fn spared(&self) -> BTreeSet<SocketAddr> {
        let spared = self.spared.lock().unwrap_or_else(PoisonError::into_inner);
        spared.clone()
    }

    /// Connects, and brings the connection to where the ClientHello is sent. Also tells how long the connection
    /// took.
    pub(super) async fn open(
        &self,
        address: SocketAddr,
        timeouts: Timeouts,
    ) -> Result<(TcpStream, Duration), Failure> {
        if self.starttls == Some(StartTls::Mysql) {
            host_block::is_mysql(address);
        }
        let dialled = dial(address, timeouts.connect_by()).await;
        if let Err(DialError::Spared { .. }) = dialled {
            let mut spared = self.spared.lock().unwrap_or_else(PoisonError::into_inner);
            spared.insert(address);
        }
        let mut dialled = dialled?;
        if let Some(starttls) = self.starttls {
            let until = timeouts.handshake_by();
            starttls.begin(&mut dialled.stream, until).await?;
        }
        Ok((dialled.stream, dialled.took))
    }

    /// Connects to `address`, asks for `name`, and shakes hands. Sends no application data.
    ///
    /// # Errors
    /// Why there was no handshake.
    pub async fn handshake(
        &self,
        address: SocketAddr,
        name: ServerName<'static>,
        timeouts: Timeouts,
    ) -> Result<Handshake, Failure> {
        let mut connection = self.connect(address, name, timeouts).await?;
        if connection.answering.asked() {
            let until = timeouts.by(VERDICT);
            if let Ok(Err(error)) = timeout_at(until, accepted(&mut connection.stream)).await {
                return Err(Failure::of_handshake(&error, &connection.arrived));
            }
        }
        let handshake = connection.handshake();
        let goodbye = tokio::io::AsyncWriteExt::shutdown(&mut connection.stream);
        let _ = timeout(GOODBYE, goodbye).await;
        Ok(handshake)
    }
}

/// In TLS 1.3 a client is done before the server has looked at its certificate (RFC 8446 section 4.4.2.4). The
/// first ticket, or data, says that it was accepted; an alert that it was not.
pub(super) async fn accepted(stream: &mut TlsStream<Tapped>) -> io::Result<()> {
    let mut byte = [0; 1];
    poll_fn(|context| {
        let mut buffer = ReadBuf::new(&mut byte);
        let polled = Pin::new(&mut *stream).poll_read(context, &mut buffer);
        match polled {
            Poll::Pending if stream.get_ref().1.tls13_tickets_received() > 0 => Poll::Ready(Ok(())),
            other => other,
        }
    })
    .await
}

/// What client and server agreed on.
pub(super) struct Agreed {
    pub(super) protocol: String,
    pub(super) cipher: String,
    pub(super) group: String,
    pub(super) alpn: Option<String>,
}

impl Agreed {
    pub(super) fn of(connection: &ClientConnection) -> Self {
        let protocol = protocol(connection);
        let cipher = connection.negotiated_cipher_suite();
        let group = connection.negotiated_key_exchange_group();
        let alpn = connection.alpn_protocol();
        Self {
            protocol,
            cipher: cipher.map_or_else(String::new, |suite| format!("{:?}", suite.suite())),
            group: group.map_or_else(String::new, |group| format!("{:?}", group.name())),
            alpn: alpn.map(|name| name.escape_ascii().to_string()),
        }
    }
}

/// The protocol version as people write it.
pub(super) fn protocol(connection: &ClientConnection) -> String {
    match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        other => format!("{other:?}"),
    }
}
