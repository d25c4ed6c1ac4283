//! One question over one TCP connection (RFC 7766), for answers that did not fit into a datagram.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::connected::framed;
use super::message;
use super::question::Question;
use super::{Outcome, Reply};
use crate::instrument::dial::{DialError, dial};
use crate::instrument::limits;

/// What became of a question.
pub struct Asked {
    /// Whether it left this machine.
    pub sent: bool,
    /// What came.
    pub outcome: Outcome,
    /// The message, where one was read.
    pub wire: Option<Vec<u8>>,
}

/// Asks and waits for the answer, `timeout` in all.
pub async fn ask(server: SocketAddr, question: &Question, timeout: Duration) -> Asked {
    let mut asked = Asked {
        sent: false,
        outcome: Outcome::Timeout,
        wire: None,
    };
    let until = Instant::now() + timeout;
    let stream = match dial(server, until).await {
        Ok(dialled) => dialled.stream,
        Err(error) => {
            asked.outcome = unconnected(error);
            return asked;
        }
    };
    let exchange = exchange(stream, question, &mut asked.sent);
    let end = timeout_at(until, exchange).await;
    match end {
        Err(_) => {}
        Ok(Err(error)) => asked.outcome = broken(&error),
        Ok(Ok((id, wire))) => {
            asked.outcome = accept(id, question, &wire);
            asked.wire = Some(wire);
        }
    }
    asked
}

async fn exchange(
    mut stream: TcpStream,
    question: &Question,
    sent: &mut bool,
) -> io::Result<(u16, Vec<u8>)> {
    let id = rand::random();
    let query = question.encode(id);
    stream.write_all(&framed(&query)).await?;
    *sent = true;
    let length = stream.read_u16().await?;
    let mut wire = vec![0; usize::from(length)];
    stream.read_exact(&mut wire).await?;
    Ok((id, wire))
}

/// A message that came for a question over a connection, as the outcome.
pub(super) fn accept(id: u16, question: &Question, wire: &[u8]) -> Outcome {
    let malformed = |reason: String| Outcome::Malformed { reason };
    if message::id(wire) != Some(id) {
        return malformed("an answer under another id".into());
    }
    match question.read(wire) {
        Ok(Reply { tc: true, .. }) => malformed("truncated over a connection as well".into()),
        Ok(reply) => Outcome::Answer(reply),
        Err(rejection) => malformed(rejection.into_reason()),
    }
}

/// Without a connection there was no attempt to ask.
fn unconnected(error: DialError) -> Outcome {
    match error {
        DialError::Refused => Outcome::Refused,
        DialError::Timeout { .. } => Outcome::Timeout,
        DialError::Reset => ended(),
        DialError::Spared { .. } => Outcome::Network {
            text: error.to_string(),
        },
        DialError::Unreachable { message } | DialError::Local { message } => {
            Outcome::Network { text: message }
        }
    }
}

fn broken(error: &io::Error) -> Outcome {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => ended(),
        _ => Outcome::Network {
            text: limits::words(error),
        },
    }
}

fn ended() -> Outcome {
    Outcome::Malformed {
        reason: "the connection ended before the answer".into(),
    }
}
