//! Whether a TCP connection can be had, and how soon.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;

/// What became of an attempt to connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Connected {
    /// The connection was accepted; it was closed again at once.
    Open,
    /// It was refused.
    Refused,
    /// Nothing came in time.
    Timeout,
    /// The network took no packet, or the way ended: no route, unreachable.
    Network {
        /// The system's own words.
        text: String,
    },
}

/// Connects once and closes. Says how long it took.
pub async fn connect(address: SocketAddr, timeout: Duration) -> (Connected, Duration) {
    let start = Instant::now();
    let outcome = match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
        Err(_) => Connected::Timeout,
        Ok(Ok(_)) => Connected::Open,
        Ok(Err(error)) => match error.kind() {
            io::ErrorKind::ConnectionRefused => Connected::Refused,
            io::ErrorKind::TimedOut => Connected::Timeout,
            _ => Connected::Network {
                text: error.to_string(),
            },
        },
    };
    (outcome, start.elapsed())
}
