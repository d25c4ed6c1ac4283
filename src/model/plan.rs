//! What a check is going to do, known from its settings alone: whom it contacts, with what load, and whether
//! it may burden or change anything.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How deep a check reaches into the systems it meets.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Touch {
    /// Looks only.
    #[default]
    Read,
    /// May burden a system.
    Load,
    /// Changes something.
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
pub struct Target {
    /// Host name or address; the engine limits how many checks meet one host at a time.
    pub host: String,
    /// How it is met: `udp/53`, `tcp/443`.
    pub service: String,
}

impl Target {
    /// A target at a port of a transport protocol.
    pub fn new(host: impl Into<String>, protocol: &str, port: u16) -> Self {
        Self {
            host: host.into(),
            service: format!("{protocol}/{port}"),
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
    /// Whom it contacts.
    pub targets: Vec<Target>,
    /// The load in words: "6 queries".
    pub load: String,
    /// What a person has to answer when one is at hand.
    pub questions: Vec<Question>,
}
