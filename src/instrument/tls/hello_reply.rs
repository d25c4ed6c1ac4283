//! Greets a server with a ClientHello by hand, listens to the first words of its answer, and hangs up.

use std::io;
use std::net::SocketAddr;

use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use super::answer::{Answer, Reader};
use super::client::Client;
use super::failure::Failure;
use super::hello::{Hello, Offer};
use super::tap::Arrived;
use crate::instrument::timeouts::Timeouts;

/// What became of a ClientHello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HelloReply {
    /// The server goes on with the handshake.
    Agreed {
        /// `TLS 1.0`.
        version: String,
        /// Cipher suite, by its IANA name.
        cipher: String,
        /// Key exchange group, where the answer says one: only in TLS 1.3.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    },
    /// It ended the handshake with an alert.
    Alert {
        /// The alert's name.
        description: String,
    },
    /// It ended the connection without a word, twice.
    HungUp {
        /// By a reset rather than in order.
        reset: bool,
    },
    /// No answer could be had.
    Unheard {
        /// Why.
        failure: Failure,
    },
}

impl Client {
    /// Greets the server at `address`. Asks again when it hangs up, which may be chance.
    pub async fn greet(
        &self,
        address: SocketAddr,
        name: &ServerName<'_>,
        offer: Offer,
        timeouts: Timeouts,
    ) -> HelloReply {
        let mut reply = self.greet_once(address, name, offer, timeouts).await;
        if matches!(reply, Ok(HelloReply::HungUp { .. })) {
            reply = self.greet_once(address, name, offer, timeouts).await;
        }
        reply.unwrap_or_else(|failure| HelloReply::Unheard { failure })
    }

    async fn greet_once(
        &self,
        address: SocketAddr,
        name: &ServerName<'_>,
        offer: Offer,
        timeouts: Timeouts,
    ) -> Result<HelloReply, Failure> {
        let (mut stream, _) = self.open(address, timeouts).await?;
        let begin = Instant::now();
        let until = timeouts.until.min(begin + timeouts.handshake);
        let hello = Hello {
            name: self.asks_for(name),
            alpn: &self.config.alpn_protocols,
            ..Hello::of(offer)
        };
        let hello = hello.write(random());
        let arrived = Arrived::default();
        let talk = async {
            stream.write_all(&hello).await?;
            let mut reader = Reader::default();
            let mut chunk = [0; 4096];
            loop {
                let count = stream.read(&mut chunk).await?;
                if count == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
                }
                arrived.take(&chunk[..count]);
                if let Some(answer) = reader.take(&chunk[..count]) {
                    return Ok(answer);
                }
            }
        };
        match timeout_at(until, talk).await {
            Err(_) => Err(Failure::handshake_timeout(begin.elapsed(), &arrived)),
            Ok(Ok(answer)) => Ok(HelloReply::of(answer, &arrived)),
            Ok(Err(error)) => match Failure::of_handshake(&error, &arrived) {
                Failure::Closed { reset, .. } => Ok(HelloReply::HungUp { reset }),
                other => Err(other),
            },
        }
    }
}

impl HelloReply {
    /// Reads the first words of an answer that comes in these pieces. None while more must come.
    pub fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let (mut reader, arrived) = (Reader::default(), Arrived::default());
        let answer = pieces.into_iter().find_map(|piece| {
            arrived.take(piece);
            reader.take(piece)
        });
        answer.map(|answer| Self::of(answer, &arrived))
    }

    fn of(answer: Answer, arrived: &Arrived) -> Self {
        match answer {
            Answer::Agreed {
                version,
                cipher,
                group,
            } => Self::Agreed {
                version,
                cipher,
                group,
            },
            Answer::Alert(description) => Self::Alert { description },
            Answer::Broken(how) => {
                let error = io::Error::new(io::ErrorKind::InvalidData, how);
                let failure = Failure::of_handshake(&error, arrived);
                Self::Unheard { failure }
            }
        }
    }
}

/// 64 bytes for the hello's random and session id, which nothing is derived from.
pub(super) fn random() -> [u8; 64] {
    let mut bytes = [0; 64];
    for eight in bytes.chunks_exact_mut(8) {
        eight.copy_from_slice(&rand::random::<u64>().to_be_bytes());
    }
    bytes
}
