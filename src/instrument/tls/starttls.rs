//! Asks a server of another protocol to begin TLS on the open connection.
//!
//! A few bytes by hand are all that is needed until TLS begins, so no client of these protocols is. A server may
//! send as many lines as it likes, [`MOST`] bytes of them are read.

use std::fmt;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::failure::Failure;
use crate::instrument::host_block;

/// How much a server may say before TLS begins; an honest greeting has a few hundred bytes.
const MOST: usize = 16 * 1024;

/// How much of an answer is kept.
const SHOWN: usize = 160;

/// The protocol in which TLS is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StartTls {
    /// PostgreSQL: SSLRequest (frontend/backend protocol, section "SSL Session Encryption").
    Postgres,
    /// MySQL and MariaDB: the SSL connection request packet.
    Mysql,
    /// SMTP (RFC 3207).
    Smtp,
    /// IMAP (RFC 9051 section 6.2.1).
    Imap,
}

impl fmt::Display for StartTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MySQL",
            Self::Smtp => "SMTP",
            Self::Imap => "IMAP",
        })
    }
}

/// Why TLS does not begin.
enum Stop {
    /// The connection broke.
    Io(io::Error),
    /// The server speaks the protocol and has no TLS.
    Refused(Vec<u8>),
    /// The server speaks the protocol and does not offer TLS: what is missing where.
    NotOffered(&'static str),
    /// The server speaks the protocol and wants no client now.
    Declined(Vec<u8>),
    /// It speaks something else, or too much.
    Foreign(Vec<u8>),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl StartTls {
    /// Brings the connection to where the ClientHello is sent.
    ///
    /// # Errors
    /// What the server answered instead, or that it did not until `until`.
    pub(super) async fn begin(self, stream: &mut TcpStream, until: Instant) -> Result<(), Failure> {
        let begin = Instant::now();
        let mut talk = Talk {
            stream,
            heard: Vec::new(),
            read: 0,
        };
        let ended = timeout_at(until, async {
            match self {
                Self::Postgres => talk.postgres().await,
                Self::Mysql => talk.mysql().await,
                Self::Smtp => talk.smtp().await,
                Self::Imap => talk.imap().await,
            }
        })
        .await;
        if let (Ok(peer), Ok(Err(_))) = (talk.stream.peer_addr(), &ended) {
            host_block::heard(peer, &talk.heard);
        }
        let received = talk.heard.len() as u64;
        let protocol = self.to_string();
        match ended {
            Ok(Ok(())) => Ok(()),
            Err(_) => Err(Failure::HandshakeTimeout {
                after_ms: begin.elapsed().as_millis() as u64,
                received,
            }),
            Ok(Err(Stop::Io(error))) => Err(Failure::Closed {
                reset: error.kind() != io::ErrorKind::UnexpectedEof,
                received,
            }),
            Ok(Err(Stop::Refused(answer))) => Err(Failure::TlsRefused {
                protocol,
                answer: shown(&answer),
            }),
            Ok(Err(Stop::NotOffered(lacks))) => Err(Failure::TlsNotOffered {
                protocol,
                lacks: lacks.to_owned(),
            }),
            Ok(Err(Stop::Declined(answer))) => Err(Failure::Declined {
                protocol,
                answer: shown(&answer),
            }),
            Ok(Err(Stop::Foreign(answer))) => Err(Failure::OtherProtocol {
                protocol,
                answer: shown(&answer),
            }),
        }
    }
}

fn shown(answer: &[u8]) -> String {
    let end = answer.len().min(SHOWN);
    answer[..end].trim_ascii_end().escape_ascii().to_string()
}

/// What was said so far on a connection.
struct Talk<'a> {
    stream: &'a mut TcpStream,
    heard: Vec<u8>,
    /// How much of `heard` was read as lines.
    read: usize,
}

impl Talk<'_> {
    async fn postgres(&mut self) -> Result<(), Stop> {
        self.stream
            .write_all(&[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
            .await?;
        // One byte and no more: what follows it must be TLS, not something slipped in before it (CVE-2021-23222).
        self.exactly(1).await?;
        match self.heard[0] {
            b'S' => Ok(()),
            b'N' => Err(Stop::Refused(b"N".to_vec())),
            // An ErrorResponse; a message follows with the cause.
            b'E' => {
                let _ = self.more().await;
                Err(Stop::Declined(printable(&self.heard)))
            }
            _ => {
                let _ = self.more().await;
                Err(Stop::Foreign(self.heard.clone()))
            }
        }
    }

    async fn mysql(&mut self) -> Result<(), Stop> {
        const CLIENT_PROTOCOL_41: u32 = 0x0200;
        const CLIENT_SSL: u32 = 0x0800;
        const CLIENT_SECURE_CONNECTION: u32 = 0x8000;
        const CLIENT_PLUGIN_AUTH: u32 = 0x0008_0000;
        self.exactly(4).await?;
        let length = usize::from(self.heard[0]) | usize::from(self.heard[1]) << 8;
        // A greeting has number 0 and fewer than 256 bytes.
        if self.heard[2..4] != [0, 0] || !(1..=1024).contains(&length) {
            let _ = self.more().await;
            return Err(Stop::Foreign(self.heard.clone()));
        }
        self.exactly(4 + length).await?;
        let greeting = &self.heard[4..];
        match greeting[0] {
            10 => {}
            // Its number (2), then words; MySQL adds the SQLSTATE to them only after the greeting.
            0xff => {
                return Err(Stop::Declined(printable(
                    greeting.get(3..).unwrap_or_default(),
                )));
            }
            _ => return Err(Stop::Foreign(self.heard.clone())),
        }
        // Version, NUL, thread id (4), scramble (8), filler (1), capabilities.
        let version = greeting.iter().position(|byte| *byte == 0);
        let low = version.and_then(|end| greeting.get(end + 14..end + 16));
        let Some(low) = low else {
            return Err(Stop::Foreign(self.heard.clone()));
        };
        if u32::from(u16::from_le_bytes([low[0], low[1]])) & CLIENT_SSL == 0 {
            return Err(Stop::NotOffered(
                "its greeting lacks the capability CLIENT_SSL",
            ));
        }
        let capabilities =
            CLIENT_PROTOCOL_41 | CLIENT_SSL | CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH;
        let mut request = vec![32, 0, 0, 1];
        request.extend(capabilities.to_le_bytes());
        request.extend(0x0100_0000_u32.to_le_bytes()); // the largest packet
        request.push(45); // utf8mb4
        request.resize(4 + 32, 0);
        self.stream.write_all(&request).await?;
        Ok(())
    }

    async fn smtp(&mut self) -> Result<(), Stop> {
        let greeting = self.reply().await?;
        match greeting.as_slice() {
            [b'2', ..] => {}
            [b'4' | b'5', ..] => return Err(Stop::Declined(greeting)),
            _ => return Err(Stop::Foreign(greeting)),
        }
        self.stream.write_all(b"EHLO tminus.invalid\r\n").await?;
        let offers = self.reply().await?;
        if !offers.starts_with(b"250") {
            return Err(Stop::Declined(offers));
        }
        let offered = offers.split(|byte| *byte == b'\n').any(|line| {
            let word = line.get(4..).unwrap_or_default().trim_ascii();
            word.eq_ignore_ascii_case(b"STARTTLS")
        });
        if !offered {
            return Err(Stop::NotOffered(
                "its answer to EHLO does not list STARTTLS",
            ));
        }
        self.stream.write_all(b"STARTTLS\r\n").await?;
        let answer = self.reply().await?;
        if !answer.starts_with(b"220") {
            return Err(Stop::Refused(answer));
        }
        self.silent_until_tls()
    }

    async fn imap(&mut self) -> Result<(), Stop> {
        let greeting = self.line().await?;
        if greeting.starts_with(b"* BYE") {
            return Err(Stop::Declined(greeting));
        }
        if !greeting.starts_with(b"* ") {
            return Err(Stop::Foreign(greeting));
        }
        self.stream.write_all(b"t1 STARTTLS\r\n").await?;
        loop {
            let line = self.line().await?;
            if line.starts_with(b"t1 OK") {
                return self.silent_until_tls();
            }
            if line.starts_with(b"t1 ") {
                return Err(Stop::Refused(line));
            }
            if !line.starts_with(b"* ") {
                return Err(Stop::Foreign(line));
            }
        }
    }

    /// An SMTP reply: lines `250-...` and the last `250 ...` (RFC 5321 section 4.2).
    async fn reply(&mut self) -> Result<Vec<u8>, Stop> {
        let mut reply = Vec::new();
        loop {
            let line = self.line().await?;
            let coded = line.len() >= 3 && line[..3].iter().all(u8::is_ascii_digit);
            if !coded {
                return Err(Stop::Foreign(line));
            }
            let last = line.get(3) != Some(&b'-');
            reply.extend(line);
            if last {
                return Ok(reply);
            }
        }
    }

    /// The next line, with its end.
    async fn line(&mut self) -> Result<Vec<u8>, Stop> {
        loop {
            let rest = &self.heard[self.read..];
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = rest[..=end].to_vec();
                self.read += line.len();
                return Ok(line);
            }
            if self.heard.len() >= MOST {
                return Err(Stop::Foreign(rest.to_vec()));
            }
            self.more().await?;
        }
    }

    /// What follows the answer was slipped in before TLS (CVE-2011-0411).
    fn silent_until_tls(&self) -> Result<(), Stop> {
        match &self.heard[self.read..] {
            [] => Ok(()),
            slipped_in => Err(Stop::Foreign(slipped_in.to_vec())),
        }
    }

    /// Reads until so many bytes were heard, and none beyond.
    async fn exactly(&mut self, total: usize) -> Result<(), Stop> {
        let known = self.heard.len();
        self.heard.resize(total.max(known), 0);
        let mut filled = known;
        while filled < total {
            match self.stream.read(&mut self.heard[filled..]).await {
                Ok(0) => {
                    self.heard.truncate(filled);
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                }
                Ok(count) => filled += count,
                Err(error) => {
                    self.heard.truncate(filled);
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    async fn more(&mut self) -> Result<(), Stop> {
        let mut chunk = [0; 1024];
        let room = chunk
            .len()
            .min(MOST.saturating_sub(self.heard.len()).max(1));
        match self.stream.read(&mut chunk[..room]).await? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            count => {
                self.heard.extend(&chunk[..count]);
                Ok(())
            }
        }
    }
}

/// The words in a binary message.
fn printable(bytes: &[u8]) -> Vec<u8> {
    let word = |byte: &u8| if byte.is_ascii_graphic() { *byte } else { b' ' };
    let text: Vec<u8> = bytes.iter().map(word).collect();
    text.trim_ascii().to_vec()
}
