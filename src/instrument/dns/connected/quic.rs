//! DNS over QUIC (RFC 9250): each question has a stream of its own in one QUIC connection. What the network loses
//! below, QUIC sends again by itself; here that shows as time.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{
    ApplicationClose, ClientConfig, Connection, ConnectionClose, ConnectionError, Endpoint,
    ReadError, ReadExactError, RecvStream, SendStream, TransportConfig, VarInt, WriteError,
};
use tokio::time::{Instant, timeout_at};

use super::framed::framed;
use crate::instrument::dns::question::Question;
use crate::instrument::dns::{Outcome, Upstream};
use crate::instrument::tls::{Shown, Trust};
use crate::model::units::measured;

/// What a server may send ahead of its being read: on one stream a message and its length, on all of them a few.
const STREAM_WINDOW: u32 = 128 * 1024;
const WINDOW: u32 = 4 * 1024 * 1024;
/// The longest reason for a close that is written down, in bytes.
const LONGEST_REASON: usize = 100;

/// A QUIC connection.
pub(super) struct Quic {
    connection: Connection,
    endpoint: Endpoint,
}

/// A stream for one question.
pub(super) type Slot = (SendStream, RecvStream);

impl Quic {
    /// Shakes hands with a peer that proves to be the server. What was shown comes with the outcome.
    pub(super) async fn connect(
        server: &Upstream,
        trust: &Trust,
        address: SocketAddr,
        until: Instant,
    ) -> (Result<Self, Outcome>, Shown) {
        let defect = |text: &dyn std::fmt::Display| {
            let text = text.to_string();
            (Err(Outcome::Network { text }), Shown::default())
        };
        let (config, verifier) = match trust.config(server.scheme().alpn()) {
            Ok(made) => made,
            Err(error) => return defect(&error),
        };
        let config = match QuicClientConfig::try_from(config) {
            Ok(config) => client(config),
            Err(error) => return defect(&error),
        };
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let endpoint = match Endpoint::client(any) {
            Ok(endpoint) => endpoint,
            Err(error) => return defect(&error),
        };
        let begin = Instant::now();
        let connecting = match endpoint.connect_with(config, address, &server.host()) {
            Ok(connecting) => connecting,
            Err(error) => return defect(&error),
        };
        let end = timeout_at(until, connecting).await;
        let shown = verifier.shown();
        let end = match (end, &shown.refused) {
            (Ok(Ok(connection)), _) => Ok(Self {
                connection,
                endpoint,
            }),
            (_, Some(reason)) => Err(Outcome::Untrusted {
                reason: reason.clone(),
            }),
            (Ok(Err(error)), None) => Err(unmade(&error)),
            (Err(_), None) => Err(Outcome::Network {
                text: format!(
                    "the server did not finish the handshake within {}",
                    measured(begin.elapsed())
                ),
            }),
        };
        (end, shown)
    }

    /// Waits until the server takes a further question.
    ///
    /// # Errors
    /// How the connection ended.
    pub(super) async fn slot(&self) -> Result<Slot, String> {
        let stream = self.connection.open_bi().await;
        stream.map_err(|error| words(&error))
    }

    /// Asks under the id 0, as it must be here (RFC 9250 section 4.2.1), and gives back the answer. The caller
    /// ends the wait.
    ///
    /// # Errors
    /// What came instead.
    pub(super) async fn ask(
        &self,
        (mut send, mut receive): Slot,
        question: &Question,
    ) -> Result<(u16, Vec<u8>), Outcome> {
        let written = send.write_all(&framed(&question.encode(0))).await;
        match written {
            // A server that needs no more of the question may have answered it.
            Ok(()) | Err(WriteError::Stopped(_)) => {}
            Err(WriteError::ConnectionLost(error)) => return Err(ended(&error)),
            Err(error) => return Err(broken(&error)),
        }
        let _ = send.finish(); // fails where the server has stopped reading
        let mut length = [0; 2];
        fill(&mut receive, &mut length).await?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        fill(&mut receive, &mut message).await?;
        Ok((0, message))
    }

    /// Why it has ended, if it has.
    pub(super) fn ended(&self) -> Option<String> {
        self.connection.close_reason().map(|error| words(&error))
    }

    /// Says good-bye and waits until that has gone out.
    pub(super) async fn close(self) {
        self.connection.close(VarInt::from_u32(0), b""); // DOQ_NO_ERROR
        self.endpoint.wait_idle().await;
    }
}

/// The server has nothing to ask, so it may open no stream; what it sends ahead is bounded.
fn client(config: QuicClientConfig) -> ClientConfig {
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(0))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(WINDOW))
        .datagram_receive_buffer_size(None);
    let mut config = ClientConfig::new(Arc::new(config));
    config.transport_config(Arc::new(transport));
    config
}

async fn fill(stream: &mut RecvStream, buffer: &mut [u8]) -> Result<(), Outcome> {
    stream
        .read_exact(buffer)
        .await
        .map_err(|error| match error {
            ReadExactError::FinishedEarly(_) => Outcome::Malformed {
                reason: "the server ended the stream before the end of the answer".into(),
            },
            ReadExactError::ReadError(ReadError::ConnectionLost(error)) => ended(&error),
            ReadExactError::ReadError(error) => broken(&error),
        })
}

fn ended(error: &ConnectionError) -> Outcome {
    Outcome::Ended {
        reason: words(error),
    }
}

/// One stream came to its end, not the connection.
fn broken(error: &dyn std::fmt::Display) -> Outcome {
    Outcome::Malformed {
        reason: format!("the server broke off the answer ({error})"),
    }
}

/// Why there was no connection: what the server says is distinguished from its silence.
fn unmade(error: &ConnectionError) -> Outcome {
    let words = words(error);
    match error {
        ConnectionError::TimedOut
        | ConnectionError::Reset
        | ConnectionError::LocallyClosed
        | ConnectionError::CidsExhausted => Outcome::Network {
            text: format!("the handshake was {words}"),
        },
        _ => Outcome::Handshake {
            reason: format!("the handshake was {words}"),
        },
    }
}

/// How a connection ended, as the end of "the connection was ...".
fn words(error: &ConnectionError) -> String {
    let because = |code: String, reason: &[u8]| {
        let reason = reason.escape_ascii().map(char::from);
        let reason: String = reason.take(LONGEST_REASON).collect();
        match reason.is_empty() {
            true => format!("closed by the server ({code})"),
            false => format!("closed by the server ({code}: {reason})"),
        }
    };
    match error {
        ConnectionError::ConnectionClosed(ConnectionClose {
            error_code, reason, ..
        }) => because(error_code.to_string(), reason),
        ConnectionError::ApplicationClosed(ApplicationClose { error_code, reason }) => {
            because(code(*error_code), reason)
        }
        ConnectionError::Reset => "reset by the server".to_owned(),
        ConnectionError::TimedOut => "given up after a silence".to_owned(),
        other => format!("broken off: {other}"),
    }
}

/// The names of RFC 9250 section 8.4.
fn code(code: VarInt) -> String {
    const NAMES: [&str; 6] = [
        "DOQ_NO_ERROR",
        "DOQ_INTERNAL_ERROR",
        "DOQ_PROTOCOL_ERROR",
        "DOQ_REQUEST_CANCELLED",
        "DOQ_EXCESSIVE_LOAD",
        "DOQ_UNSPECIFIED_ERROR",
    ];
    let place = usize::try_from(code.into_inner()).unwrap_or(usize::MAX);
    let name = NAMES.get(place).copied();
    name.map_or_else(|| format!("error {code}"), str::to_owned)
}
