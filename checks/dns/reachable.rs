//! Addresses that came back accept connections: clients that resolve once keep what they got.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};

use super::probe::Observation;
use super::reading::{Reading, join};
use super::settings::Settings;
use super::tally::Tally;
use super::view::View;
use crate::instrument::connect::{self, Connected};
use crate::instrument::dns::Outcome;
use crate::model::written::{Written, refused, written};
use crate::model::{Finding, Measure, Notebook, Status};

/// Connections that are tried at most; what goes beyond is told as not observed.
const MOST: usize = 2048;
/// Connections that are tried at a time.
const AT_A_TIME: usize = 64;
/// Connections that get a number of their own.
const TIMED: usize = 200;

/// A port that accepts connections: "443/tcp".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TcpPort(pub u16);

impl fmt::Display for TcpPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/tcp", self.0)
    }
}

impl FromStr for TcpPort {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let port = text.strip_suffix("/tcp").and_then(|port| port.parse().ok());
        port.filter(|port| *port != 0)
            .map(TcpPort)
            .ok_or_else(|| refused::<Self>(text))
    }
}

impl Written for TcpPort {
    const EXPECTED: &'static str = "a TCP port, such as \"443/tcp\"";
    const EXAMPLES: &'static [&'static str] = &["443/tcp"];
}

written!(TcpPort);

/// One attempt to connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Address and port.
    pub address: SocketAddr,
    /// Until the connection stood or was given up, in microseconds.
    pub duration_us: u64,
    /// What became of it.
    pub outcome: Connected,
}

/// Connects to every address that came back or must be gone, each once.
pub(super) async fn look(settings: &Settings, notes: &Notebook<Observation>) {
    // Whoever resolved once may still go where nobody is sent any more.
    let mut addresses: BTreeSet<IpAddr> = settings.gone.iter().copied().collect();
    notes.note(|seen| {
        // What was said often counts once.
        for outcome in seen.exchanges.outcomes() {
            if let Outcome::Answer(reply) = outcome {
                let records = reply.records.iter();
                let records = records.filter(|record| matches!(&*record.kind, "A" | "AAAA"));
                addresses.extend(records.filter_map(|record| record.data.parse::<IpAddr>().ok()));
            }
        }
    });
    let mut targets = Vec::new();
    for ip in addresses {
        targets.extend(
            settings
                .connect
                .iter()
                .map(|port| SocketAddr::new(ip, port.0)),
        );
    }
    targets.truncate(MOST);
    let timeout = settings.connect_timeout.0;
    let tried = targets.into_iter().map(|address| async move {
        let (outcome, duration) = connect::connect(address, timeout).await;
        Connection {
            address,
            duration_us: duration.as_micros() as u64,
            outcome,
        }
    });
    let mut tried = futures_util::stream::iter(tried).buffer_unordered(AT_A_TIME);
    while let Some(connection) = tried.next().await {
        notes.note(|seen| seen.connections.push(connection));
    }
}

/// Every address of every answer accepts a connection at every port.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    if view.settings.connect.is_empty() {
        return Vec::new();
    }
    // Whose address it is, and who says so: a stale one is told by the resolver that still returns it.
    let mut sources: BTreeMap<IpAddr, (String, BTreeSet<String>)> = BTreeMap::new();
    for (row, resolver, cell) in view.cells() {
        if let (true, Reading::Answer(answer)) = (row.kind.is_address(), &cell.reading) {
            for ip in answer.data.iter().filter_map(|data| data.parse().ok()) {
                let source = sources
                    .entry(ip)
                    .or_insert_with(|| (row.name.to_string(), BTreeSet::new()));
                source.1.insert(resolver.to_owned());
            }
        }
    }
    let seen: BTreeMap<_, _> = view
        .observation
        .connections
        .iter()
        .map(|connection| (connection.address, connection))
        .collect();
    let bound = view.settings.connect_timeout;
    let mut tally = Tally::new(
        "Every address that came back accepts connections",
        format!("a connection within {bound}"),
    );
    for (ip, (name, resolvers)) in &sources {
        for port in &view.settings.connect {
            let connection = seen.get(&SocketAddr::new(*ip, port.0));
            let (status, text, hint) = match connection.map(|connection| &connection.outcome) {
                Some(Connected::Open) => {
                    tally.right();
                    continue;
                }
                Some(Connected::Refused) => (
                    Status::Fail,
                    "refused".to_owned(),
                    "start the service there, or take the address out of the zone",
                ),
                Some(Connected::Timeout) => (
                    Status::Fail,
                    format!("no connection within {bound}"),
                    "see whether the host runs and a firewall lets it through, or take the address out of the zone",
                ),
                Some(Connected::Network { text }) => (
                    Status::Error,
                    text.clone(),
                    "see whether this machine has a route there: without IPv6 it cannot tell about IPv6 addresses",
                ),
                None => (
                    Status::Error,
                    "not tried".to_owned(),
                    "give the check a longer `timeout`, or divide it: one check tries 2048 connections",
                ),
            };
            tally.wrong(
                Finding::new(status, format!("{ip} accepts connections at {port}"))
                    .observed(format!("{text} ({name} at {})", join(resolvers)))
                    .hint(hint),
            );
        }
    }
    let mut findings = tally.findings("addresses and ports");
    findings.extend(gone(view, &seen));
    findings
}

/// Where nobody is sent any more, nobody is served any more: a client that resolved once stays there, sees no
/// failure, and misses the launch.
fn gone(view: &View<'_>, seen: &BTreeMap<SocketAddr, &Connection>) -> Vec<Finding> {
    let ports = &view.settings.connect;
    let addresses = view.settings.gone.iter();
    let addresses = addresses.flat_map(|ip| ports.iter().map(move |port| (ip, port)));
    let findings = addresses.map(|(ip, port)| {
        let claim = format!("{ip} serves nobody any more at {port}");
        let connection = seen.get(&SocketAddr::new(*ip, port.0));
        let finding = match connection.map(|connection| &connection.outcome) {
            Some(Connected::Open) => Finding::warn(claim).observed("accepts connections").hint(
                "clients that resolve once keep this address as long as it answers: end their connections there, so that \
                 they resolve again, or keep it in service until they have gone",
            ),
            Some(Connected::Refused) => Finding::pass(claim).observed("refused"),
            Some(Connected::Timeout) => Finding::pass(claim).observed("no connection in time"),
            Some(Connected::Network { text }) => Finding::error(claim)
                .observed(text.clone())
                .hint("see whether this machine has a route there"),
            None => Finding::error(claim)
                .observed("not tried")
                .hint("give the check a longer `timeout`"),
        };
        finding.expected("no connection is accepted")
    });
    findings.collect()
}

/// How long connections took, bounded in number.
pub(super) fn measures(observation: &Observation) -> Vec<Measure> {
    let open = observation.connections.iter();
    let open = open.filter(|connection| connection.outcome == Connected::Open);
    open.take(TIMED)
        .map(|connection| {
            let seconds = connection.duration_us as f64 / 1e6;
            let address = connection.address.to_string();
            let labels = [("address", address.as_str())];
            Measure::new("dns_connect_duration_seconds", seconds, "seconds", labels)
        })
        .collect()
}
