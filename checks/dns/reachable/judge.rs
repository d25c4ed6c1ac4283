//! Whether addresses accept connections, and those that were taken away do not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use crate::checks::dns::measures::CONNECT_DURATION;
use crate::checks::dns::observation::{Connection, Observation};
use crate::checks::dns::reading::Reading;
use crate::checks::dns::rules::{GONE_SERVING, REACHABLE, USABLE_ADDRESS};
use crate::checks::dns::settings::Reachable;
use crate::checks::dns::usable::against;
use crate::checks::dns::view::View;
use crate::instrument::dial::DialError;
use crate::instrument::host_block;
use crate::judging::Tally;
use crate::judging::text::list;
use crate::model::units::Period;
use crate::model::{Finding, Measure, Status};

/// Connections that get a number of their own.
const TIMED: usize = 200;

/// Every address of every answer accepts a connection at every port, and no address that is gone does.
pub(crate) fn judge(view: &View<'_>) -> Vec<Finding> {
    let Some(reachable) = &view.settings.reachable else {
        return Vec::new();
    };
    let seen = view.observation.connections.iter();
    let seen = seen.map(|connection| (connection.address, connection));
    let seen: Seen<'_> = seen.collect();
    let mut findings = answered(view, reachable, &seen);
    findings.extend(gone(view, reachable, &seen));
    findings
}

/// Attempts to connect by address and port.
type Seen<'a> = BTreeMap<SocketAddr, &'a Connection>;

/// Whose address it is, and who says so: a stale one shows by the resolver that still returns it.
fn sources(view: &View<'_>) -> BTreeMap<IpAddr, (String, BTreeSet<String>)> {
    let mut sources = BTreeMap::new();
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
    sources
}

fn answered(view: &View<'_>, reachable: &Reachable, seen: &Seen<'_>) -> Vec<Finding> {
    let bound = reachable.timeout;
    let mut tally = Tally::new(REACHABLE, "addresses and ports")
        .breaks("accept no connection, or could not be tried")
        .expected(format!("a connection within {bound}"));
    for (ip, (name, resolvers)) in sources(view) {
        for port in &reachable.ports {
            let at = SocketAddr::new(ip, port.0);
            let (status, word, claim, hint) = match Outcome::of(seen.get(&at)) {
                Outcome::Open => match against(view, ip, resolvers.iter().map(String::as_str)) {
                    Some(against) if against.is_local() => (
                        against.status(),
                        "of no use elsewhere",
                        format!(
                            "{at} accepts connections of this machine, but {ip} {}",
                            against.words()
                        ),
                        USABLE_ADDRESS.fix,
                    ),
                    _ => {
                        tally.right();
                        continue;
                    }
                },
                Outcome::Closed => (
                    Status::Fail,
                    "refused",
                    format!("{at} refuses connections"),
                    "start the service there, look for a firewall that rejects, or remove the address from the zone",
                ),
                Outcome::Silent => (
                    Status::Fail,
                    "silent",
                    format!("{at} accepts no connection within {bound}"),
                    "check that the host runs and that firewalls let it through, or remove the address from the zone",
                ),
                Outcome::OutOfReach => (
                    Status::Error,
                    "out of reach",
                    format!("{at} is out of reach from this machine"),
                    "check that this machine has a route there: without IPv6 it cannot check IPv6 addresses",
                ),
                Outcome::Local => (
                    Status::Error,
                    "out of reach",
                    format!("This machine could not connect to {at}"),
                    LOCAL,
                ),
                Outcome::Spared => spared(at),
                Outcome::NotTried => (
                    Status::Error,
                    "not tried",
                    format!("{at} was not tried"),
                    "give the check a longer `timeout`, or divide it: one check tries 2048 connections",
                ),
            };
            let text = text(seen.get(&at), *bound);
            let finding = REACHABLE
                .finding(status, at.to_string(), claim)
                .observed(format!("{text} ({name} at {})", list(&resolvers)));
            tally.wrong(word, finding.hint(hint));
        }
    }
    let claim = "Every address that came back accepts connections";
    tally.findings_or("all addresses", claim)
}

