//! One connection, whatever it speaks.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::framed::Framed;
use super::https::Https;
use super::quic::Quic;
use crate::instrument::dns::Outcome;
use crate::instrument::dns::question::Question;
use crate::instrument::dns::tcp::accept;

/// How long a question waits that the server did not look at, at first.
const LEAST_PAUSE: Duration = Duration::from_millis(10);
/// How long it waits in the end.
const MOST_PAUSE: Duration = Duration::from_millis(200);

/// A connection to a server.
pub(super) enum Wire {
    /// TCP, or TLS over it.
    Framed(Framed),
    /// HTTP/2.
    Https(Https),
    /// QUIC.
    Quic(Quic),
}

/// What became of a question.
pub(super) struct Asked {
    /// When it went out, or should have.
    pub(super) sent: Instant,
    /// Nothing where it never went out, since the connection had ended.
    pub(super) outcome: Option<Outcome>,
    /// The message that came.
    pub(super) wire: Option<Vec<u8>>,
}

/// An answer with the id under which it was asked for, or what came instead.
type Answer = Result<(u16, Vec<u8>), Outcome>;

impl Wire {
    /// Asks, and waits so long for the answer.
    pub(super) async fn ask(&self, place: usize, question: &Question, patience: Duration) -> Asked {
        let began = Instant::now();
        match self {
            Self::Framed(framed) => {
                let answer = timeout(patience, framed.ask(place, question)).await;
                Asked::of(began, question, answer)
            }
            Self::Https(https) => Asked::over_https(https, question, patience).await,
            Self::Quic(quic) => match timeout(patience, quic.slot()).await {
                Ok(Ok(slot)) => Asked::after(patience, question, quic.ask(slot, question)).await,
                Ok(Err(_)) => Asked::never(began, None),
                Err(_) => Asked::never(began, Some(full())),
            },
        }
    }

    /// Why it has ended, if it has.
    pub(super) fn ended(&self) -> Option<String> {
        match self {
            Self::Framed(framed) => framed.ended(),
            Self::Https(https) => https.ended(),
            Self::Quic(quic) => quic.ended(),
        }
    }

    /// Says good-bye and waits until the other side has.
    pub(super) async fn close(self) {
        match self {
            Self::Framed(framed) => framed.close().await,
            Self::Https(https) => https.close().await,
            Self::Quic(quic) => quic.close().await,
        }
    }
}

impl Asked {
    /// Asks, and again where the server did not look at the question: that costs no try (RFC 9113 section 8.7).
    async fn over_https(https: &Https, question: &Question, patience: Duration) -> Self {
        let began = Instant::now();
        let mut pause = LEAST_PAUSE;
        loop {
            let slot = match timeout(patience, https.slot()).await {
                Ok(Ok(slot)) => slot,
                Ok(Err(_)) => return Self::never(began, None),
                Err(_) => return Self::never(began, Some(full())),
            };
            let sent = Instant::now();
            let answer = match timeout(patience, https.ask(slot, question)).await {
                Err(elapsed) => Err(elapsed),
                Ok(Ok(answer)) => Ok(Ok(answer)),
                Ok(Err(Some(outcome))) => Ok(Err(outcome)),
                // The next connection takes it.
                Ok(Err(None)) if https.ended().is_some() => return Self::never(began, None),
                Ok(Err(None)) if began.elapsed() < patience => {
                    tokio::time::sleep(pause).await;
                    pause = (2 * pause).min(MOST_PAUSE);
                    continue;
                }
                Ok(Err(None)) => Ok(Err(Outcome::Malformed {
                    reason: "the server refused the stream again and again".into(),
                })),
            };
            return Self::of(sent, question, answer);
        }
    }

    /// Waits for an answer from now on.
    async fn after(
        patience: Duration,
        question: &Question,
        answer: impl Future<Output = Answer>,
    ) -> Self {
        let sent = Instant::now();
        Self::of(sent, question, timeout(patience, answer).await)
    }

    /// What did not go out.
    fn never(sent: Instant, outcome: Option<Outcome>) -> Self {
        let wire = None;
        Self {
            sent,
            outcome,
            wire,
        }
    }

    fn of<Elapsed>(sent: Instant, question: &Question, answer: Result<Answer, Elapsed>) -> Self {
        let (outcome, wire) = match answer {
            Err(_) => (Outcome::Timeout, None),
            Ok(Err(outcome)) => (outcome, None),
            Ok(Ok((id, wire))) => (accept(id, question, &wire), Some(wire)),
        };
        Self {
            sent,
            outcome: Some(outcome),
            wire,
        }
    }
}

fn full() -> Outcome {
    Outcome::Network {
        text: "the server accepts no more queries on this connection".into(),
    }
}
