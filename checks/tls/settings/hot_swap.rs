//! The settings of a hot swap: what is swapped, and what is asked of it.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::units::{DAY, UpTo};

/// The most connections that are held at one address.
pub(crate) const MOST_CONNECTIONS: u16 = 1_000;

/// What is swapped, and what is asked of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct HotSwap {
    /// PEM file of the certificate that must be served after the command. It may also hold the private key.
    pub(crate) file: PathBuf,
    /// The program that installs and loads the certificate, and its arguments. It runs in the checklist's folder,
    /// without a shell. Its arguments are in the report, so pass no secrets in them.
    pub(crate) command: Vec<String>,
    /// How long after the command's end every address must serve the new certificate, in ten handshakes in a row.
    #[serde(default = "half_a_minute")]
    pub(crate) within: UpTo<DAY>,
    /// How many idle connections are held open at each address meanwhile: at most 1000.
    #[serde(default = "fifty")]
    pub(crate) connections: u16,
    /// How much longer they are held once every address serves the new certificate.
    #[serde(default = "two_seconds")]
    pub(crate) hold: UpTo<DAY>,
}

fn half_a_minute() -> UpTo<DAY> {
    UpTo::new(Duration::from_secs(30))
}

fn two_seconds() -> UpTo<DAY> {
    UpTo::new(Duration::from_secs(2))
}

fn fifty() -> u16 {
    50
}
