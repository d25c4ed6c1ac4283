//! A part of a checklist, as it was asked for. A run of a part is never a plain GO, so the record carries it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which checks of a checklist were selected. Each list that is not empty narrows the selection; within a list, any match
/// counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Selected {
    /// `--check`.
    #[serde(default)]
    pub ids: Vec<String>,
    /// `--tag`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// `--phase`.
    #[serde(default)]
    pub phases: Vec<String>,
}

impl Selected {
    /// Whether the whole checklist was asked for.
    pub fn is_all(&self) -> bool {
        self.ids.is_empty() && self.tags.is_empty() && self.phases.is_empty()
    }
}
