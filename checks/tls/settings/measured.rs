//! `[check.resumption]` and `[check.staple-gain]`: what is measured by many handshakes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::{ResumptionLevel, StapleLevel};

/// The most handshakes of one kind at an address.
pub(crate) const MOST_HANDSHAKES: u8 = 100;

/// Whether sessions are resumed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Resumption {
    /// What is required.
    pub(crate) level: ResumptionLevel,
    /// How many clients connect to each address and come back to it, one after the other: 1 to 100.
    pub(crate) handshakes: u8,
}

impl Default for Resumption {
    fn default() -> Self {
        Self {
            level: ResumptionLevel::default(),
            handshakes: 3,
        }
    }
}

/// What a staple gains.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct StapleGain {
    /// What is required.
    pub(crate) level: StapleLevel,
    /// How many ClientHellos each address that staples gets with a request for a staple, how many without one, and
    /// how many queries the responder gets: 1 to 100.
    pub(crate) handshakes: u8,
}

impl Default for StapleGain {
    fn default() -> Self {
        Self {
            level: StapleLevel::default(),
            handshakes: 3,
        }
    }
}