/// A client that resolved once stays where it is as long as it is served: it sees no failure, and misses the launch.
fn gone(view: &View<'_>, reachable: &Reachable, seen: &Seen<'_>) -> Vec<Finding> {
    if view.settings.gone.is_empty() {
        return Vec::new();
    }
    let mut tally = Tally::new(GONE_SERVING, "retired addresses and ports")
        .breaks("still accept connections, or could not be tried")
        .expected("no connection is accepted");
    for ip in &view.settings.gone {
        for port in &reachable.ports {
            let at = SocketAddr::new(*ip, port.0);
            let (status, word, claim, hint) = match Outcome::of(seen.get(&at)) {
                Outcome::Closed | Outcome::Silent => {
                    tally.right();
                    continue;
                }
                Outcome::Open => (
                    Status::Warn,
                    "accepted",
                    format!("{at} still accepts connections"),
                    "clients that resolve once keep this address as long as it answers: close their connections, so that \
                     they resolve again, or keep it in service until they have left",
                ),
                Outcome::OutOfReach => (
                    Status::Error,
                    "out of reach",
                    format!("{at} is out of reach from this machine"),
                    "check that this machine has a route there",
                ),
                Outcome::Local => (
                    Status::Error,
                    "out of reach",
                    format!("This machine could not connect to {at}"),
                    LOCAL,
                ),
                Outcome::Spared => spared(at),
                Outcome::NotTried => (
                    Status::Error,
                    "not tried",
                    format!("{at} was not tried"),
                    "give the check a longer `timeout`",
                ),
            };
            let finding = GONE_SERVING.finding(status, at.to_string(), claim);
            let finding = finding.observed(text(seen.get(&at), *reachable.timeout));
            tally.wrong(word, finding.hint(hint));
        }
    }
    let claim = "Addresses that are gone no longer accept connections";
    tally.findings_or("all addresses", claim)
}

/// What an attempt to connect comes to.
enum Outcome {
    Open,
    Closed,
    Silent,
    /// It says nothing about the other side.
    OutOfReach,
    /// Neither does a fault of this machine.
    Local,
    /// A database server that has had its share of connections.
    Spared,
    NotTried,
}

const LOCAL: &str = "fix what the message says of this machine: it says nothing about the address";

fn spared(at: SocketAddr) -> (Status, &'static str, String, &'static str) {
    let claim = format!("{at} was left alone, so that the database there does not block this host");
    (Status::Error, "left alone", claim, host_block::HINT)
}

impl Outcome {
    fn of(connection: Option<&&Connection>) -> Self {
        match connection.map(|connection| &connection.error) {
            None => Self::NotTried,
            Some(None) => Self::Open,
            Some(Some(DialError::Refused | DialError::Reset)) => Self::Closed,
            Some(Some(DialError::Timeout { .. })) => Self::Silent,
            Some(Some(DialError::Unreachable { .. })) => Self::OutOfReach,
            Some(Some(DialError::Local { .. })) => Self::Local,
            Some(Some(DialError::Spared { .. })) => Self::Spared,
        }
    }
}

fn text(connection: Option<&&Connection>, bound: Period) -> String {
    match connection.map(|connection| &connection.error) {
        None => "not tried".to_owned(),
        Some(None) => "accepts connections".to_owned(),
        // As the settings write it: an error of its own is rounded.
        Some(Some(DialError::Timeout { .. })) => format!("no connection within {bound}"),
        Some(Some(error)) => format!("it {error}"),
    }
}

/// How long connections took, bounded in number.
pub(crate) fn measures(observation: &Observation) -> Vec<Measure> {
    let open = observation.connections.iter();
    let open = open.filter(|connection| connection.error.is_none());
    let measure = |connection: &Connection| {
        let seconds = connection.duration_us as f64 / 1e6;
        CONNECT_DURATION.measure(seconds, [("address", &*connection.address.to_string())])
    };
    open.take(TIMED).map(measure).collect()
}
