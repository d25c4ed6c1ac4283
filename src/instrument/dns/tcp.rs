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

/// Asks and waits for the answer, `timeout` in all. The message comes with the outcome where one was read.
pub async fn ask(
    server: SocketAddr,
    question: &Question,
    timeout: Duration,
) -> (Outcome, Option<Vec<u8>>) {
    let until = Instant::now() + timeout;
    let stream = match dial(server, until).await {
        Ok(dialled) => dialled.stream,
        Err(error) => return (unconnected(error), None),
    };
    match timeout_at(until, exchange(stream, question)).await {
        Err(_) => (Outcome::Timeout, None),
        Ok(Err(error)) => (broken(&error), None),
        Ok(Ok((id, wire))) => (accept(id, question, &wire), Some(wire)),
    }
}

async fn exchange(mut stream: TcpStream, question: &Question) -> io::Result<(u16, Vec<u8>)> {
    let id = rand::random();
    let query = question.encode(id);
    stream.write_all(&framed(&query)).await?;
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
