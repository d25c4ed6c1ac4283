//! What is asked, of whom, and within which bounds.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Uri};
use rustls::pki_types::ServerName;
use url::{Position, Url};

use super::error::HttpError;
use crate::instrument::lookup::bare;
use crate::instrument::timeouts::Timeouts;
use crate::instrument::tls::{Client, Trust};

/// One request. [`Request::get`] and [`Request::post`] fill in what is usual.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// Of scheme `http` or `https`. User information in it is not sent.
    pub url: Url,
    /// Header fields beside `Host` and `User-Agent`, or in place of them. Mark secret values as sensitive.
    pub headers: HeaderMap,
    /// What is sent with it.
    pub body: Bytes,
    /// The versions of HTTP that may be spoken.
    pub versions: Versions,
    /// Which address is contacted.
    pub destination: Destination,
    /// What happens where the URL says `https`.
    pub security: Security<'a>,
    /// The name that is asked for in TLS, where it is not the URL's host.
    pub server_name: Option<ServerName<'static>>,
    /// How much is taken of what comes.
    pub limits: Limits,
    /// How long the steps may take.
    pub timeouts: Timeouts,
    /// How long the answer may take, from the first byte of the request to the last byte of the body.
    pub answer: Duration,
}

/// The versions of HTTP that may be spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/1.1 where the server selects it in TLS (RFC 7301); a server that does not is asked for nothing.
    SelectedHttp1,
    /// HTTP/2 alone; without TLS with prior knowledge (RFC 9113 section 3.3).
    Http2,
    /// What the server chooses in TLS (RFC 7301); without TLS HTTP/1.1.
    #[default]
    Either,
}

/// Which address is contacted.
#[derive(Clone, Copy, Debug)]
pub enum Destination {
    /// This one; nothing is looked up.
    Address(SocketAddr),
    /// The first address of the URL's host that accepts a connection, of so many.
    Host {
        /// How many addresses are tried, one after the other.
        tries: usize,
    },
}

/// How the server's certificate is treated.
#[derive(Clone, Copy, Debug)]
pub enum Security<'a> {
    /// Every certificate is accepted and recorded: not for secrets.
    Record(&'a Client),
    /// The request is sent only to a server whose certificate is trusted.
    Verify(&'a Trust),
    /// There is none: a URL of scheme `https` is an error.
    Plain,
}

/// How much is taken of what comes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of header fields, and of trailers.
    pub head: usize,
    /// Bytes of the body that are read. More is an answer that is not complete.
    pub read: u64,
    /// Bytes of the body that are kept.
    pub keep: usize,
    /// Frames of HTTP/2 that are written down; more are counted.
    pub frames: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: 64 * 1024,
            read: 16 * 1024 * 1024,
            keep: 256 * 1024,
            frames: 1000,
        }
    }
}

impl<'a> Request<'a> {
    /// Gets a URL from the first address of its host.
    pub fn get(url: Url, security: Security<'a>, timeouts: Timeouts) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            versions: Versions::default(),
            destination: Destination::Host { tries: 1 },
            security,
            server_name: None,
            limits: Limits::default(),
            timeouts,
            answer: Duration::MAX,
        }
    }

    /// Posts a body of this media type to a URL.
    pub fn post(
        url: Url,
        media_type: &HeaderValue,
        body: impl Into<Bytes>,
        security: Security<'a>,
        timeouts: Timeouts,
    ) -> Self {
        Self {
            method: Method::POST,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, media_type.clone())]),
            body: body.into(),
            ..Self::get(url, security, timeouts)
        }
    }

    pub(super) fn host(&self) -> Result<&str, HttpError> {
        let refused = |reason: &str| HttpError::Url {
            reason: reason.to_owned(),
        };
        if !matches!(self.url.scheme(), "http" | "https") {
            return Err(refused("its scheme is neither http nor https"));
        }
        self.url.host_str().ok_or_else(|| refused("it has no host"))
    }

    /// The name that the certificate has to bear.
    pub(super) fn server_name(&self) -> Result<ServerName<'static>, HttpError> {
        if let Some(name) = &self.server_name {
            return Ok(name.clone());
        }
        let host = bare(self.host()?).to_owned();
        ServerName::try_from(host).map_err(|_| HttpError::Url {
            reason: "its host is no name for TLS".to_owned(),
        })
    }

    /// The host and port that the server is asked for (RFC 9110 section 7.2): no user information, and no port
    /// that the scheme implies.
    fn authority(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    /// As HTTP/1.1 sends it.
    pub(super) fn for_http1(&self) -> Result<http::Request<()>, HttpError> {
        let target = &self.url[Position::BeforePath..Position::AfterQuery];
        let mut headers = self.fields();
        if !headers.contains_key(HOST) {
            let host = HeaderValue::from_str(self.authority()).map_err(unsendable)?;
            headers.insert(HOST, host);
        }
        self.build(target.parse().map_err(unsendable)?, headers)
    }

    /// As HTTP/2 sends it: the host is in the URL (RFC 9113 section 8.3.1).
    pub(super) fn for_http2(&self) -> Result<http::Request<()>, HttpError> {
        let mut headers = self.fields();
        let host = headers.remove(HOST);
        let authority = match &host {
            Some(host) => host.as_bytes(),
            None => self.authority().as_bytes(),
        };
        let uri = Uri::builder()
            .scheme(self.url.scheme())
            .authority(authority)
            .path_and_query(&self.url[Position::BeforePath..Position::AfterQuery])
            .build();
        if !self.body.is_empty() {
            headers.insert(CONTENT_LENGTH, self.body.len().into());
        }
        self.build(uri.map_err(unsendable)?, headers)
    }

    fn fields(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        let agent = concat!("tminus/", env!("CARGO_PKG_VERSION"));
        let agent = HeaderValue::from_static(agent);
        headers.entry(USER_AGENT).or_insert(agent);
        headers
    }

    fn build(&self, uri: Uri, headers: HeaderMap) -> Result<http::Request<()>, HttpError> {
        let mut request = http::Request::new(());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

fn unsendable(error: impl std::fmt::Display) -> HttpError {
    HttpError::Url {
        reason: error.to_string(),
    }
}
