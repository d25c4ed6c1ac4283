//! A part of a checklist, as it was asked for. A run of a part is never a plain GO, so the record carries it.

use std::fmt;

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

    /// Whether a check with these words is asked for by itself, not because another one needs it.
    pub fn matches(&self, id: &str, tags: &[String], phase: Option<&str>) -> bool {
        let among = |words: &[String], word: &str| words.iter().any(|one| one == word);
        (self.ids.is_empty() || among(&self.ids, id))
            && (self.tags.is_empty() || tags.iter().any(|tag| among(&self.tags, tag)))
            && (self.phases.is_empty() || phase.is_some_and(|phase| among(&self.phases, phase)))
    }
}

/// "phase T-2h", "checks a, b and tag edge".
impl fmt::Display for Selected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("check", &self.ids),
            ("tag", &self.tags),
            ("phase", &self.phases),
        ];
        let parts = parts.into_iter().filter(|(_, words)| !words.is_empty());
        let parts = parts.map(|(name, words)| {
            let plural = if words.len() == 1 { "" } else { "s" };
            format!("{name}{plural} {}", words.join(", "))
        });
        let parts: Vec<_> = parts.collect();
        if parts.is_empty() {
            return f.write_str("some checks");
        }
        f.write_str(&parts.join(" and "))
    }
}
