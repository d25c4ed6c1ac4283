//! What a server shows to clients that offer less than ours. A server with an RSA and an ECDSA certificate shows one of
//! them to each client, and either may have expired: so every address is asked for the other one. Others are asked for
//! on request (`also`).

mod judge;
mod probe;

pub(super) use judge::{findings, kinds_shown, lacking, subject};
pub(super) use probe::OtherClients;

use super::certificate::Certificate;
use super::observation::Session;
use super::settings::{Also, Settings};
use crate::instrument::tls::{ClientKind, Failure};
use crate::model::endpoint::Host;

/// As what other clients an address is contacted that shows this certificate to ours.
fn kinds(settings: &Settings, host: &Host, leaf: &Certificate, protocol: &str) -> Vec<ClientKind> {
    let mut kinds = match leaf.key.name.as_str() {
        rsa if rsa.starts_with("RSA") => vec![ClientKind::Ecdsa],
        edwards if edwards.starts_with("Ed") => vec![ClientKind::Ecdsa, ClientKind::Rsa],
        _ => vec![ClientKind::Rsa],
    };
    // Addresses are not sent, so to leave one out is nothing new (RFC 6066 section 3).
    if settings.also.contains(&Also::WithoutSni) && host.address().is_none() {
        kinds.push(ClientKind::Nameless);
    }
    if settings.also.contains(&Also::EachVersion) {
        kinds.push(match protocol {
            "TLS 1.2" => ClientKind::Tls13,
            _ => ClientKind::Tls12,
        });
    }
    kinds
}

/// How many more handshakes each address gets.
pub(super) fn load(settings: &Settings) -> usize {
    1 + settings.also.len()
}

/// Whether a client of this kind was shown what ours was.
fn same(ours: &Session, other: &Session) -> bool {
    ours.chain == other.chain
}

/// Whether the server ended the connection without a word.
fn hung_up(failure: &Failure) -> bool {
    matches!(failure, Failure::Closed { received: 0, .. })
}
