//! DNS over HTTPS (RFC 8484): each question is one POST request, and one stream of an HTTP/2 connection.

use bytes::Bytes;
use h2::RecvStream;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use http::response::Parts;
use http::{Method, Request, StatusCode, Uri};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Mutex;

use crate::instrument::dns::Outcome;
use crate::instrument::dns::question::Question;
use crate::instrument::http::http2::{Connection, Slot, StreamError, builder};

/// The media type of questions and answers (RFC 8484 section 6).
const MESSAGE: &str = "application/dns-message";
/// No message is longer: elsewhere two bytes hold its length.
const LONGEST: usize = 65_535;
/// The most that a server's headers may take up, in bytes.
const HEADERS: usize = 16 * 1024;
/// The longest media type that is written down.
const LONGEST_TYPE: usize = 100;

/// A connection for questions.
pub(super) struct Https {
    connection: Connection,
    uri: Uri,
    /// Held by the one that goes out.
    turn: Mutex<()>,
}

impl Https {
    /// Takes over a stream on which HTTP/2 was agreed. Questions go to `uri`.
    ///
    /// # Errors
    /// How the connection ended before it began.
    pub(super) async fn over<S>(stream: S, uri: Uri) -> Result<Self, Outcome>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let made = Connection::over(stream, &builder(HEADERS)).await;
        let connection = made.map_err(|error| Outcome::Handshake {
            reason: format!("the server breaks HTTP/2: {error}"),
        })?;
        Ok(Self {
            connection,
            uri,
            turn: Mutex::new(()),
        })
    }

    /// Waits until the server takes a further question.
    ///
    /// # Errors
    /// How the connection ended.
    pub(super) async fn slot(&self) -> Result<Slot, String> {
        self.connection.slot().await
    }

    /// Asks under the id 0, which caches on the way can share (RFC 8484 section 4.1), and gives back the answer.
    /// The caller ends the wait.
    ///
    /// # Errors
    /// What came instead; nothing where the server did not look at the question.
    pub(super) async fn ask(
        &self,
        slot: Slot,
        question: &Question,
    ) -> Result<(u16, Vec<u8>), Option<Outcome>> {
        let question = Bytes::from(question.encode(0));
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.uri.clone())
            .header(CONTENT_TYPE, MESSAGE)
            .header(ACCEPT, MESSAGE)
            // HTTP/2 can do without; BIND 9.18 answers 400.
            .header(CONTENT_LENGTH, question.len())
            .body(());
        let request = request.map_err(|error| {
            Some(Outcome::Network {
                text: error.to_string(),
            })
        })?;
        let head = self.head(slot, request, question).await;
        let (head, body) = head.map_err(outcome)?;
        if head.status != StatusCode::OK || !is_message(&head.headers) {
            return Err(Some(Outcome::Http {
                status: head.status.as_u16(),
                content_type: content_type(&head.headers),
            }));
        }
        let message = self.connection.whole(body, LONGEST).await;
        Ok((0, message.map_err(outcome)?))
    }

    /// Sends the request and waits for the head of the answer. Each request goes out whole before the next one: Knot
    /// Resolver refuses one that begins before all of another has arrived, and BIND takes many of them for a flood.
    async fn head(
        &self,
        slot: Slot,
        request: Request<()>,
        question: Bytes,
    ) -> Result<(Parts, RecvStream), StreamError> {
        let alone = self.turn.lock().await;
        let response = self.connection.send(slot, request, question)?;
        tokio::task::yield_now().await; // to the task that writes
        drop(alone);
        self.connection.head(response).await
    }

    /// Why it has ended, if it has.
    pub(super) fn ended(&self) -> Option<String> {
        self.connection.ended()
    }

    /// Says good-bye and waits until the other side has.
    pub(super) async fn close(self) {
        self.connection.close().await;
    }
}

/// What the lack of an answer means for one question; nothing where the server did not look at it.
fn outcome(error: StreamError) -> Option<Outcome> {
    Some(match error {
        StreamError::Refused => return None,
        StreamError::Reset(code) => Outcome::Malformed {
            reason: format!("the server broke off the answer ({code})"),
        },
        StreamError::Ended(reason) => Outcome::Ended { reason },
        StreamError::Large => Outcome::Malformed {
            reason: format!("more than the {LONGEST} bytes of the longest message"),
        },
    })
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
