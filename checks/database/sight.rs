//! What a role of few rights sees of a server, and what is hidden from it.

use serde::{Deserialize, Serialize};

/// A figure that the role of the check may not be allowed to see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sight<T> {
    /// It was seen.
    Seen(T),
    /// It is hidden from this role.
    Hidden {
        /// What to run, as an administrator, so that it is seen.
        grant: String,
    },
}
