//! How long handshakes take, full and resumed: percentiles by nearest rank, over all addresses of an endpoint.

use super::endpoint::Endpoint;
use super::observation::{Observation, Session};
use super::resumption::{Across, Returns, count};
use super::settings::Settings;
use crate::instrument::tls::HandshakeKind;
use crate::model::exhibit::Bar;
use crate::model::{Exhibit, Measure};

/// How many endpoints the bars show.
const MOST_BARS: usize = 20;

const QUANTILES: [(&str, f64); 2] = [("0.5", 0.5), ("0.95", 0.95)];

/// Times in microseconds, sorted.
struct Times {
    full: Vec<u64>,
    resumed: Vec<u64>,
}

impl Times {
    /// Of all clients at one endpoint: the handshake with full inspection, and those of clients that came back.
    fn of<'a>(sessions: impl Iterator<Item = &'a Session>) -> Self {
        let mut times = Self {
            full: Vec::new(),
            resumed: Vec::new(),
        };
        for session in sessions {
            times.full.push(session.handshake_us);
            let Returns {
                first,
                again,
                across,
            } = &session.returns;
            let across = across.iter().map(|across| &across.shake);
            for shake in first.iter().chain(again).chain(across) {
                match shake {
                    HandshakeKind::Full { took_us } => times.full.push(*took_us),
                    HandshakeKind::Resumed { took_us } => times.resumed.push(*took_us),
                    HandshakeKind::Failed { .. } => {}
                }
            }
        }
        times.full.sort_unstable();
        times.resumed.sort_unstable();
        times
    }

    fn kinds(&self) -> [(&'static str, &[u64]); 2] {
        [("full", &self.full), ("resumed", &self.resumed)]
    }
}

/// The smallest of sorted values that so large a share of them does not exceed.
pub(crate) fn percentile(sorted: &[u64], share: f64) -> Option<u64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Percentiles of an endpoint, and the share of returns that each address resumed.
pub(crate) fn measures(endpoint: &Endpoint, observation: &Observation) -> Vec<Measure> {
    let sessions: Vec<_> = observation.sessions(endpoint).collect();
    let endpoint = endpoint.to_string();
    let endpoint = endpoint.as_str();
    let looked = |session: &Session| !session.returns.first.is_empty();
    if !sessions.iter().any(|(_, session)| looked(session)) {
        return Vec::new(); // one handshake has no percentiles, and its time is a measure already
    }
    let mut measures = Vec::new();
    let times = Times::of(sessions.iter().map(|(_, session)| *session));
    for (kind, times) in times.kinds() {
        for (quantile, share) in QUANTILES {
            if let Some(time) = percentile(times, share) {
                let labels = [
                    ("endpoint", endpoint),
                    ("handshake", kind),
                    ("quantile", quantile),
                ];
                let name = "tls_handshake_quantile_seconds";
                measures.push(Measure::new(name, time as f64 / 1e6, "seconds", labels));
            }
        }
    }
    for (address, session) in &sessions {
        let again = &session.returns.again;
        if !again.is_empty() {
            let share = count(again) as f64 / again.len() as f64;
            let address = address.ip().to_string();
            let labels = [("endpoint", endpoint), ("address", address.as_str())];
            measures.push(Measure::new("tls_resumption_ratio", share, "ratio", labels));
        }
    }
    measures
}

/// Who resumed what, and how long it took; nothing where resumption was not looked at.
pub(crate) fn exhibits(settings: &Settings, observation: &Observation) -> Vec<Exhibit> {
    let mut rows = Vec::new();
    let mut bars = Vec::new();
    for endpoint in observation.endpoints(settings) {
        let sessions: Vec<_> = observation
            .sessions(endpoint)
            .filter(|(_, session)| !session.returns.first.is_empty())
            .collect();
        for (address, session) in &sessions {
            let returns = &session.returns;
            let again = format!("{} of {}", count(&returns.again), returns.again.len());
            rows.push(vec![
                endpoint.to_string(),
                address.ip().to_string(),
                again,
                returns.across.as_ref().map_or_else(|| "-".to_owned(), told),
            ]);
        }
        if sessions.is_empty() || bars.len() >= 4 * MOST_BARS {
            continue;
        }
        let times = Times::of(sessions.iter().map(|(_, session)| *session));
        for (kind, times) in times.kinds() {
            for (name, share) in [("median", 0.5), ("95 %", 0.95)] {
                if let Some(time) = percentile(times, share) {
                    bars.push(Bar {
                        label: format!("{endpoint} {kind}, {name}"),
                        value: time as f64 / 1e3,
                    });
                }
            }
        }
    }
    if rows.is_empty() {
        return Vec::new();
    }
    vec![
        Exhibit::Table {
            title: "Sessions that were resumed".to_owned(),
            columns: ["Endpoint", "Address", "By itself", "By the next address"]
                .map(str::to_owned)
                .to_vec(),
            rows: crate::model::Cell::old(rows),
            omitted: 0,
        },
        Exhibit::Bars {
            title: "Time of a handshake (percentiles by nearest rank)".to_owned(),
            unit: "ms".to_owned(),
            bars,
            limit: None,
        },
    ]
}

fn told(across: &Across) -> String {
    let told = match across.shake {
        HandshakeKind::Resumed { .. } => "yes",
        HandshakeKind::Full { .. } => "no",
        HandshakeKind::Failed { .. } => "not known",
    };
    format!("{told} ({})", across.to.ip())
}

#[cfg(test)]
mod tests {
    #[test]
    fn percentiles_are_values_that_were_measured() {
        let times: Vec<u64> = (1..=20).collect();
        for (share, value) in [(0.5, 10), (0.95, 19), (1.0, 20), (0.01, 1)] {
            assert_eq!(super::percentile(&times, share), Some(value));
        }
        assert_eq!(super::percentile(&[7], 0.95), Some(7));
        assert_eq!(super::percentile(&[], 0.5), None);
    }
}
