//! `[[waiver]]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Id, Words};
use crate::model::{Instant, Waiver};

/// A named person accepts that a check does not pass, or only those of its findings that `rule` and `subject` name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WaiverKeys {
    /// The id of the check.
    check: Id,
    /// Accepts only the findings of this rule, such as "tls/chain-expiry".
    rule: Option<Words>,
    /// Accepts only findings about this subject, as a report shows it.
    subject: Option<Words>,
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
            rule: keys.rule.map(|rule| rule.0),
            subject: keys.subject.map(|subject| subject.0),
            reason: keys.reason.0,
            approved_by: keys.approved_by.0,
            expires: keys.expires.0,
        }
    }
}
