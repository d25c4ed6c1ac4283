//! A list of transparency logs, in the format that Google publishes (log_list.json, version 3) and browsers use.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::instrument::tls::Der;
use crate::model::digest::sha256_hex;

/// The largest list that is read; the one of today has 80 KB.
const LARGEST: u64 = 8 * 1024 * 1024;

/// A list, for the record: of its logs only those are kept that vouch for a certificate which was met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct LogList {
    /// The file, as the checklist names it.
    pub(super) source: PathBuf,
    /// SHA-256 of the file.
    pub(super) sha256: String,
    /// When the list was made.
    pub(super) timestamp: Timestamp,
    /// How many logs it has.
    pub(super) count: usize,
    /// Logs by their id: base64 of the SHA-256 of the key.
    pub(super) logs: BTreeMap<String, Log>,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Log {
    pub(super) description: String,
    pub(super) operator: String,
    /// Its SubjectPublicKeyInfo.
    pub(super) key: Der,
    /// The state's name: `usable`, `retired` and others.
    state: String,
    /// Since when it has this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// It takes certificates that end from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    /// And before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

impl Log {
    /// Whether a timestamp of this instant counts.
    pub(super) fn trusted(&self, at: Timestamp) -> bool {
        match self.state.as_str() {
            "qualified" | "usable" | "readonly" => true,
            "retired" => self.since.is_some_and(|since| at < since),
            _ => false,
        }
    }

    /// Whether it takes certificates that end then.
    pub(super) fn covers(&self, not_after: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= not_after)
            && self.until.is_none_or(|until| not_after < until)
    }
}

impl LogList {
    /// The list with only those logs whose ids `wanted` has.
    pub(in super::super) fn only(&self, wanted: &[String]) -> Self {
        let mut list = self.clone();
        list.logs.retain(|id, _| wanted.contains(id));
        list
    }

    /// Adds logs of the same list.
    pub(in super::super) fn add(&mut self, other: Self) {
        self.logs.extend(other.logs);
    }
}

#[derive(Deserialize)]
struct File {
    log_list_timestamp: Timestamp,
    operators: Vec<Operator>,
}

#[derive(Deserialize)]
struct Operator {
    name: String,
    #[serde(default)]
    logs: Vec<Entry>,
    /// Logs with another way to read them, and the same timestamps (static-ct-api).
    #[serde(default)]
    tiled_logs: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    description: String,
    log_id: String,
    key: Der,
    #[serde(default)]
    state: BTreeMap<String, Since>,
    #[serde(default)]
    temporal_interval: Option<Interval>,
}

#[derive(Deserialize)]
struct Since {
    timestamp: Timestamp,
}

#[derive(Deserialize)]
struct Interval {
    start_inclusive: Timestamp,
    end_exclusive: Timestamp,
}

/// Reads a list. Reads a file: call it where that may block.
///
/// # Errors
/// What is wrong with it.
pub(in super::super) fn load(path: &Path, folder: &Path) -> Result<LogList, String> {
    use std::io::Read as _;
    let shown = path.display();
    let unreadable = |error: std::io::Error| format!("cannot read {shown}: {error}");
    #[allow(
        clippy::disallowed_methods,
        reason = "the probe's door to the list of logs"
    )]
    let file = std::fs::File::open(folder.join(path)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("{shown} is larger than 8 MiB"));
    }
    parse(&bytes, path).map_err(|error| {
        format!("{shown} is no list of transparency logs (log_list.json, version 3): {error}")
    })
}

fn parse(bytes: &[u8], path: &Path) -> Result<LogList, String> {
    use base64::Engine as _;
    let file: File = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let mut logs = BTreeMap::new();
    for operator in file.operators {
        for entry in operator.logs.into_iter().chain(operator.tiled_logs) {
            let digest = ring::digest::digest(&ring::digest::SHA256, &entry.key.0);
            let id = base64::engine::general_purpose::STANDARD.encode(digest);
            if id != entry.log_id {
                return Err(format!(
                    "the id of \"{}\" is not that of its key",
                    entry.description
                ));
            }
            let (state, since) = entry.state.into_iter().next().unzip();
            let interval = entry.temporal_interval;
            let log = Log {
                description: entry.description,
                operator: operator.name.clone(),
                key: entry.key,
                state: state.unwrap_or_default(),
                since: since.map(|since| since.timestamp),
                from: interval.as_ref().map(|interval| interval.start_inclusive),
                until: interval.map(|interval| interval.end_exclusive),
            };
            logs.insert(id, log);
        }
    }
    if logs.is_empty() {
        return Err("it names no log".to_owned());
    }
    Ok(LogList {
        source: path.to_owned(),
        sha256: sha256_hex(bytes),
        timestamp: file.log_list_timestamp,
        count: logs.len(),
        logs,
    })
}
