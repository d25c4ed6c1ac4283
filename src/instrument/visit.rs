//! One GET at one address, whatever is answered: the status, where it redirects to, and how the page begins.
//!
//! No redirect is followed, no proxy used, and no certificate verified; nothing secret is sent.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use url::Url;

use super::http::{Destination, Exchange, HttpError, Limits, Request, Security, Versions};
use super::timeouts::Timeouts;
use super::tls::{Client, Failure};

/// The most bytes of a page that are read.
const LIMIT: u64 = 64 * 1024;

/// How many bytes of a page are kept.
const BEGINNING: usize = 120;

/// The longest redirect that is kept.
const LONGEST_LOCATION: usize = 2048;

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// The `Location`, as escaped ASCII.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The first bytes of the body, as escaped ASCII.
    pub begins: String,
    /// How many bytes of the body were read, 64 KiB at most.
    pub bytes: u64,
}

/// Why nothing was answered. The display text is a predicate: "refused the connection".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NoPage {
    /// There was no connection.
    #[error("{failure}")]
    Connection {
        /// Why.
        failure: Failure,
    },
    /// Connected, but the answer did not come, or not all of it.
    #[error("did not answer the request within {after_ms} ms")]
    Timeout {
        /// How long it was waited for.
        after_ms: u64,
    },
    /// The server does not keep to HTTP, or hung up.
    #[error("broke the exchange: {message}")]
    Broken {
        /// What was wrong.
        message: String,
    },
}

/// Gets `url` from `address`. Connecting, the handshake of https, and the answer may each take as long as
/// `timeouts` says; the answer as long as a handshake.
///
/// # Errors
/// Why there was no answer.
pub async fn visit(
    url: &Url,
    address: SocketAddr,
    client: &Client,
    timeouts: Timeouts,
) -> Result<Page, NoPage> {
    let request = Request {
        versions: Versions::Http1,
        destination: Destination::Address(address),
        limits: Limits {
            read: LIMIT,
            keep: BEGINNING,
            ..Limits::default()
        },
        answer: timeouts.handshake,
        ..Request::get(url.clone(), Security::Record(client), timeouts)
    };
    page(request.send().await)
}

fn page(exchange: Exchange) -> Result<Page, NoPage> {
    let location = exchange.header("location").map(|location| {
        let kept = location.get(..LONGEST_LOCATION).unwrap_or(location);
        kept.to_owned()
    });
    match (exchange.failure, exchange.head) {
        (None, Some(head)) => Ok(Page {
            status: head.status,
            location,
            begins: exchange.body.kept.escape_ascii().to_string(),
            bytes: exchange.body.size,
        }),
        (Some(HttpError::Connect { error }), _) => Err(NoPage::Connection {
            failure: error.into(),
        }),
        (Some(HttpError::Handshake { failure }), _) => Err(NoPage::Connection { failure }),
        (Some(HttpError::Timeout { after_ms, .. }), _) => Err(NoPage::Timeout { after_ms }),
        (Some(error), _) => Err(NoPage::Broken {
            message: error.to_string(),
        }),
        (None, None) => Err(NoPage::Broken {
            message: "no answer".to_owned(),
        }),
    }
}
