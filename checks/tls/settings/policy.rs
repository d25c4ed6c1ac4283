//! How strict a check is about each of its topics.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How servers that still speak TLS 1.0 or 1.1 are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OldProtocols {
    /// They fail.
    Refuse,
    /// They are a warning: today's clients are not affected, and content delivery networks accept them by default.
    #[default]
    Warn,
    /// They are not checked.
    Allow,
}

/// Whether servers must support a post-quantum key exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PostQuantum {
    /// Those that do not fail.
    Require,
    /// The report notes it.
    #[default]
    Note,
    /// It is not checked.
    Off,
}

/// What is required of session resumption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ResumptionLevel {
    /// Nothing: it is measured.
    #[default]
    Note,
    /// Every address resumes its own sessions.
    Require,
    /// Every address also resumes those of the others.
    RequireAcross,
}

/// How strictly revocation is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Revocation {
    /// There must be proof that a certificate is not revoked, stapled where it names a responder. Certificates that
    /// live for seven days or less and name neither list nor responder are excepted.
    Require,
    /// The lists and responders that a certificate names are asked. A missing staple is a warning, and a certificate
    /// that names neither is skipped.
    #[default]
    Prefer,
    /// Nothing is asked.
    Off,
}

/// Which certificates must be in transparency logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transparency {
    /// All.
    Require,
    /// Those of public CAs: whose chain leads to a root of Mozilla's list, whichever roots are trusted here.
    Prefer,
    /// None; it is not checked.
    Off,
}

/// What is required of a staple.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StapleLevel {
    /// One that gains nothing is a warning.
    #[default]
    Note,
    /// One that gains nothing fails.
    Require,
}

/// As what other clients addresses are contacted, beside those for the other kind of certificate.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Also {
    /// As one that sends no server name, which some servers show another certificate. Its certificate must name the
    /// server too.
    WithoutSni,
    /// As one that speaks TLS 1.2 alone, or TLS 1.3 alone: the one that was not negotiated.
    EachVersion,
}

impl std::fmt::Display for Also {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::WithoutSni => "without-sni",
            Self::EachVersion => "each-version",
        })
    }
}
