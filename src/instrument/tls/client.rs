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
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, DEFAULT_VERSIONS, ProtocolVersion, SupportedProtocolVersion,
};
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;

use super::client_kind::ClientKind;
use super::failure::Failure;
use super::identity::{Answering, CertificateRequest, Identity, Verdict};
use super::recorder::{Proof, Recorder};
use super::shake::Shaken;
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
    /// The server's request for a client certificate, and what it did with the answer.
    pub request: Option<CertificateRequest>,
    /// Time to connect.
    pub connect: Duration,
    /// Time from the first byte sent to the end of the handshake, what comes before TLS (STARTTLS) not counted.
    pub handshake: Duration,
}

impl Handshake {
    pub(super) fn of(
        agreed: Agreed,
        recorder: &Recorder,
        answering: &Answering,
        connect: Duration,
        handshake: Duration,
    ) -> Self {
        let shown = recorder.shown();
        Self {
            protocol: agreed.protocol,
            cipher: agreed.cipher,
            group: agreed.group,
            alpn: agreed.alpn,
            chain: shown.chain,
            staple: shown.staple,
            proof: recorder.proof(),
            request: answering.request(),
            connect,
            handshake,
        }
    }
}

/// A handshake that did not come to its end.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// Why.
    pub failure: Failure,
    /// What the server had shown until then, where that includes its certificate. Cipher suite and key exchange are
    /// empty where the handshake did not end on this side either.
    pub shown: Option<Handshake>,
}

impl From<Failure> for Box<Unfinished> {
    fn from(failure: Failure) -> Self {
        let shown = None;
        Self::new(Unfinished { failure, shown })
    }
}

/// A TLS client that accepts and records whatever it is shown. It never resumes a session: a resumed one shows
/// no certificate.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) config: ClientConfig,
    pub(super) identity: Option<Identity>,
    /// Where it offers less than it could.
    pub(super) kind: Option<ClientKind>,
    pub(super) starttls: Option<StartTls>,
    /// Shared with everything that is made of this client.
    pub(super) spared: Arc<Mutex<BTreeSet<SocketAddr>>>,
}

impl Client {
    /// A client that offers these application protocols, the most wanted first.
    ///
    /// # Errors
    /// When the crypto provider does not fit the protocol versions, which is a defect of the build.
    pub fn new(alpn: &[String]) -> Result<Self, rustls::Error> {
        let mut config = config(ring::default_provider(), DEFAULT_VERSIONS)?;
        config.alpn_protocols = alpn.iter().map(|name| name.clone().into_bytes()).collect();
        Ok(Self {
            config,
            identity: None,
            kind: None,
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

    /// The name that its hellos by hand ask for; addresses are not sent (RFC 6066 section 3).
    pub(super) fn asks_for<'n>(&self, name: &'n ServerName<'_>) -> Option<&'n str> {
        match name {
            ServerName::DnsName(name) if self.kind != Some(ClientKind::Nameless) => {
                Some(name.as_ref())
            }
            _ => None,
        }
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
    /// Why there was no handshake, with what the server had shown until then.
    pub async fn handshake(
        &self,
        address: SocketAddr,
        name: ServerName<'static>,
        timeouts: Timeouts,
    ) -> Result<Handshake, Box<Unfinished>> {
        let (stream, connect) = self.open(address, timeouts).await?;
        let (recorder, answering, shaken) = self.shake(stream, name, timeouts.handshake_by()).await;
        let shown = |agreed, took| Handshake::of(agreed, &recorder, &answering, connect, took);
        let mut shaken = match shaken {
            Ok(shaken) => shaken,
            Err(failure) => {
                let agreed = Agreed {
                    protocol: recorder.protocol().unwrap_or_default().to_owned(),
                    ..Agreed::default()
                };
                let shown = Some(shown(agreed, Duration::ZERO));
                let shown = shown.filter(|shown| !shown.chain.is_empty());
                return Err(Box::new(Unfinished { failure, shown }));
            }
        };
        let agreed = Agreed::of(shaken.stream.get_ref().1);
        let mut handshake = shown(agreed, shaken.took);
        if let Some(request) = &mut handshake.request {
            match verdict(&mut shaken, timeouts).await {
                Ok(verdict) => request.verdict = verdict,
                Err(failure) => {
                    let shown = Some(handshake);
                    return Err(Box::new(Unfinished { failure, shown }));
                }
            }
        }
        let goodbye = tokio::io::AsyncWriteExt::shutdown(&mut shaken.stream);
        let _ = timeout(GOODBYE, goodbye).await;
        Ok(handshake)
    }
}

/// A configuration of a client that accepts every certificate and resumes no session.
pub(super) fn config(
    provider: CryptoProvider,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ClientConfig, rustls::Error> {
    let recorder = Recorder::new(provider.signature_verification_algorithms, None);
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(recorder))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// What a server says to the client's certificate, or to the lack of one.
async fn verdict(shaken: &mut Shaken, timeouts: Timeouts) -> Result<Verdict, Failure> {
    if shaken.stream.get_ref().1.protocol_version() != Some(ProtocolVersion::TLSv1_3) {
        return Ok(Verdict::Accepted); // its Finished comes after it has looked (RFC 5246 section 7.3)
    }
    // At least the time that its word takes on the way.
    let patience = VERDICT.max(2 * shaken.took);
    let begin = Instant::now();
    match timeout_at(timeouts.by(patience), accepted(&mut shaken.stream)).await {
        Err(_) => Ok(Verdict::Silent {
            after_ms: begin.elapsed().as_millis() as u64,
        }),
        Ok(Ok(())) => Ok(Verdict::Accepted),
        Ok(Err(error)) => Err(Failure::of_handshake(&error, &shaken.arrived)),
    }
}

/// In TLS 1.3 a client is done before the server has looked at its certificate (RFC 8446 section 4.4.2.4). The
/// first ticket, or data, says that it was accepted; an alert that it was not, and so does the end of the connection.
pub(super) async fn accepted(stream: &mut TlsStream<Tapped>) -> io::Result<()> {
    let mut byte = [0; 1];
    poll_fn(|context| {
        let mut buffer = ReadBuf::new(&mut byte);
        let polled = Pin::new(&mut *stream).poll_read(context, &mut buffer);
        let ticket = stream.get_ref().1.tls13_tickets_received() > 0;
        match polled {
            Poll::Pending if ticket => Poll::Ready(Ok(())),
            Poll::Ready(Ok(())) if buffer.filled().is_empty() && !ticket => {
                Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()))
            }
            other => other,
        }
    })
    .await
}

/// What client and server agreed on.
#[derive(Default)]
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
