//! The ways in which a handshake does not come about, told apart.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::tap::Arrived;
use super::words;
use crate::instrument::alert::{explained, name, spelled};
use crate::instrument::dial::DialError;
use crate::instrument::text::seconds;

/// Why there was no handshake. The display text is a predicate: "refused the connection".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Failure {
    /// Nothing listens.
    #[error("refused the connection")]
    Refused,
    /// No connection for another reason, such as no route.
    #[error("could not be reached: {message}")]
    Unreachable {
        /// The operating system's words.
        message: String,
    },
    /// The connection was made and reset at once, or something between reset it.
    #[error("reset the connection as soon as it was made")]
    Reset,
    /// This machine cannot connect: out of descriptors, ports or memory, or it forbids it. It says nothing about the
    /// server.
    #[error("could not be reached, this machine failed: {message}")]
    Local {
        /// The operating system's words.
        message: String,
    },
    /// Not contacted: the run has made all the connections that it makes to a database server which blocks hosts.
    #[error("was left alone: this run has made its {made} connections to this database server")]
    Spared {
        /// How many there were.
        made: u32,
    },
    /// No answer to the connection attempt.
    #[error("did not answer the connection attempt within {}", seconds(.after_ms))]
    ConnectTimeout {
        /// How long it was waited for.
        after_ms: u64,
    },
    /// Connected, but the handshake did not end.
    #[error("did not finish the handshake within {}, having sent {received} bytes", seconds(.after_ms))]
    HandshakeTimeout {
        /// How long it was waited for.
        after_ms: u64,
        /// Bytes that had come until then.
        received: u64,
    },
    /// Something other than TLS answered.
    #[error("does not speak TLS, it answered \"{first}\"")]
    NotTls {
        /// The first bytes, not more than 64, as escaped ASCII.
        first: String,
    },
    /// The server speaks the protocol in which TLS was asked for, and has no TLS.
    #[error("refused to start TLS: over {protocol} it answered \"{answer}\"")]
    TlsRefused {
        /// Which protocol.
        protocol: String,
        /// Its words, as escaped ASCII.
        answer: String,
    },
    /// The server speaks that protocol, and does not have TLS among what it offers.
    #[error("offers no TLS over {protocol}: {lacks}")]
    TlsNotOffered {
        /// Which protocol.
        protocol: String,
        /// What is missing where, in our words.
        lacks: String,
    },
    /// The server speaks that protocol and rejected the client before TLS.
    #[error("rejected the client before TLS: over {protocol} it answered \"{answer}\"")]
    Declined {
        /// Which protocol.
        protocol: String,
        /// Its words, as escaped ASCII.
        answer: String,
    },
    /// The server does not keep to the protocol in which TLS was asked for.
    #[error("does not speak {protocol} before TLS, it sent \"{answer}\"")]
    OtherProtocol {
        /// Which protocol.
        protocol: String,
        /// What it sent, as escaped ASCII.
        answer: String,
    },
    /// The server ended the handshake with an alert (RFC 8446 section 6).
    #[error(
        "ended the handshake with the alert {}{}",
        spelled(description),
        explained(description)
    )]
    Alert {
        /// The alert's name.
        description: String,
    },
    /// The server broke the protocol, or shares no parameters with this client.
    #[error("broke the handshake: {message}")]
    Protocol {
        /// What was wrong.
        message: String,
    },
    /// The connection ended in the middle of the handshake.
    #[error("{} in the middle of the handshake, having sent {received} bytes", if *.reset { "reset the connection" } else { "closed the connection" })]
    Closed {
        /// Ended by a reset rather than in order.
        reset: bool,
        /// Bytes that had come until then.
        received: u64,
    },
}

impl Failure {
    /// Whether the server sent this alert.
    pub fn is_alert(&self, name: &str) -> bool {
        matches!(self, Self::Alert { description } if description == name)
    }

    /// Why a handshake was not finished.
    pub(super) fn of_handshake(error: &io::Error, arrived: &Arrived) -> Self {
        let first = arrived.first();
        let received = arrived.total();
        if !could_be_tls(&first) {
            return Self::NotTls {
                first: first.escape_ascii().to_string(),
            };
        }
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        match (inner, error.kind()) {
            (Some(rustls::Error::AlertReceived(alert)), _) => Self::Alert {
                description: name(*alert),
            },
            (Some(other), _) => Self::Protocol {
                message: words::of_tls(other),
            },
            (None, io::ErrorKind::UnexpectedEof) => Self::Closed {
                reset: false,
                received,
            },
            (
                None,
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe,
            ) => Self::Closed {
                reset: true,
                received,
            },
            (None, _) => Self::Protocol {
                message: error.to_string(),
            },
        }
    }

    /// The handshake was given up.
    pub(super) fn handshake_timeout(after: Duration, arrived: &Arrived) -> Self {
        Self::HandshakeTimeout {
            after_ms: after.as_millis() as u64,
            received: arrived.total(),
        }
    }
}

/// Why a connection was not made.
impl From<DialError> for Failure {
    fn from(error: DialError) -> Self {
        match error {
            DialError::Refused => Self::Refused,
            DialError::Timeout { after_ms } => Self::ConnectTimeout { after_ms },
            DialError::Reset => Self::Reset,
            DialError::Unreachable { message } => Self::Unreachable { message },
            DialError::Local { message } => Self::Local { message },
            DialError::Spared { made } => Self::Spared { made },
        }
    }
}

/// Whether bytes begin like a TLS record (RFC 8446 section 5.1): a content type of 20 to 24, then major
/// version 3. Nothing at all could still become one.
fn could_be_tls(first: &[u8]) -> bool {
    match first {
        [] => true,
        [kind] => (20..=24).contains(kind),
        [kind, major, ..] => (20..=24).contains(kind) && *major == 3,
    }
}
