//! Why an exchange ended early, told by what was going on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::instrument::alert;
use crate::instrument::dial::DialError;
use crate::instrument::lookup::LookupError;
use crate::instrument::text::{seconds, size};
use crate::instrument::tls::Failure;

/// Why there is no whole answer. The display text is a predicate: "refused the connection".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HttpError {
    /// Nothing can be asked for at that URL.
    #[error("is not a URL for HTTP: {reason}")]
    Url {
        /// Why.
        reason: String,
    },
    /// The host has no address.
    #[error("{error}")]
    Lookup {
        /// Why.
        error: LookupError,
    },
    /// No connection.
    #[error("{error}")]
    Connect {
        /// Why.
        error: DialError,
    },
    /// No TLS.
    #[error("{failure}")]
    Handshake {
        /// Why.
        failure: Failure,
    },
    /// Its certificate is refused.
    #[error("presented an untrusted certificate: {reason}")]
    Untrusted {
        /// Why.
        reason: String,
    },
    /// HTTP/2 was asked for, and the server did not agree to it.
    #[error("does not speak HTTP/2")]
    NoHttp2,
    /// HTTP/1.1 was offered, and the server did not select it.
    #[error("does not select HTTP/1.1")]
    NoHttp1,
    /// It was not all there in time.
    #[error("did not {} within {}", .moment.deed(), seconds(.after_ms))]
    Timeout {
        /// What was going on.
        moment: Moment,
        /// How long it was waited for, from the first byte of the request on.
        after_ms: u64,
    },
    /// The connection ended.
    #[error("{} the connection {moment}", if *.reset { "reset" } else { "closed" })]
    Closed {
        /// What was going on.
        moment: Moment,
        /// Ended by a reset rather than in order.
        reset: bool,
    },
    /// The server ended the connection with an alert (RFC 8446 section 6.2).
    #[error(
        "ended the connection with the alert {}{}",
        alert::spelled(description),
        alert::explained(description)
    )]
    Alert {
        /// The alert's name.
        description: String,
    },
    /// The server ended the stream of this request (RFC 9113 section 5.4.2).
    #[error("reset the stream {moment} ({code})")]
    Reset {
        /// What was going on.
        moment: Moment,
        /// Its reason, by its name in RFC 9113 section 7.
        code: String,
    },
    /// Its header fields are larger than anything useful.
    #[error("sent more than {} of header fields", size(&(*.limit as u64)))]
    LargeHead {
        /// The most that is taken.
        limit: usize,
    },
    /// It does not keep to HTTP.
    #[error("broke HTTP {moment}: {message}")]
    Broken {
        /// What was going on.
        moment: Moment,
        /// What was wrong.
        message: String,
    },
}

/// What was going on when an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The request was being sent.
    Request,
    /// It was sent, and nothing of the answer was whole.
    Head,
    /// The head had come, and the body was coming.
    Body,
}

impl Moment {
    fn deed(self) -> &'static str {
        match self {
            Self::Request => "take the request",
            Self::Head => "answer the request",
            Self::Body => "deliver the whole answer",
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "while the request was sent",
            Self::Head => "before it answered",
            Self::Body => "in the middle of the answer",
        })
    }
}

impl HttpError {
    /// The same, with what was going on.
    pub(super) fn at(mut self, now: Moment) -> Self {
        match &mut self {
            Self::Timeout { moment, .. }
            | Self::Closed { moment, .. }
            | Self::Reset { moment, .. }
            | Self::Broken { moment, .. } => *moment = now,
            _ => {}
        }
        self
    }

    pub(super) fn broken(message: impl fmt::Display) -> Self {
        Self::Broken {
            moment: Moment::Request,
            message: message.to_string(),
        }
    }

    /// What an error of the stream below means.
    pub(super) fn of_stream(error: &std::io::Error) -> Self {
        if let Some(description) = alert::of_stream(error) {
            return Self::Alert { description };
        }
        let reset = match error.kind() {
            std::io::ErrorKind::UnexpectedEof => false,
            std::io::ErrorKind::ConnectionReset
            | std::io::ErrorKind::ConnectionAborted
            | std::io::ErrorKind::BrokenPipe => true,
            _ => return Self::broken(error),
        };
        Self::Closed {
            moment: Moment::Request,
            reset,
        }
    }
}
