//! `[[waiver]]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Id, Words};
use crate::model::{Instant, Waiver};

/// A named person accepts that a check fails.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WaiverKeys {
    /// The id of the check.
    check: Id,
    /// Why the failure is acceptable.
    reason: Words,
    /// Who accepts the failure.
    approved_by: Words,
    /// When the waiver expires. It has no effect after this instant.
    expires: Instant,
}

impl From<WaiverKeys> for Waiver {
    fn from(keys: WaiverKeys) -> Self {
        Self {
            check: keys.check.0,
            reason: keys.reason.0,
            approved_by: keys.approved_by.0,
            expires: keys.expires.0,
        }
    }
}
