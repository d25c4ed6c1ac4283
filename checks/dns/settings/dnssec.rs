//! What is asked of signatures.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is asked of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dnssec {
    /// Every record set is signed, and the signatures lead to a trust anchor.
    Require,
    /// A zone may be unsigned; what is signed must be valid.
    Allow,
}
