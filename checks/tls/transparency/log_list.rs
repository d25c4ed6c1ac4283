//! A list of transparency logs, and whose timestamps count.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::instrument::tls::Der;

/// A list, for the record: of its logs only those are kept of which a certificate that was seen has timestamps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LogList {
    /// The file, as the checklist names it; none for the list that this program ships.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<PathBuf>,
    /// SHA-256 of the file.
    pub(crate) sha256: String,
    /// When the list was made.
    pub(crate) timestamp: Timestamp,
    /// How many logs it has.
    pub(crate) count: usize,
    /// Logs by their id: base64 of the SHA-256 of the key.
    pub(crate) logs: BTreeMap<String, Log>,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Log {
    pub(crate) description: String,
    pub(super) operator: String,
    /// Who operated it before, and until when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) before: Vec<Former>,
    /// Its SubjectPublicKeyInfo.
    pub(crate) key: Der,
    /// The state's name: `usable`, `retired` and others.
    pub(super) state: String,
    /// Since when it has this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
    /// It takes certificates that end from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<Timestamp>,
    /// And before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Timestamp>,
}

/// Who operated a log, and until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Former {
    name: String,
    end_time: Timestamp,
}

/// Whether a log's timestamps count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// They do.
    Trusted,
    /// Those do that it gave before then.
    Retired(Timestamp),
    /// None does.
    Untrusted,
}

impl Log {
    /// Whether its timestamps count. A log goes through the states pending, qualified, usable, readonly and retired,
    /// or is rejected.
    pub(crate) fn standing(&self) -> Standing {
        match (self.state.as_str(), self.since) {
            ("qualified" | "usable" | "readonly", _) => Standing::Trusted,
            ("retired", Some(since)) => Standing::Retired(since),
            _ => Standing::Untrusted,
        }
    }

    /// Who operated it then.
    pub(crate) fn operator(&self, at: Timestamp) -> &str {
        let former = self.before.iter().filter(|former| at < former.end_time);
        let former = former.min_by_key(|former| former.end_time);
        former.map_or(&self.operator, |former| &former.name)
    }

    /// Whether it takes certificates that end then.
    pub(crate) fn covers(&self, not_after: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= not_after)
            && self.until.is_none_or(|until| not_after < until)
    }
}

impl LogList {
    /// The list with only those of its logs that `wanted` names.
    pub(crate) fn only<'a>(&self, wanted: impl IntoIterator<Item = &'a String>) -> Self {
        let logs = wanted.into_iter().filter_map(|id| {
            let log = self.logs.get(id)?;
            Some((id.clone(), log.clone()))
        });
        Self {
            file: self.file.clone(),
            sha256: self.sha256.clone(),
            timestamp: self.timestamp,
            count: self.count,
            logs: logs.collect(),
        }
    }

    /// Adds logs of the same list.
    pub(crate) fn add(&mut self, other: Self) {
        self.logs.extend(other.logs);
    }
}
