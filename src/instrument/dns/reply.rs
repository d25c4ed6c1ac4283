//! What was seen, as plain data. Hundreds of thousands of these are held at a time, so what is usual (no flag,
//! no negative TTL, the record's owner is the name that was asked for) takes no room in a record of the run.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One packet out (one connection, over TCP), and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// How it went out.
    pub transport: Transport,
    /// Which of the system's servers was asked, by its place in the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<u8>,
    /// When it went out, in microseconds since the probe began.
    pub start_us: u64,
    /// Until the answer came or was given up, in microseconds.
    pub duration_us: u64,
    /// What came.
    pub outcome: Outcome,
}

impl Attempt {
    /// Whether it was a message of our own that left this machine: a datagram, or one of those that share a
    /// connection.
    pub fn is_packet(&self) -> bool {
        self.transport.sends(&self.outcome)
    }
}

/// How a question went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// One datagram (RFC 1035 section 4.2.1).
    Udp,
    /// One datagram without EDNS, since the server does not speak it (RFC 6891 section 6.2.2).
    Plain,
    /// A TCP connection of its own, since the answer did not fit into a datagram (RFC 7766).
    Tcp,
    /// The TCP connection that carries all questions (RFC 7766 section 6.2.1).
    Stream,
    /// The TLS connection that carries all questions (RFC 7858).
    Tls,
    /// The HTTP/2 connection that carries all questions (RFC 8484).
    Https,
    /// The QUIC connection that carries all questions (RFC 9250).
    Quic,
    /// getaddrinfo(3), as applications on this machine resolve; packets and retries are not visible.
    System,
    /// Not at all: the hosts file of this machine answers.
    Hosts,
}

impl Transport {
    /// Whether a message of our own left this machine, the one of a repetition over TCP not counted.
    pub fn sends(self, outcome: &Outcome) -> bool {
        let kept_back = matches!(
            outcome,
            Outcome::Network { .. } | Outcome::Untrusted { .. } | Outcome::Handshake { .. }
        );
        match self {
            Self::Udp | Self::Plain => !kept_back,
            // Where the connection is refused there is none to send on.
            Self::Stream | Self::Tls | Self::Https | Self::Quic => {
                !kept_back && *outcome != Outcome::Refused
            }
            Self::Tcp | Self::System | Self::Hosts => false,
        }
    }

    /// Whether it is a datagram of our own.
    pub fn is_datagram(self) -> bool {
        matches!(self, Self::Udp | Self::Plain)
    }

    /// Whether many questions share a connection.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::Stream | Self::Tls | Self::Https | Self::Quic)
    }
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Outcome {
    /// An answer to exactly this question, whatever it says.
    Answer(Reply),
    /// Nothing came in time.
    Timeout,
    /// Nothing listens there: ICMP port unreachable, or the connection was refused.
    Refused,
    /// Something came that cannot be accepted as the answer.
    Malformed {
        /// Why.
        reason: String,
    },
    /// The question could not be brought to the server.
    Network {
        /// The system's own words.
        text: String,
    },
    /// getaddrinfo(3) found no address.
    NoAddress {
        /// The system's own words.
        text: String,
    },
    /// getaddrinfo(3) could not find out.
    LookupFailed {
        /// The system's own words.
        text: String,
    },
    /// The connection ended before the answer came.
    Ended {
        /// How: "closed by the server".
        reason: String,
    },
    /// The server's certificate was refused, so nothing was asked.
    Untrusted {
        /// Why.
        reason: String,
    },
    /// The server answered the handshake with something else.
    Handshake {
        /// What it did.
        reason: String,
    },
    /// The server answered over HTTP, and not with a DNS message.
    Http {
        /// HTTP status.
        status: u16,
        /// Media type of what came, as escaped ASCII.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content_type: Option<String>,
    },
}

impl Outcome {
    /// Whether a message went out and nothing acceptable came back.
    pub fn is_nothing(&self) -> bool {
        matches!(
            self,
            Self::Timeout | Self::Malformed { .. } | Self::Ended { .. } | Self::Http { .. }
        )
    }
}

/// What came instead of an answer, in a few words.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(reply) => f.write_str(&reply.rcode),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Refused => f.write_str("port unreachable"),
            Self::Malformed { reason } | Self::Handshake { reason } => f.write_str(reason),
            Self::Network { text } | Self::NoAddress { text } | Self::LookupFailed { text } => {
                f.write_str(text)
            }
            Self::Ended { reason } => write!(f, "the connection was {reason}"),
            Self::Http {
                status: 200,
                content_type,
            } => {
                let what = content_type.as_deref().unwrap_or("no media type");
                write!(f, "HTTP with {what} in place of a DNS message")
            }
            Self::Http { status, .. } => write!(f, "HTTP status {status}"),
            Self::Untrusted { reason } => write!(f, "the certificate is not trusted: {reason}"),
        }
    }
}

/// An accepted answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Response code by its mnemonic: `NOERROR`, `NXDOMAIN`, `SERVFAIL`, ... (RFC 1035 section 4.1.1, RFC 6895).
    pub rcode: Cow<'static, str>,
    /// AA: the server is an authority for the name.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub aa: bool,
    /// TC: the answer did not fit.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub tc: bool,
    /// RA: the server resolves recursively.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub ra: bool,
    /// AD: the server says that it validated the answer (RFC 4035 section 3.2.3).
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub ad: bool,
    /// The answer section in the order of the message.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub records: Vec<Record>,
    /// How many seconds the absence may be cached (RFC 2308 section 5).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub negative_ttl: Option<u32>,
    /// The zone whose SOA record came with the absence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub zone: Option<String>,
    /// How many bits of the client's network the answer is meant for, where the server says so (RFC 7871).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scope: Option<u8>,
    /// Whether it only points to other name servers (RFC 1034 section 4.3.1).
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub referral: bool,
    /// The name that was asked for in the end, where a search list completed it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub asked: Option<String>,
    /// Extended errors, the server's own reasons (RFC 8914).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<String>,
}

impl Reply {
    /// Whether it says that the question cannot be read, as servers do that do not speak EDNS (RFC 6891 section 7).
    pub fn refuses_edns(&self) -> bool {
        matches!(&*self.rcode, "FORMERR" | "NOTIMP" | "BADVERS" | "RCODE16")
    }
}

/// One record of an answer section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The owner, where it is not the name that was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Record type by its mnemonic.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    /// Seconds that it may be cached from now on.
    pub ttl: u32,
    /// The data in presentation format.
    pub data: String,
}

/// A packet that answers no open question. It is counted and changes nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stray {
    /// The answer to a question that was given up.
    Late,
    /// The same answer once more.
    Duplicate,
    /// A second answer that says something else.
    Different,
    /// An id under which nothing was asked.
    WrongId,
    /// The id of an open question, but the answer to another one.
    WrongQuestion,
    /// No answer at all: a query, another operation, another class.
    NoAnswer,
    /// A message that cannot be read.
    Garbage,
}
