//! How long handshakes take, full and resumed: percentiles by nearest rank, over all addresses of an endpoint.

use std::net::SocketAddr;

use super::families as family;
use super::observation::{Observation, Session};
use super::resumption::{Across, Returns, count};
use super::settings::Settings;
use crate::instrument::tls::HandshakeKind;
use crate::model::exhibit::Bar;
use crate::model::stats::percentile;
use crate::model::{Cell, Exhibit, Measure};

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
            let across = across.iter().map(|across| &across.kind);
            for kind in first.iter().chain(again).chain(across) {
                match kind {
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

/// Percentiles of an endpoint, and the share of returns that each address resumed.
pub(crate) fn measures(endpoint: &str, sessions: &[(SocketAddr, &Session)]) -> Vec<Measure> {
    if sessions.iter().all(|(_, session)| !came_back(session)) {
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
                measures.push(family::HANDSHAKE_QUANTILE.measure(time as f64 / 1e6, labels));
            }
        }
    }
    for (address, session) in sessions {
        let again = &session.returns.again;
        if !again.is_empty() {
            let share = count(again) as f64 / again.len() as f64;
            let address = address.ip().to_string();
            let labels = [("endpoint", endpoint), ("address", &address)];
            measures.push(family::RESUMPTION_RATIO.measure(share, labels));
        }
    }
    measures
}

fn came_back(session: &Session) -> bool {
    !session.returns.first.is_empty()
}

/// Which sessions were resumed, and how long it took; nothing where resumption was not checked.
pub(crate) fn exhibits(settings: &Settings, observation: &Observation) -> Vec<Exhibit> {
    let sessions = observation.each_session(settings);
    let rows = sessions.filter(|(_, _, session)| came_back(session));
    let rows = rows.map(|(endpoint, address, session)| {
        let returns = &session.returns;
        let again = format!("{} of {}", count(&returns.again), returns.again.len());
        [
            endpoint.to_string().into(),
            address.ip().to_string().into(),
            again.into(),
            Cell::maybe(returns.across.as_ref().map(across)),
        ]
    });
    let columns = ["Endpoint", "Address", "By itself", "By the next address"];
    let Some(table) = Exhibit::table("Sessions that were resumed", columns, rows) else {
        return Vec::new();
    };
    let mut bars = Vec::new();
    for endpoint in observation.endpoints(settings) {
        let sessions = observation.sessions(endpoint);
        let times = Times::of(
            sessions
                .map(|(_, session)| session)
                .filter(|s| came_back(s)),
        );
        for (kind, times) in times.kinds() {
            for (name, share) in [("median", 0.5), ("95 %", 0.95)] {
                bars.extend(percentile(times, share).map(|time| Bar {
                    label: format!("{endpoint} {kind}, {name}"),
                    value: time as f64 / 1e3,
                }));
            }
        }
        if bars.len() >= 4 * MOST_BARS {
            break;
        }
    }
    let times = Exhibit::Bars {
        title: "Time of a handshake (percentiles by nearest rank)".to_owned(),
        unit: "ms".to_owned(),
        bars,
        limit: None,
    };
    vec![table, times]
}

fn across(across: &Across) -> String {
    let resumed = match across.kind {
        HandshakeKind::Resumed { .. } => "yes",
        HandshakeKind::Full { .. } => "no",
        HandshakeKind::Failed { .. } => "not known",
    };
    format!("{resumed} ({})", across.to.ip())
}
