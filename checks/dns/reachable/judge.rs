//! Whether addresses accept connections, and those that were taken away do not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use crate::checks::dns::observation::{Connection, Observation};
use crate::checks::dns::reading::{Reading, join};
use crate::checks::dns::tally::Tally;
use crate::checks::dns::view::View;
use crate::instrument::connect::Connected;
use crate::model::{Finding, Measure, Status};

/// Connections that get a number of their own.
const TIMED: usize = 200;

/// Every address of every answer accepts a connection at every port.
pub(crate) fn judge(view: &View<'_>) -> Vec<Finding> {
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
pub(crate) fn measures(observation: &Observation) -> Vec<Measure> {
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
