//! The connection itself: made to one address, verified where it is encrypted.

use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::Strayed;
use super::framed::Framed;
use super::https::Https;
use super::quic::Quic;
use super::wire::Wire;
use crate::instrument::dns::{Outcome, Scheme, Session, Upstream};
use crate::instrument::lookup::LookupError;
use crate::instrument::tls::{Failure, Refusal, Shown, Trusted};
use crate::model::digest::sha256_hex;

/// What became of an attempt to connect.
pub(super) struct Dialled {
    pub(super) session: Session,
    /// The certificates that the server showed, the leaf first, DER.
    pub(super) chain: Vec<Vec<u8>>,
    /// The connection, if there is one.
    pub(super) line: Option<Wire>,
}

/// Connects.
pub(super) async fn dial(
    server: &Upstream,
    address: SocketAddr,
    until: Instant,
    epoch: Instant,
    strays: mpsc::Sender<Strayed>,
) -> Dialled {
    let begin = Instant::now();
    let mut shown = Shown::default();
    let mut protocol = None;
    let line = match (server.scheme(), server.trust(), server.server_name()) {
        (Scheme::Tcp, ..) => plain(address, until)
            .await
            .map(|stream| Wire::Framed(Framed::over(stream, strays))),
        (Scheme::Quic, Some(trust), _) => {
            let (end, seen) = Quic::connect(server, trust, address, until).await;
            shown = seen;
            end.map(|quic| {
                protocol = Some("TLS 1.3".into()); // RFC 9001 section 4.2
                Wire::Quic(quic)
            })
        }
        (scheme, Some(trust), Some(name)) => {
            let (end, seen) = trust.connect(address, name, scheme.alpn(), until).await;
            shown = seen;
            match end {
                Ok(trusted) => {
                    protocol = Some(trusted.protocol.clone());
                    encrypted(server, trusted, until, strays).await
                }
                Err(reason) => Err(refusal(reason)),
            }
        }
        _ => Err(Outcome::Network {
            text: "no root certificates were loaded".into(),
        }),
    };
    let (line, failure) = match line {
        Ok(line) => (Some(line), None),
        Err(outcome) => (None, Some(outcome)),
    };
    let session = Session {
        address: Some(address),
        start_us: begin.duration_since(epoch).as_micros() as u64,
        duration_us: begin.elapsed().as_micros() as u64,
        protocol,
        certificate: shown.chain.first().map(|leaf| sha256_hex(leaf)),
        failure,
    };
    Dialled {
        session,
        chain: shown.chain,
        line,
    }
}

/// The connection that was not made, since the server's name led nowhere.
pub(super) fn unknown(
    server: &Upstream,
    error: &LookupError,
    begin: Instant,
    epoch: Instant,
) -> Session {
    let reason = error.message();
    Session {
        address: None,
        start_us: begin.duration_since(epoch).as_micros() as u64,
        duration_us: begin.elapsed().as_micros() as u64,
        protocol: None,
        certificate: None,
        failure: Some(Outcome::Network {
            text: format!("the system finds no address of {}: {reason}", server.host()),
        }),
    }
}

/// What is spoken over TLS.
async fn encrypted(
    server: &Upstream,
    trusted: Trusted,
    until: Instant,
    strays: mpsc::Sender<Strayed>,
) -> Result<Wire, Outcome> {
    let Some(uri) = server.uri() else {
        return Ok(Wire::Framed(Framed::over(trusted.stream, strays)));
    };
    if trusted.alpn.as_deref() != Some(b"h2") {
        let reason = "the server does not offer HTTP/2".into();
        return Err(Outcome::Handshake { reason });
    }
    match timeout_at(until, Https::over(trusted.stream, uri)).await {
        Ok(https) => https.map(Wire::Https),
        Err(_) => Err(Outcome::Network {
            text: "the server did not start HTTP/2 in time".into(),
        }),
    }
}

async fn plain(address: SocketAddr, until: Instant) -> Result<TcpStream, Outcome> {
    let dialled = crate::instrument::dial::dial(address, until).await;
    let dialled = dialled.map_err(|error| outcome(&error.into()))?;
    Ok(dialled.stream)
}

fn refusal(refusal: Refusal) -> Outcome {
    match refusal {
        Refusal::Untrusted(reason) => Outcome::Untrusted { reason },
        Refusal::Failed(failure) => outcome(&failure),
    }
}

/// What a server says is distinguished from its silence.
fn outcome(failure: &Failure) -> Outcome {
    let text = format!("the server {failure}");
    match failure {
        Failure::Refused => Outcome::Refused,
        Failure::NotTls { .. } | Failure::Alert { .. } | Failure::Protocol { .. } => {
            Outcome::Handshake { reason: text }
        }
        _ => Outcome::Network { text },
    }
}
