//! One GET at one address, whatever is answered: the status, where it redirects to, and how the page begins.
//!
//! No redirect is followed, no proxy used, and no certificate verified; nothing secret is sent.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::header::LOCATION;
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::dial::dial;
use super::exchange::{self, Answer};
use super::lookup::bare;
use super::tls::{Client, Failure, Timeouts};

/// The most bytes of a page that are read.
const LIMIT: usize = 64 * 1024;

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
    let lost = |failure| NoPage::Connection { failure };
    if url.scheme() == "https" {
        let host = url.host_str().unwrap_or_default();
        let name = ServerName::try_from(bare(host).to_owned()).map_err(|_| NoPage::Broken {
            message: "its name is none for TLS".to_owned(),
        })?;
        let stream = client.hold(address, name, timeouts).await.map_err(lost)?;
        ask(url, stream, timeouts).await
    } else {
        let dialled = dial(address, timeouts.connect_by()).await;
        let stream = dialled.map_err(|error| lost(error.into()))?.stream;
        ask(url, stream, timeouts).await
    }
}

async fn ask(
    url: &Url,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    timeouts: Timeouts,
) -> Result<Page, NoPage> {
    let begin = Instant::now();
    let until = timeouts.until.min(begin + timeouts.handshake);
    match timeout_at(until, get(url, stream)).await {
        Ok(answered) => answered.map_err(|message| NoPage::Broken { message }),
        Err(_) => Err(NoPage::Timeout {
            after_ms: millis(begin.elapsed()),
        }),
    }
}

async fn get(
    url: &Url,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<Page, String> {
    let words = |error: hyper::Error| error.to_string();
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let request = exchange::request(path, host)
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let mut answer = exchange::ask(stream, request).await.map_err(words)?;
    let location = answer.head.headers().get(LOCATION).map(|location| {
        let bytes = location.as_bytes();
        let kept = bytes.get(..LONGEST_LOCATION).unwrap_or(bytes);
        kept.escape_ascii().to_string()
    });
    let (bytes, beginning) = read(&mut answer).await.map_err(words)?;
    Ok(Page {
        status: answer.head.status().as_u16(),
        location,
        begins: beginning.escape_ascii().to_string(),
        bytes,
    })
}

/// Reads the body as far as the limit, and keeps its beginning.
async fn read(answer: &mut Answer) -> hyper::Result<(u64, Vec<u8>)> {
    let (mut bytes, mut beginning) = (0, Vec::new());
    while bytes < LIMIT
        && let Some(data) = answer.next().await
    {
        let data = data?;
        let room = BEGINNING - beginning.len();
        beginning.extend_from_slice(&data[..room.min(data.len())]);
        bytes += data.len();
    }
    Ok((bytes.min(LIMIT) as u64, beginning))
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis() as u64
}
