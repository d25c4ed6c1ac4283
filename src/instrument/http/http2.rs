//! HTTP/2 (RFC 9113): a connection for any number of requests, and one request over it.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::{Reason, RecvStream};
use http::response::Parts;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use super::answer::Answer;
use super::error::{HttpError, Moment};
use super::head::{Head, fields};
use super::request::Request;
use crate::instrument::text::ending;

/// How much of an answer may be on its way before it was read, in bytes.
const WINDOW: u32 = 1024 * 1024;

/// A connection, driven by a task that ends with this value.
pub(in crate::instrument) struct Connection {
    sender: SendRequest<Bytes>,
    ended: Ended,
    tasks: JoinSet<()>,
}

/// The right to open one stream.
pub(in crate::instrument) struct Slot(SendRequest<Bytes>);

/// Why a request has no whole answer.
#[derive(Debug)]
pub(in crate::instrument) enum StreamError {
    /// The server did not look at the request: it may be sent again (RFC 9113 section 8.7).
    Refused,
    /// The server ended this stream; the connection goes on.
    Reset(String),
    /// The connection ended. How, as the end of "the connection was ...".
    Ended(String),
    /// The server sends more than is taken.
    Large,
}

/// Why the connection has ended. The first reason stays.
#[derive(Clone, Default)]
struct Ended(Arc<Mutex<Option<String>>>);

impl Ended {
    fn set(&self, reason: String) {
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ended.get_or_insert(reason);
    }

    fn get(&self) -> Option<String> {
        let ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ended.clone()
    }
}

/// A connection as this program opens it: nothing is pushed, and header fields are bounded.
pub(in crate::instrument) fn builder(head: usize) -> Builder {
    let mut builder = Builder::new();
    builder
        .enable_push(false)
        .max_header_list_size(head.try_into().unwrap_or(u32::MAX));
    builder
}

