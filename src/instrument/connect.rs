//! Whether a TCP connection can be had, and how soon.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::dial::{DialError, dial};

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
    let outcome = match dial(address, start + timeout).await {
        Ok(_) => Connected::Open,
        Err(DialError::Refused) => Connected::Refused,
        Err(DialError::Timeout { .. }) => Connected::Timeout,
        Err(error) => Connected::Network {
            text: match error {
                DialError::Unreachable { message } | DialError::Local { message } => message,
                other => other.to_string(),
            },
        },
    };
    (outcome, start.elapsed())
}
