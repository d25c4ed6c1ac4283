//! What a check is going to do, known from its settings alone: whom it contacts, with what load, and whether
//! it may burden or change anything.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a check does to the systems it contacts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Touch {
    /// It only looks.
    #[default]
    Read,
    /// It may put load on a system.
    Load,
    /// It changes something.
    Write,
}

impl fmt::Display for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Read => "read",
            Self::Load => "load",
            Self::Write => "write",
        })
    }
}

/// A system that a check contacts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// A host that the settings name. The engine limits how many checks contact one host at a time.
    Host {
        /// Name or address.
        host: String,
        /// The port.
        port: u16,
        /// `udp`, `tcp`, `udp and tcp`.
        transport: &'static str,
    },
    /// What only the probe can find out, in words: "every address of the names". No limit by host applies.
    NotKnownYet(String),
}

impl Reach {
    /// A host at a port of a transport protocol.
    pub fn host(host: impl Into<String>, transport: &'static str, port: u16) -> Self {
        Self::Host {
            host: host.into(),
            port,
            transport,
        }
    }

    /// The host that is limited, where it is known.
    pub fn limited(&self) -> Option<&str> {
        match self {
            Self::Host { host, .. } => Some(host),
            Self::NotKnownYet(_) => None,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host {
                host,
                port,
                transport,
            } => write!(f, "{host} {transport}/{port}"),
            Self::NotKnownYet(text) => f.write_str(text),
        }
    }
}

/// Something that only a person can answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Names the answer for the probe.
    pub key: String,
    /// What to ask.
    pub text: String,
}

/// What a person answered to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether the person says yes.
    pub accepted: bool,
    /// Who answered.
    pub by: String,
    /// A remark, possibly empty.
    pub note: String,
}

/// What a check will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// How deep it reaches.
    pub touch: Touch,
    /// What it contacts.
    pub targets: Vec<Reach>,
    /// The load in words: "6 queries".
    pub load: String,
    /// What a person has to answer when one is at hand.
    pub questions: Vec<Question>,
}
