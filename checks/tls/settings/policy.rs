//! How strict a check is about each of its topics.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose root certificates are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TrustStore {
    /// The operating system's trust store.
    System,
    /// Mozilla's list as this program was built with it.
    Web,
}

/// What is found of servers that still speak TLS 1.0 or 1.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OldProtocols {
    /// They fail.
    Refuse,
    /// They are worth a word: no client of today is hurt, and content delivery networks allow them by default.
    #[default]
    Warn,
    /// Nobody looks.
    Allow,
}

/// Whether servers must know a post-quantum key exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PostQuantum {
    /// Those that do not fail.
    Require,
    /// It is noted.
    #[default]
    Note,
    /// Nobody looks.
    Off,
}

/// What is asked of resumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Resume {
    /// It is measured.
    Note,
    /// Every address takes up its own sessions.
    Require,
    /// Every address also takes up those of the others.
    RequireAcross,
}

/// How much is asked of a certificate's revocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Revocation {
    /// There must be proof that it is not revoked, stapled wherever the certificate names a responder.
    Require,
    /// Whoever the certificate names is asked; what it does not name is not missed.
    #[default]
    Prefer,
    /// Nothing is asked.
    Off,
}

/// Whose certificates must be in transparency logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transparency {
    /// All.
    Require,
    /// Those of public authorities.
    Prefer,
    /// Nobody looks.
    Off,
}

/// What is asked of staples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StapleGain {
    /// It is measured; one that saves nothing is a warning.
    Note,
    /// One that saves nothing fails.
    Require,
}
