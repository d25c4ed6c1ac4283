//! `timeouts = { ... }`: how long the steps at one address may take.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::units::{MINUTE, UpTo};

/// How long each step may take.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Timeouts {
    /// How long a TCP connection may take.
    pub(crate) connect: UpTo<{ 10 * MINUTE }>,
    /// How long a handshake may take.
    pub(crate) handshake: UpTo<{ 10 * MINUTE }>,
}

impl Default for Timeouts {
    fn default() -> Self {
        let five_seconds = UpTo::new(Duration::from_secs(5));
        Self {
            connect: five_seconds,
            handshake: five_seconds,
        }
    }
}
