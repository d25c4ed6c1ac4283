//! What this module judges, by topic.

mod chain;
mod client;
mod handshake;
mod renewal;
mod revocation;

pub(crate) use chain::*;
pub(crate) use client::*;
pub(crate) use handshake::*;
pub(crate) use renewal::*;
pub(crate) use revocation::*;

use crate::model::Rule;

/// All of them, in the order of documentation.
pub(crate) const ALL: &[Rule] = &[
    ENDPOINTS,
    CA_FILE,
    LOOKUP,
    SAME_ADDRESSES,
    USABLE_ADDRESS,
    HANDSHAKE,
    HOST_BLOCK,
    PRIVATE_KEY,
    DUAL_STACK,
    ALPN,
    OLD_PROTOCOLS,
    POST_QUANTUM,
    READABLE_CHAIN,
    TRUSTED_CHAIN,
    SERVER_NAME,
    CHAIN_ORDER,
    KEY_STRENGTH,
    KEY_USAGE,
    CHAIN_EXPIRY,
    RENEWAL_DUE,
    SAME_CERTIFICATE,
    OTHER_CLIENTS,
    CLIENT_EXPIRY,
    CLIENT_KEY,
    CLIENT_USAGE,
    CLIENT_ISSUER,
    CLIENT_ACCEPTED,
    TRANSPARENCY,
    STAPLE,
    REVOCATION_LIST,
    OCSP_RESPONDER,
    REVOCATION_SOURCE,
    INTERMEDIATE_REVOKED,
    SESSION_RESUMPTION,
    SHARED_SESSIONS,
    STAPLE_GAIN,
    STAPLE_SIZE,
    CERTIFICATE_FILE,
    FILE_KEY,
    FILE_SERVED,
    ACME_CHALLENGE,
    SWAP_COMMAND,
    SWAP_SERVED,
    SWAP_HANDSHAKES,
    SWAP_CONNECTIONS,
];
