//! Addresses that completed no handshake.
//!
//! What a server said is judged: a closed port, an alert, another protocol, broken TLS are failures. What it left unsaid
//! (no route, silence, a connection that broke) is an error: nothing is known of its certificate.

use std::net::SocketAddr;

use super::client_certificate::Request;
use super::{alert_hints, plain_servers, rules};
use crate::instrument::host_block;
use crate::instrument::tls::Failure;
use crate::judging::text::clipped;
use crate::model::{Finding, Status};

/// What is found of an address that completed no handshake.
pub(crate) fn finding(
    endpoint: &str,
    address: SocketAddr,
    failure: &Failure,
    request: Option<&Request>,
) -> Finding {
    let status = match failure {
        Failure::Refused
        | Failure::NotTls { .. }
        | Failure::TlsRefused { .. }
        | Failure::TlsNotOffered { .. }
        | Failure::OtherProtocol { .. }
        | Failure::Alert { .. }
        | Failure::Protocol { .. } => Status::Fail,
        Failure::Unreachable { .. }
        | Failure::Reset
        | Failure::Local { .. }
        | Failure::Spared { .. }
        | Failure::ConnectTimeout { .. }
        | Failure::HandshakeTimeout { .. }
        | Failure::Declined { .. }
        | Failure::Closed { .. } => Status::Error,
    };
    let claim = format!("{endpoint} completes no TLS handshake at {}", address.ip());
    rules::HANDSHAKE
        .finding(status, endpoint, claim)
        .observed(clipped(&format!("it {failure}")))
        .hint(hint(address, failure, request))
}

/// A cause is named only where the failure rules out the others.
fn hint(address: SocketAddr, failure: &Failure, request: Option<&Request>) -> &'static str {
    match failure {
        Failure::Unreachable { .. } if address.is_ipv6() => {
            "check whether this machine has an IPv6 route at all: if not, run where there is one, or list `addresses`"
        }
        Failure::Unreachable { .. } => {
            "check the routes between this machine and the address, or withdraw it from DNS"
        }
        Failure::Local { .. } => {
            "fix what the message says of this machine: it says nothing about the server"
        }
        Failure::Spared { .. } => host_block::HINT,
        Failure::Refused => {
            "start the server on this address and port, look for a firewall that rejects, or withdraw the address from DNS"
        }
        Failure::Reset => {
            "check the log and limits of the server and of load balancers before it, and look for a firewall that resets"
        }
        Failure::ConnectTimeout { .. } => {
            "check that the host runs, then routes and firewalls on the way to it, or withdraw the address from DNS"
        }
        Failure::HandshakeTimeout { received: 0, .. } => {
            "check the server, which accepts connections and says nothing, and whether this port speaks TLS"
        }
        Failure::HandshakeTimeout { .. } => {
            "check the server's load, and whether large packets get lost on the way (MTU), or raise `timeouts.handshake`"
        }
        Failure::TlsRefused { protocol, .. } | Failure::TlsNotOffered { protocol, .. } => {
            plain_servers::enable(protocol)
        }
        Failure::Declined { .. } => {
            "check the server's log and limits: it turns away clients from here, or all clients now"
        }
        Failure::OtherProtocol { .. } => "correct `starttls` or the port",
        Failure::NotTls { first } => plain_servers::recognise(first),
        Failure::Alert { description } => alert_hints::hint(description, request),
        Failure::Protocol { .. } => "check what is between client and server, and the server's log",
        Failure::Closed { .. } if request.is_some() => {
            "the server asked for a client certificate, and may have ended the connection over the answer: check its log, and `tls.certificate`"
        }
        Failure::Closed { .. } => {
            "check the log of the server and of load balancers before it; a server that waits for STARTTLS closes like this"
        }
    }
}
