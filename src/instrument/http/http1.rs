//! One request and its answer in HTTP/1.1 (RFC 9112).

use std::error::Error as _;
use std::io;

use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use super::answer::Answer;
use super::error::{HttpError, Moment};
use super::head::{Head, fields};
use super::request::Request;

/// hyper takes no smaller buffer.
const SMALLEST_BUFFER: usize = 8192;

/// hyper's words for a head that is.
const TOO_LARGE: &str = "message head is too large";

/// The most header fields that are taken.
const FIELDS: usize = 256;

/// Sends the request, and takes the answer in as it comes.
pub(super) async fn converse<S>(
    request: &Request<'_>,
    stream: S,
    answer: &mut Answer,
) -> Result<(), HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let head = request.for_http1()?;
    let body = Full::new(request.body.clone());
    let limit = request.limits.head.max(SMALLEST_BUFFER);
    let failed = |error: hyper::Error| failure(&error, limit);
    let mut builder = Builder::new();
    builder.max_buf_size(limit).max_headers(FIELDS);
    let made = builder.handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = made.map_err(failed)?;
    let mut driver = JoinSet::new(); // ends with this function, whatever ends that
    driver.spawn(connection);
    let response = sender.send_request(head.map(|()| body)).await;
    let (head, mut body) = response.map_err(failed)?.into_parts();
    answer.head = Some(Head::of(head.status, head.version, &head.headers));
    while let Some(frame) = body.frame().await {
        match frame.map_err(failed)?.into_data() {
            Ok(data) => {
                if !answer.body.take(&data, request.limits) {
                    return Ok(());
                }
            }
            Err(frame) => {
                if let Ok(trailers) = frame.into_trailers() {
                    answer.trailers = fields(&trailers);
                }
            }
        }
    }
    answer.body.end();
    Ok(())
}

fn failure(error: &hyper::Error, limit: usize) -> HttpError {
    // The method that says so is there for servers alone.
    if error.is_parse() && error.to_string() == TOO_LARGE {
        return HttpError::LargeHead { limit };
    }
    if error.is_incomplete_message() {
        let moment = Moment::Request;
        return HttpError::Closed {
            moment,
            reset: false,
        };
    }
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return HttpError::of_stream(error);
        }
        source = cause.source();
    }
    HttpError::broken(error)
}
