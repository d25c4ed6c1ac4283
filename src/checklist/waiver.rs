//! `[[waiver]]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Id, Words};
use crate::model::{Instant, Waiver};

/// A named person accepts that a check fails, or only those of its findings that match `rule` and `subject`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WaiverKeys {
    /// The id of the check.
    check: Id,
    /// Accept only findings of this rule, such as "tls/chain-expiry".
    rule: Option<Words>,
    /// Accept only findings about this subject, exactly as a report shows it.
    subject: Option<Words>,
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
            rule: keys.rule.map(|rule| rule.0),
            subject: keys.subject.map(|subject| subject.0),
            reason: keys.reason.0,
            approved_by: keys.approved_by.0,
            expires: keys.expires.0,
        }
    }
}
