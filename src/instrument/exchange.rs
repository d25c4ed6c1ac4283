//! One request over one connection of HTTP/1.1, and its answer as it comes in. Who asks says to whom, for how long,
//! and how much of the answer is taken.

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HOST, USER_AGENT};
use hyper::http::request::Builder;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

/// A request for a path at a host, with the fields that all of ours have.
pub(super) fn request(path: &str, host: &str) -> Builder {
    Request::builder()
        .uri(path)
        .header(HOST, host)
        .header(USER_AGENT, concat!("tminus/", env!("CARGO_PKG_VERSION")))
}

/// An answer whose body is still to come. The connection ends with it.
pub(super) struct Answer {
    pub(super) head: Response<Incoming>,
    _connection: JoinSet<hyper::Result<()>>,
}

/// Sends a request and waits for the head of the answer.
///
/// # Errors
/// How the server broke the exchange.
pub(super) async fn ask<B>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<B>,
) -> hyper::Result<Answer>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut driver = JoinSet::new(); // ends with the answer, whatever ends that
    driver.spawn(connection);
    Ok(Answer {
        head: sender.send_request(request).await?,
        _connection: driver,
    })
}

impl Answer {
    /// The next bytes of the body; none at its end.
    pub(super) async fn next(&mut self) -> Option<hyper::Result<Bytes>> {
        loop {
            match self.head.frame().await?.map(|frame| frame.into_data()) {
                Ok(Ok(data)) => return Some(Ok(data)),
                Ok(Err(_)) => {} // trailers
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
