//! One small document over plain HTTP: revocation lists and OCSP responses are published that way, and prove
//! themselves by their own signature.
//!
//! No redirect is followed, no proxy used, no credentials sent; what comes is bounded in bytes and in time.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, StatusCode, Uri};
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::dial::dial;
use super::exchange::{Answer, ask, request};
use super::lookup::lookup;

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
    /// That is no URL of scheme `http`.
    #[error("is no address for plain HTTP")]
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
    #[error("did not deliver within {after_ms} ms")]
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
    /// The server does not keep to HTTP, or hung up.
    #[error("broke the exchange: {message}")]
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
        let begin = Instant::now();
        let until = self.until;
        match timeout_at(until, self.exchange()).await {
            Ok(fetched) => fetched,
            Err(_) => Err(FetchError::Timeout {
                after_ms: begin.elapsed().as_millis() as u64,
            }),
        }
    }

    async fn exchange(self) -> Result<Vec<u8>, FetchError> {
        let uri: Uri = self.url.parse().map_err(|_| FetchError::Url)?;
        let (Some("http"), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(FetchError::Url);
        };
        let stream = self.connect(host, uri.port_u16().unwrap_or(80)).await?;
        let answer = ask(stream, self.request(&uri)?).await;
        let mut answer = answer.map_err(|error| broken(&error))?;
        let status = answer.head.status();
        if status != StatusCode::OK {
            return Err(FetchError::Status {
                status: status.as_u16(),
            });
        }
        body(&mut answer, self.limit).await
    }

    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, FetchError> {
        let found = lookup(host, port, self.until).await;
        let found = found.map_err(|error| FetchError::Lookup {
            message: error.message(),
        })?;
        let mut last = String::new();
        for address in found.addresses.into_iter().take(MOST_ADDRESSES) {
            let until = self.until.min(Instant::now() + self.connect);
            match dial(address, until).await {
                Ok(dialled) => return Ok(dialled.stream),
                Err(error) => last = format!("{address}: {error}"),
            }
        }
        Err(FetchError::Connect { message: last })
    }

    fn request(&self, uri: &Uri) -> Result<Request<Full<Bytes>>, FetchError> {
        let authority = uri.authority().ok_or(FetchError::Url)?;
        // User information is no part of the Host field (RFC 9110 section 7.2).
        let host = authority.as_str().rsplit('@').next().unwrap_or_default();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = request(path, host);
        let mut bytes = Bytes::new();
        if let Some((media_type, sent)) = &self.send {
            request = request
                .method(Method::POST)
                .header(CONTENT_TYPE, *media_type);
            bytes = Bytes::from(sent.clone());
        }
        request.body(Full::new(bytes)).map_err(|_| FetchError::Url)
    }
}

async fn body(answer: &mut Answer, limit: usize) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::new();
    while let Some(data) = answer.next().await {
        let data = data.map_err(|error| broken(&error))?;
        if bytes.len() + data.len() > limit {
            return Err(FetchError::Large { limit });
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

fn broken(error: &hyper::Error) -> FetchError {
    FetchError::Broken {
        message: error.to_string(),
    }
}
