//! One small document over plain HTTP: revocation lists and OCSP responses are published that way, and prove
//! themselves by their own signature.
//!
//! No redirect is followed, no proxy used, no credentials sent; what comes is bounded in bytes and in time.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use url::Url;

use super::error::HttpError;
use super::exchange::Exchange;
use super::request::{Destination, Limits, Request, Security, Versions};
use crate::instrument::text::seconds;
use crate::instrument::timeouts::Timeouts;

/// How many addresses of a host are tried.
const MOST_ADDRESSES: usize = 4;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Fetch<'a> {
    /// Its URL, of scheme `http`.
    pub url: &'a str,
    /// What is sent by POST, and its media type; a GET without it.
    pub send: Option<(&'a str, Vec<u8>)>,
    /// The most bytes that are taken.
    pub limit: usize,
    /// How long each connection attempt may take.
    pub connect: Duration,
    /// When all of it ends.
    pub until: Instant,
}

/// Why there is no document. The display text is a predicate: "refused the connection".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FetchError {
    /// It is no URL of scheme `http`.
    #[error("is not a URL of plain HTTP")]
    Url,
    /// The host has no address.
    #[error("could not be looked up: {message}")]
    Lookup {
        /// The resolver's words.
        message: String,
    },
    /// No connection.
    #[error("could not be connected to: {message}")]
    Connect {
        /// The operating system's words.
        message: String,
    },
    /// It was not all there in time.
    #[error("did not deliver within {}", seconds(.after_ms))]
    Timeout {
        /// How long it was waited for.
        after_ms: u64,
    },
    /// The server has something else to say.
    #[error("answered with HTTP status {status}")]
    Status {
        /// The code.
        status: u16,
    },
    /// It is larger than anything useful.
    #[error("delivers more than {limit} bytes")]
    Large {
        /// The most that is taken.
        limit: usize,
    },
    /// The server does not keep to HTTP, or hung up. The message is a predicate as well.
    #[error("{message}")]
    Broken {
        /// What was wrong.
        message: String,
    },
}

impl Fetch<'_> {
    /// Fetches it.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub async fn run(self) -> Result<Vec<u8>, FetchError> {
        let url: Url = self.url.parse().map_err(|_| FetchError::Url)?;
        if url.scheme() != "http" {
            return Err(FetchError::Url);
        }
        let timeouts = Timeouts {
            connect: self.connect,
            handshake: self.connect,
            until: self.until,
        };
        let limit = self.limit;
        let request = Request {
            versions: Versions::Http1,
            destination: Destination::Host {
                tries: MOST_ADDRESSES,
            },
            limits: Limits {
                read: limit as u64,
                keep: limit,
                ..Limits::default()
            },
            ..match self.send {
                Some((media_type, body)) => {
                    let media_type = media_type.parse().map_err(|_| FetchError::Url)?;
                    Request::post(url, &media_type, body, Security::Plain, timeouts)
                }
                None => Request::get(url, Security::Plain, timeouts),
            }
        };
        document(request.send().await, limit)
    }
}

/// The document that an answer is.
fn document(exchange: Exchange, limit: usize) -> Result<Vec<u8>, FetchError> {
    // Another status is the answer, whatever became of its body.
    if let Some(status) = exchange.status().filter(|status| *status != 200) {
        return Err(FetchError::Status { status });
    }
    if let Some(error) = exchange.failure {
        return Err(match error {
            HttpError::Url { .. } => FetchError::Url,
            HttpError::Lookup { error } => FetchError::Lookup {
                message: error.message(),
            },
            HttpError::Connect { error } => FetchError::Connect {
                message: match exchange.address {
                    Some(address) => format!("{address}: {error}"),
                    None => error.to_string(),
                },
            },
            HttpError::Timeout { after_ms, .. } => FetchError::Timeout { after_ms },
            error => FetchError::Broken {
                message: error.to_string(),
            },
        });
    }
    match exchange.body.complete {
        true => Ok(exchange.body.kept),
        false => Err(FetchError::Large { limit }),
    }
}
