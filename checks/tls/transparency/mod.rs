//! Whether transparency logs vouch for a certificate: timestamps that stand in it or come with it, their signatures
//! verified with the keys of a list of logs (RFC 6962). The rule is in `rule.rs`.
//!
//! Public authorities must enter what they issue into public logs, authorities of one's own nowhere. So by default a
//! chain is judged if it leads to a public root; which roots those are is recorded with them.

mod ask;
mod brought;
mod judge;
mod known;
mod list;
mod rule;
mod sct;
mod stamps;

pub(super) use ask::ask;
pub(super) use brought::Brought;
pub(super) use judge::claims;
pub(super) use known::{Known, add};
pub(super) use list::LogList;
#[cfg(test)]
pub(super) use sct::Stamp;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;
use super::trust::Trust;
use crate::model::{Complaint, Status};

/// Whose certificates must be in transparency logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Transparency {
    /// All.
    Require,
    /// Those of public authorities.
    Prefer,
    /// Nobody looks.
    Off,
}

impl Transparency {
    /// Who gives a list of logs means his certificates to be in them, whoever has issued them.
    pub(super) fn of(settings: &Settings) -> Self {
        let unless_said = match settings.log_list {
            Some(_) => Self::Require,
            None => Self::Prefer,
        };
        settings.transparency.unwrap_or(unless_said)
    }

    /// Whether a chain that leads there is judged.
    fn judges(self, trust: &Trust) -> bool {
        match self {
            Self::Require => true,
            Self::Prefer => matches!(trust, Trust::Trusted(path) if path.public),
            Self::Off => false,
        }
    }

    /// What it is worth that something is not known.
    fn unknown(self) -> Status {
        match self {
            Self::Require => Status::Error,
            Self::Prefer | Self::Off => Status::Warn,
        }
    }
}

/// What is asked beside the handshakes, for the plan. Whose certificates lack timestamps is not known before they are
/// seen.
pub(super) fn load(settings: &Settings) -> &'static str {
    match Transparency::of(settings) {
        Transparency::Off => "",
        Transparency::Require => "; another greeting where a certificate lacks timestamps of logs",
        Transparency::Prefer => {
            "; another greeting where a public authority's certificate lacks timestamps of logs"
        }
    }
}

/// What does not go together.
pub(super) fn review(settings: &Settings) -> Option<Complaint> {
    let idle = settings.transparency == Some(Transparency::Off) && settings.log_list.is_some();
    idle.then(|| {
        let problem = "nothing is held against a list of logs where `transparency` is \"off\"";
        Complaint::new("log-list", problem)
    })
}
