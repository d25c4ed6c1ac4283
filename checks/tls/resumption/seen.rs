//! What the probe writes down of clients that come back.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::instrument::tls::HandshakeKind;

/// What came of a client's returns to one address.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Returns {
    /// Handshakes of clients that came for the first time.
    pub(crate) first: Vec<HandshakeKind>,
    /// Handshakes of the same clients when they came back to the same address.
    pub(crate) again: Vec<HandshakeKind>,
    /// Handshake of a client that went on to another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) across: Option<Across>,
}

/// A client that went on to another address with what it had been given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Across {
    /// Where it went.
    pub(crate) to: SocketAddr,
    /// What came of it.
    pub(crate) shake: HandshakeKind,
}

/// How many of them were resumed.
pub(crate) fn count(shakes: &[HandshakeKind]) -> usize {
    let resumed = |shake: &&HandshakeKind| matches!(shake, HandshakeKind::Resumed { .. });
    shakes.iter().filter(resumed).count()
}
