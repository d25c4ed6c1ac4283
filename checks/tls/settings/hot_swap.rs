//! The settings of a hot swap: what is swapped, and what is asked of it.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::units::Period;

/// The most connections that are held at one address.
pub(crate) const MOST_CONNECTIONS: u16 = 1_000;

/// What is swapped, and what is asked of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct HotSwap {
    /// PEM file of the certificate that is to be served after the command, relative to the checklist. It may hold the
    /// private key too.
    pub(crate) file: PathBuf,
    /// The program that installs and loads it, and its arguments; no shell reads them.
    pub(crate) command: Vec<String>,
    /// How long after the command's end every address must serve it.
    #[serde(default = "half_a_minute")]
    pub(crate) within: Period,
    /// How many connections are held at each address meanwhile.
    #[serde(default = "fifty")]
    pub(crate) connections: u16,
    /// How much longer they are held once every address serves it.
    #[serde(default = "two_seconds")]
    pub(crate) hold: Period,
}

fn half_a_minute() -> Period {
    Period(Duration::from_secs(30))
}

fn two_seconds() -> Period {
    Period(Duration::from_secs(2))
}

fn fifty() -> u16 {
    50
}
