//! What came of a request, as plain data.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::body::Body;
use super::error::HttpError;
use super::frames::Frames;
use super::head::{Head, Header};
use crate::instrument::dial::DialError;
use crate::instrument::tls::Der;

/// One request and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exchange {
    /// Where it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
    /// Addresses that were tried before, and why they were left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<(SocketAddr, DialError)>,
    /// The TLS session, with `https`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// What was spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// How long everything took.
    pub phases: Phases,
    /// Status and header fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// The body as far as it was read.
    pub body: Body,
    /// The trailers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<Header>,
    /// The frames of HTTP/2.
    #[serde(skip_serializing_if = "Frames::is_empty")]
    pub frames: Frames,
    /// Why it ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<HttpError>,
}

/// What was agreed on and shown in the TLS handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `TLS 1.3` or `TLS 1.2`; nothing where the handshake failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The application protocol that the server selected, as escaped ASCII.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpn: Option<String>,
    /// Certificates as they came, the leaf first.
    pub chain: Vec<Der>,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// RFC 9112; a server may answer with version 1.0.
    #[serde(rename = "HTTP/1.1")]
    Http1,
    /// RFC 9113.
    #[serde(rename = "HTTP/2")]
    Http2,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        })
    }
}

/// How long each phase took, in microseconds; nothing where it did not take place or did not end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Phases {
    /// The lookup of the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup_us: Option<u64>,
    /// The TCP connection to the address in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_us: Option<u64>,
    /// The TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handshake_us: Option<u64>,
    /// From the end of those to the last byte of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_us: Option<u64>,
    /// From there to the first byte of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_us: Option<u64>,
    /// From there to the last byte of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receive_us: Option<u64>,
    /// All of it, until it ended or was given up.
    pub total_us: u64,
}

impl Exchange {
    /// The answer's status, if one came.
    pub fn status(&self) -> Option<u16> {
        self.head.as_ref().map(|head| head.status)
    }

    /// The first header field of this name, as escaped ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.as_ref()?.header(name)
    }
}
