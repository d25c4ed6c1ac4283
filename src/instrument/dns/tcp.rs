//! One question over one TCP connection (RFC 7766), for answers that did not fit into a datagram.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::connected::framed;
use super::message;
use super::question::Question;
use super::{Outcome, Reply};

/// Asks and waits for the answer, `timeout` in all. The message comes with the outcome where one was read.
pub async fn ask(
    server: SocketAddr,
    question: &Question,
    timeout: Duration,
) -> (Outcome, Option<Vec<u8>>) {
    match tokio::time::timeout(timeout, exchange(server, question)).await {
        Err(_) => (Outcome::Timeout, None),
        Ok(Err(error)) => (refusal(&error), None),
        Ok(Ok((id, wire))) => (accept(id, question, &wire), Some(wire)),
    }
}

async fn exchange(server: SocketAddr, question: &Question) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
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

fn refusal(error: &io::Error) -> Outcome {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Outcome::Refused,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => Outcome::Malformed {
            reason: "the connection ended before the answer".into(),
        },
        _ => Outcome::Network {
            text: error.to_string(),
        },
    }
}
