//! What the probe writes down of clients that come back.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::instrument::tls::HandshakeKind;

/// What came of a client's returns to one address.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Returns {
    /// Handkinds of clients that came for the first time.
    pub(crate) first: Vec<HandshakeKind>,
    /// Handkinds of the same clients when they came back to the same address.
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
    pub(crate) kind: HandshakeKind,
}

/// How many of them were resumed.
pub(crate) fn count(kinds: &[HandshakeKind]) -> usize {
    let resumed = |kind: &&HandshakeKind| matches!(kind, HandshakeKind::Resumed { .. });
    kinds.iter().filter(resumed).count()
}
