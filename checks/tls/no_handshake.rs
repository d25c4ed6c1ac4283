//! Addresses that completed no handshake.
//!
//! What a server said is judged: an alert, another protocol, broken TLS are failures. What it left unsaid (no
//! connection, silence, a connection that broke) is an error: nothing is known of its certificate.

use std::net::SocketAddr;

use super::endpoint::Endpoint;
use super::words::bounded;
use crate::instrument::tls::Failure;
use crate::model::{Finding, Status};

/// What is found of an address that completed no handshake.
pub(crate) fn finding(endpoint: &Endpoint, address: SocketAddr, failure: &Failure) -> Finding {
    let status = match failure {
        Failure::NotTls { .. }
        | Failure::TlsRefused { .. }
        | Failure::OtherProtocol { .. }
        | Failure::Alert { .. }
        | Failure::Protocol { .. } => Status::Fail,
        Failure::Refused
        | Failure::Unreachable { .. }
        | Failure::ConnectTimeout { .. }
        | Failure::HandshakeTimeout { .. }
        | Failure::Declined { .. }
        | Failure::Closed { .. } => Status::Error,
    };
    Finding::new(status, format!("{endpoint} completes a TLS handshake"))
        .observed(bounded(&format!("it {failure}")))
        .hint(mend(address, failure))
}

fn mend(address: SocketAddr, failure: &Failure) -> &'static str {
    match failure {
        Failure::Unreachable { .. } if address.is_ipv6() => {
            "this machine may have no route to IPv6: run from one that has, or give `addresses`"
        }
        Failure::Refused => {
            "start the server on this address and port, or withdraw the address from DNS"
        }
        Failure::Unreachable { .. } | Failure::ConnectTimeout { .. } => {
            "look at routes and firewalls between this machine and the address, or withdraw it from DNS"
        }
        Failure::HandshakeTimeout { received: 0, .. } => {
            "something accepts connections and says nothing: look at the server, and whether the port is one of TLS"
        }
        Failure::HandshakeTimeout { .. } => {
            "the server is too slow: look at its load, or raise `handshake-timeout`"
        }
        Failure::TlsRefused { .. } => {
            "enable TLS on the server, for PostgreSQL `ssl = on`, for MySQL `ssl-cert` and `ssl-key`"
        }
        Failure::Declined { .. } => {
            "look at the server's log and limits: it wants no client from here, or none now"
        }
        Failure::OtherProtocol { .. } => "correct `starttls` or the port",
        Failure::NotTls { .. } => "enable TLS on this port, or correct the port",
        Failure::Alert { .. } => {
            "look at the server's log: it may not know the name, ask for a client certificate, or allow none of TLS 1.2 and 1.3 with ECDHE"
        }
        Failure::Protocol { .. } => {
            "look at what stands between client and server, and at the server's log"
        }
        Failure::Closed { .. } => {
            "look at the server's log and at load balancers before it; a server that waits for STARTTLS does so too"
        }
    }
}
