//! How a connection to a server came about.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::Outcome;

/// One connection to a server that is asked over connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Where; nothing where no address was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
    /// When it was begun, in microseconds since the probe began.
    pub start_us: u64,
    /// Until it could be used or was given up, in microseconds.
    pub duration_us: u64,
    /// `TLS 1.3` or `TLS 1.2`, where the server was asked over TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// SHA-256 of the server's certificate, where it showed one, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Why it could not be used, where it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Outcome>,
}
