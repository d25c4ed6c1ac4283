//! DNS over HTTPS (RFC 8484): each question is one POST request, and one stream of an HTTP/2 connection.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use h2::client::SendRequest;
use h2::{Reason, RecvStream};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use http::{Method, Request, StatusCode, Uri};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use crate::instrument::dns::Outcome;
use crate::instrument::dns::question::Question;

/// The media type of questions and answers (RFC 8484 section 6).
const MESSAGE: &str = "application/dns-message";
/// No message is longer: elsewhere two bytes hold its length.
const LONGEST: usize = 65_535;
/// The most that a server's headers may take up, in bytes.
const HEADERS: u32 = 16 * 1024;
/// The longest media type that is written down.
const LONGEST_TYPE: usize = 100;

/// An HTTP/2 connection, driven by a task that ends with this value.
pub(super) struct Https {
    sender: SendRequest<Bytes>,
    uri: Uri,
    ended: Ended,
    tasks: JoinSet<()>,
}

/// Why the connection has ended.
#[derive(Clone, Default)]
struct Ended(Arc<Mutex<Option<String>>>);

impl Ended {
    /// The first reason stands.
    fn set(&self, reason: String) {
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ended.get_or_insert(reason);
    }

    fn get(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The right to open one stream.
pub(super) struct Slot(SendRequest<Bytes>);

impl Https {
    /// Takes over a stream on which HTTP/2 was agreed. Questions go to `uri`.
    ///
    /// # Errors
    /// How the connection ended before it began.
    pub(super) async fn over<S>(stream: S, uri: Uri) -> Result<Self, Outcome>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut builder = h2::client::Builder::new();
        builder.enable_push(false).max_header_list_size(HEADERS);
        let made = builder.handshake(stream).await;
        let (sender, connection) = made.map_err(|error| Outcome::Handshake {
            reason: format!("the server breaks HTTP/2: {error}"),
        })?;
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
            uri,
            ended,
            tasks,
        })
    }

    /// Waits until the server takes a further question.
    ///
    /// # Errors
    /// How the connection ended.
    pub(super) async fn slot(&self) -> Result<Slot, String> {
        let ready = self.sender.clone().ready().await;
        ready.map(Slot).map_err(|error| {
            // Told to go away: what is open will be answered, but nothing more is taken.
            self.ended.set(words(&error));
            words(&error)
        })
    }

    /// Asks under the id 0, which caches on the way can share (RFC 8484 section 4.1), and gives back the answer.
    /// The caller ends the wait.
    ///
    /// # Errors
    /// What came instead.
    pub(super) async fn ask(
        &self,
        slot: Slot,
        question: &Question,
    ) -> Result<(u16, Vec<u8>), Outcome> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.uri.clone())
            .header(CONTENT_TYPE, MESSAGE)
            .header(ACCEPT, MESSAGE)
            .body(());
        let request = request.map_err(|error| Outcome::Network {
            text: error.to_string(),
        })?;
        let Slot(mut sender) = slot;
        let sent = sender.send_request(request, false);
        let (response, mut body) = sent.map_err(|error| self.broken(&error))?;
        let question = Bytes::from(question.encode(0));
        body.send_data(question, true)
            .map_err(|error| self.broken(&error))?;
        let response = response.await.map_err(|error| self.broken(&error))?;
        let (head, body) = response.into_parts();
        if head.status != StatusCode::OK || !is_message(&head.headers) {
            return Err(Outcome::Http {
                status: head.status.as_u16(),
                content_type: content_type(&head.headers),
            });
        }
        Ok((0, self.read(body).await?))
    }

    /// The whole body, bounded.
    async fn read(&self, mut body: RecvStream) -> Result<Vec<u8>, Outcome> {
        let mut message = BytesMut::new();
        while let Some(piece) = body.data().await {
            let piece = piece.map_err(|error| self.broken(&error))?;
            if message.len() + piece.len() > LONGEST {
                let reason = format!("more than the {LONGEST} bytes of the longest message");
                return Err(Outcome::Malformed { reason });
            }
            message.extend_from_slice(&piece);
            let given_back = body.flow_control().release_capacity(piece.len());
            given_back.map_err(|error| self.broken(&error))?;
        }
        Ok(message.into())
    }

    /// Why it has ended, if it has.
    pub(super) fn ended(&self) -> Option<String> {
        self.ended.get()
    }

    /// Says good-bye and waits until the other side has.
    pub(super) async fn close(mut self) {
        drop(self.sender);
        while self.tasks.join_next().await.is_some() {}
    }

    /// What an error means for one question: the end of its stream, or of the whole connection.
    fn broken(&self, error: &h2::Error) -> Outcome {
        match error.reason() {
            Some(reason) if error.is_reset() && error.is_remote() => Outcome::Malformed {
                reason: format!("the server broke off the answer ({})", name(reason)),
            },
            _ => Outcome::Ended {
                reason: self.ended.get().unwrap_or_else(|| words(error)),
            },
        }
    }
}

/// Whether a body is a DNS message, its parameters aside.
fn is_message(headers: &HeaderMap) -> bool {
    let essence = content_type(headers);
    essence.is_some_and(|text| {
        let essence = text.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(MESSAGE)
    })
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.as_bytes().escape_ascii();
    Some(text.map(char::from).take(LONGEST_TYPE).collect())
}

/// How a connection ended, as the end of "the connection was ...".
fn words(error: &h2::Error) -> String {
    match error.reason() {
        Some(Reason::NO_ERROR) if error.is_go_away() => "closed by the server (GOAWAY)".to_owned(),
        Some(reason) if error.is_go_away() && error.is_remote() => {
            format!("closed by the server ({})", name(reason))
        }
        Some(reason) => format!("broken off: the server breaks HTTP/2 ({})", name(reason)),
        None => error.get_io().map_or_else(
            || format!("broken off: {error}"),
            crate::instrument::text::ending,
        ),
    }
}

/// `REFUSED_STREAM`, as RFC 9113 section 7 writes it.
fn name(reason: Reason) -> String {
    format!("{reason:?}")
}
