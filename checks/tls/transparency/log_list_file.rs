//! Reads lists of transparency logs in the format that Google publishes (log_list.json, version 3) and browsers use.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde::Deserialize;

use super::log_list::{Former, Log, LogList};
use crate::instrument::tls::Der;
use crate::model::digest::sha256_hex;
use crate::model::{InputFile, ProbeError};

/// The list that this program ships: see the README beside it.
static SHIPPED: &[u8] = include_bytes!("chromium/log_list.json");

/// It is read once, when the first certificate of a public authority is seen. That it can be read is tested.
static READ: LazyLock<Option<LogList>> = LazyLock::new(|| parse(SHIPPED, None).ok());

/// The list that this program ships.
pub(super) fn shipped() -> Option<&'static LogList> {
    READ.as_ref()
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
    #[serde(default)]
    previous_operators: Vec<Former>,
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

/// Reads the list of a checklist.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(file: &InputFile) -> Result<LogList, ProbeError> {
    let path = file.path();
    parse(file.bytes(), Some(path.as_ref())).map_err(|error| {
        let problem = "is no list of transparency logs (log_list.json, version 3)";
        ProbeError::new(format!("{path} {problem}: {error}"))
    })
}

fn parse(bytes: &[u8], file: Option<&Path>) -> Result<LogList, String> {
    use base64::Engine as _;
    let list: File = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let mut logs = BTreeMap::new();
    for operator in list.operators {
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
                before: entry.previous_operators,
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
        file: file.map(Path::to_owned),
        sha256: sha256_hex(bytes),
        timestamp: list.log_list_timestamp,
        count: logs.len(),
        logs,
    })
}

#[cfg(test)]
mod tests {
    use super::super::log_list::Standing;
    use super::*;

    #[test]
    fn the_list_of_transparency_that_is_shipped_can_be_read() {
        let list = parse(SHIPPED, None).unwrap();
        assert_eq!(list.timestamp.to_string(), "2026-06-14T13:37:40Z");
        assert_eq!(list.count, 56);
        let now = list.timestamp;
        let mut operators = BTreeMap::new();
        for log in list.logs.values() {
            *operators.entry(log.operator(now)).or_insert(0) += 1;
        }
        let expected = [
            ("Cloudflare", 2),
            ("DigiCert", 8),
            ("Geomys", 5),
            ("Google", 6),
            ("IPng Networks", 9),
            ("Let's Encrypt", 10),
            ("Sectigo", 12),
            ("TrustAsia", 4),
        ];
        assert_eq!(Vec::from_iter(operators), expected);
        let trusted = |log: &&Log| log.standing() == Standing::Trusted;
        assert_eq!(list.logs.values().filter(trusted).count(), 52);
        assert_eq!(shipped(), Some(&list));
    }

    #[test]
    fn a_log_counts_for_who_operated_it_when_it_signed() {
        let mut file: serde_json::Value = serde_json::from_slice(SHIPPED).unwrap();
        file["operators"][0]["logs"][0]["previous_operators"] = serde_json::json!([
            { "name": "Second", "end_time": "2026-02-01T00:00:00Z" },
            { "name": "First", "end_time": "2026-01-01T00:00:00Z" },
        ]);
        let list = parse(file.to_string().as_bytes(), None).unwrap();
        let id = file["operators"][0]["logs"][0]["log_id"].as_str().unwrap();
        let log = &list.logs[id];
        for (at, operator) in [
            ("2025-12-31T23:59:59Z", "First"),
            ("2026-01-01T00:00:00Z", "Second"),
            ("2026-02-01T00:00:00Z", "Google"),
        ] {
            assert_eq!(log.operator(at.parse().unwrap()), operator);
        }
    }
}