impl Connection {
    /// Takes over a stream on which HTTP/2 was agreed.
    ///
    /// # Errors
    /// How the connection ended before it began.
    pub(in crate::instrument) async fn over<S>(
        stream: S,
        builder: &Builder,
    ) -> Result<Self, h2::Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = builder.handshake(stream).await?;
        let ended = Ended::default();
        let ours = ended.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            ours.set(match connection.await {
                Ok(()) => "closed by the server".to_owned(),
                Err(error) => words(&error),
            });
        });
        Ok(Self {
            sender,
            ended,
            tasks,
        })
    }

    /// Waits until the server takes a further request.
    ///
    /// # Errors
    /// How the connection ended.
    pub(in crate::instrument) async fn slot(&self) -> Result<Slot, String> {
        let ready = self.sender.clone().ready().await;
        ready.map(Slot).map_err(|error| {
            // Told to go away: what is open will be answered, but nothing more is taken.
            self.ended.set(words(&error));
            words(&error)
        })
    }

    /// Sends a request. What comes back waits for the head of the answer.
    ///
    /// # Errors
    /// What came instead.
    pub(in crate::instrument) fn send(
        &self,
        slot: Slot,
        request: http::Request<()>,
        body: Bytes,
    ) -> Result<ResponseFuture, StreamError> {
        let Slot(mut sender) = slot;
        let failed = |error: h2::Error| self.failed(&error);
        let (response, mut stream) = sender
            .send_request(request, body.is_empty())
            .map_err(failed)?;
        if !body.is_empty() {
            stream.send_data(body, true).map_err(failed)?;
        }
        Ok(response)
    }

    /// Waits for the head of an answer. The caller ends the wait.
    ///
    /// # Errors
    /// What came instead.
    pub(in crate::instrument) async fn head(
        &self,
        response: ResponseFuture,
    ) -> Result<(Parts, RecvStream), StreamError> {
        let response = response.await.map_err(|error| self.failed(&error))?;
        Ok(response.into_parts())
    }

    /// The next bytes of a body; none at its end.
    ///
    /// # Errors
    /// What came instead.
    pub(in crate::instrument) async fn next(
        &self,
        body: &mut RecvStream,
    ) -> Result<Option<Bytes>, StreamError> {
        let Some(piece) = body.data().await else {
            return Ok(None);
        };
        let piece = piece.map_err(|error| self.failed(&error))?;
        let given_back = body.flow_control().release_capacity(piece.len());
        given_back.map_err(|error| self.failed(&error))?;
        Ok(Some(piece))
    }

    /// A whole body of at most `limit` bytes.
    ///
    /// # Errors
    /// What came instead.
    pub(in crate::instrument) async fn whole(
        &self,
        mut body: RecvStream,
        limit: usize,
    ) -> Result<Vec<u8>, StreamError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next(&mut body).await? {
            if whole.len() + piece.len() > limit {
                return Err(StreamError::Large);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Why it has ended, if it has.
    pub(in crate::instrument) fn ended(&self) -> Option<String> {
        self.ended.get()
    }

    /// Says good-bye and waits until the other side has.
    pub(in crate::instrument) async fn close(mut self) {
        drop(self.sender);
        while self.tasks.join_next().await.is_some() {}
    }

    /// What an error means for one request: the end of its stream, or of the whole connection.
    fn failed(&self, error: &h2::Error) -> StreamError {
        match error.reason() {
            Some(Reason::REFUSED_STREAM) if error.is_reset() && error.is_remote() => {
                StreamError::Refused
            }
            Some(reason) if error.is_reset() && error.is_remote() => {
                StreamError::Reset(name(reason))
            }
            // An orderly end: what the server still looks at goes on and has no error (RFC 9113 section 6.8).
            Some(Reason::NO_ERROR) if error.is_go_away() && error.is_remote() => {
                self.ended.set(words(error));
                StreamError::Refused
            }
            _ => StreamError::Ended(self.ended.get().unwrap_or_else(|| words(error))),
        }
    }
}

/// Sends one request over a connection of its own, and takes the answer in as it comes.
pub(super) async fn converse<S>(
    request: &Request<'_>,
    stream: S,
    answer: &mut Answer,
) -> Result<(), HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let head = request.for_http2()?;
    let mut builder = builder(request.limits.head);
    builder
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOW);
    let made = builder.handshake(stream).await;
    let (sender, connection) = made.map_err(|error| failure(&error))?;
    let mut driver = JoinSet::new(); // ends with this function, whatever ends that
    driver.spawn(connection);
    let mut sender = sender.ready().await.map_err(|error| failure(&error))?;
    let sent = sender.send_request(head, request.body.is_empty());
    let (response, mut body) = sent.map_err(|error| failure(&error))?;
    if !request.body.is_empty() {
        let sent = body.send_data(request.body.clone(), true);
        sent.map_err(|error| failure(&error))?;
    }
    let response = response.await.map_err(|error| failure(&error))?;
    let (head, mut body) = response.into_parts();
    answer.head = Some(Head::of(head.status, head.version, &head.headers));
    while let Some(piece) = body.data().await {
        let piece = piece.map_err(|error| failure(&error))?;
        if !answer.body.take(&piece, request.limits) {
            return Ok(());
        }
        let given_back = body.flow_control().release_capacity(piece.len());
        given_back.map_err(|error| failure(&error))?;
    }
    let trailers = body.trailers().await.map_err(|error| failure(&error))?;
    answer.trailers = trailers.as_ref().map(fields).unwrap_or_default();
    answer.body.end();
    Ok(())
}

fn failure(error: &h2::Error) -> HttpError {
    let moment = Moment::Request;
    match (error.reason(), error.get_io()) {
        (Some(reason), _) if error.is_reset() && error.is_remote() => HttpError::Reset {
            moment,
            code: name(reason),
        },
        (Some(reason), _) if error.is_go_away() && error.is_remote() => HttpError::Broken {
            moment,
            message: format!("the connection was closed by the server ({})", name(reason)),
        },
        (Some(reason), _) => HttpError::broken(name(reason)),
        (None, Some(error)) => HttpError::of_stream(error),
        (None, None) => HttpError::broken(error),
    }
}

/// How a connection ended, as the end of "the connection was ...".
fn words(error: &h2::Error) -> String {
    match error.reason() {
        Some(Reason::NO_ERROR) if error.is_go_away() => "closed by the server (GOAWAY)".to_owned(),
        Some(reason) if error.is_go_away() && error.is_remote() => {
            format!("closed by the server ({})", name(reason))
        }
        Some(reason) => format!("broken off: the server breaks HTTP/2 ({})", name(reason)),
        None => error
            .get_io()
            .map_or_else(|| format!("broken off: {error}"), ending),
    }
}

/// `REFUSED_STREAM`, as RFC 9113 section 7 writes it.
fn name(reason: Reason) -> String {
    format!("{reason:?}")
}
