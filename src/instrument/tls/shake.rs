//! One handshake over a connection, by a deadline.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::failure::Failure;
use super::tap::{Arrived, Tapped};
use crate::instrument::host_block;

/// A handshake that came to its end.
pub(super) struct Shaken {
    pub(super) stream: TlsStream<Tapped>,
    pub(super) arrived: Arrived,
    /// From the first byte sent to the end of the handshake.
    pub(super) took: Duration,
}

/// Shakes hands over a connection.
///
/// # Errors
/// Why there was no handshake.
pub(super) async fn shake_hands(
    stream: TcpStream,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
    until: Instant,
) -> Result<Shaken, Failure> {
    let peer = stream.peer_addr();
    let arrived = Arrived::default();
    let tapped = Tapped::new(stream, arrived.clone());
    let connector = TlsConnector::from(config);
    let begin = Instant::now();
    match timeout_at(until, connector.connect(name, tapped)).await {
        Err(_) => Err(Failure::handshake_timeout(begin.elapsed(), &arrived)),
        Ok(Err(error)) => {
            if let Ok(peer) = peer {
                host_block::heard(peer, &arrived.first());
            }
            Err(Failure::of_handshake(&error, &arrived))
        }
        Ok(Ok(stream)) => Ok(Shaken {
            took: begin.elapsed(),
            stream,
            arrived,
        }),
    }
}
