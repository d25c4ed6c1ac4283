//! `[[waiver]]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Id, Words};
use crate::model::{Instant, Waiver};

/// A named person accepts that a check does not pass.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WaiverKeys {
    /// The id of the check.
    check: Id,
    /// Why it is accepted.
    reason: Words,
    /// Who accepts it.
    approved_by: Words,
    /// Until when. After this instant the waiver counts for nothing.
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
