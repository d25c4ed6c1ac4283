//! What a `dns` check can be told.

mod dnssec;
mod domain;
mod port;
mod region;
mod resolver;
mod review;
mod subnet;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use dnssec::Dnssec;
pub use domain::DomainName;
pub use port::TcpPort;
pub use region::Region;
pub use resolver::{Authority, Resolver};
pub use subnet::Subnet;

use resolver::PORT;

use crate::instrument::dns::{Kind, Limits, MOST_IN_FLIGHT, MOST_QPS};
use crate::model::units::{Period, Share};

/// The module's keys of a check.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Names to resolve. For the `system` resolver a final dot makes a name absolute, without it the search
    /// list applies; every other resolver is asked for the absolute name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<DomainName>,
    /// A file with further names, one per line, up to 100,000; its path counts from the checklist's folder. What
    /// follows a # is a remark. Names met before are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names_file: Option<PathBuf>,
    /// Record types to ask for at every name.
    #[serde(default = "types")]
    #[schemars(length(min = 1))]
    pub types: Vec<Kind>,
    /// Whom to ask: "system" (as an application on this machine resolves, hosts file and search list included),
    /// a server by address and optional port (UDP, and TCP where an answer does not fit), or one by URL over a
    /// connection: `tcp://10.0.0.53`, `tls://dns.example.com` (DNS over TLS), `https://dns.example.com/dns-query`
    /// (DNS over HTTPS), `quic://dns.example.com` (DNS over QUIC). The port follows the host.
    #[serde(default = "resolvers")]
    #[schemars(length(min = 1))]
    pub resolvers: Vec<Resolver>,
    /// PEM file of root certificates that encrypted resolvers' certificates must lead to; its path counts from the
    /// checklist's folder. Left out, the system's roots count, and Mozilla's list on a system that has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Expected answers by name, compared as sets. IPv4 addresses are what A must return, IPv6 addresses what
    /// AAAA must return, anything else what the other type asked for must return, in zone file format. Names
    /// are compared without regard to case and final dot. A type without expected values needs any answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub expect: BTreeMap<DomainName, Vec<String>>,
    /// Whether all resolvers must return the same records.
    #[serde(default = "yes")]
    pub same_answer: bool,
    /// The shortest TTL that may be handed out. Caches count TTLs down, so a shorter one tells something only
    /// where an authoritative server is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_min: Option<Period>,
    /// The longest TTL that may be handed out: after so long every client sees a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_max: Option<Period>,
    /// How long an answer may take, from the first packet sent to the answer accepted: lost packets and the
    /// repetition over TCP count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_max: Option<Period>,
    /// Ports at which every address that came back must accept a connection, such as "443/tcp".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connect: Vec<TcpPort>,
    /// How long a connection may take to be accepted.
    #[serde(default = "connect_timeout")]
    pub connect_timeout: Period,
    /// Addresses that no resolver may return any more. With `connect` it is also told which of them still accept
    /// connections: clients that resolved once stay there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<IpAddr>,
    /// Whether every name must have both IPv4 and IPv6 addresses. `types` must ask for A and AAAA.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dual_stack: bool,
    /// The most aliases (CNAME) between a name and its answer. 0 allows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cname_max: Option<u32>,
    /// Names that must not exist (NXDOMAIN) at any resolver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<DomainName>,
    /// Zones under which a random name must not exist (NXDOMAIN): tells of wildcards, and of resolvers that
    /// rewrite NXDOMAIN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent_under: Vec<DomainName>,
    /// Networks of clients and the addresses that the names must have for them, each a `[[check.region]]`. Every
    /// resolver that is given by address is asked on their behalf (EDNS Client Subnet).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub region: Vec<Region>,
    /// Whether signatures are looked at (DNSSEC). "require": every record set is signed, and the signatures lead to
    /// a trust anchor. "allow": a zone may be unsigned, what is signed must be valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dnssec: Option<Dnssec>,
    /// A file of DS or DNSKEY records, one to a line, that validation ends at instead of the root zone's keys, such
    /// as those of a private zone; its path counts from the checklist's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_anchor: Option<PathBuf>,
    /// How long after T-0 the signatures of the names' zones must be valid.
    #[serde(default = "dnssec_cover")]
    pub dnssec_cover: Period,
    /// Whether to ask the zone's own servers as well: all of them must answer over UDP and TCP, be authorities
    /// (AA), have the same serial number and the same records. `ttl-min` and `ttl-max` are then judged by the
    /// TTLs that the zone states.
    #[serde(default, skip_serializing_if = "is_false")]
    pub authoritative: bool,
    /// The servers of the zones, by address and optional port. Left out, zone cuts, NS records and addresses are
    /// asked for at the check's resolvers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<Authority>,
    /// The port at which servers named by NS records are asked.
    #[serde(default = "port", skip_serializing_if = "is_port")]
    #[schemars(range(min = 1))]
    pub authority_port: u16,
    /// How long to wait for the answer to one packet.
    #[serde(default = "query_timeout")]
    pub query_timeout: Period,
    /// Packets to send at most for one question. Every lost one is reported.
    #[serde(default = "tries")]
    #[schemars(range(min = 1, max = 10))]
    pub tries: u32,
    /// How often everything is asked for. The first round warms the caches, the later ones measure: answers are
    /// judged by the last one, `latency-max` by all but the first.
    #[serde(default = "rounds")]
    #[schemars(range(min = 1, max = MOST_ROUNDS))]
    pub rounds: u32,
    /// The share of questions that must have an answer consistent with a warm cache in the rounds after the first:
    /// its TTL has fallen by the time that passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_min: Option<Share>,
    /// How long answers of the rounds after the first may take at each resolver, 95th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_p95_max: Option<Period>,
    /// How long each resolver is left alone between two rounds. TTLs count in seconds: after less than 2s a
    /// cache cannot be told from a server that answers afresh.
    #[serde(default = "pause")]
    pub pause: Period,
    /// Packets sent to one server in a second at most. Public resolvers and those of clouds drop what is much
    /// above the default.
    #[serde(default = "qps")]
    #[schemars(range(min = 1, max = MOST_QPS))]
    pub qps: u32,
    /// Questions open at one server at a time.
    #[serde(default = "in_flight")]
    #[schemars(range(min = 1, max = MOST_IN_FLIGHT))]
    pub in_flight: usize,
}

fn types() -> Vec<Kind> {
    vec![Kind::A]
}

fn resolvers() -> Vec<Resolver> {
    vec![Resolver::System]
}

fn yes() -> bool {
    true
}

fn is_false(value: &bool) -> bool {
    !value
}

fn port() -> u16 {
    PORT
}

fn is_port(port: &u16) -> bool {
    *port == PORT
}

fn connect_timeout() -> Period {
    Period(Duration::from_millis(200))
}

fn dnssec_cover() -> Period {
    Period(Duration::from_secs(24 * 3600))
}

fn query_timeout() -> Period {
    Period(Duration::from_secs(3))
}

fn tries() -> u32 {
    2
}

/// The most rounds of one check.
pub(crate) const MOST_ROUNDS: u32 = 10;

fn rounds() -> u32 {
    1
}

fn pause() -> Period {
    Period(Duration::from_secs(2))
}

fn qps() -> u32 {
    1000
}

fn in_flight() -> usize {
    500
}

impl Settings {
    /// Every question, name by name: those of the settings, then those that their file listed.
    pub fn questions<'a>(
        &'a self,
        listed: &'a [DomainName],
    ) -> impl Iterator<Item = (&'a DomainName, Kind)> {
        let at_name = |name| self.types.iter().map(move |kind| (name, *kind));
        self.names.iter().chain(listed).flat_map(at_name)
    }

    /// The resolvers that are asked by packets of our own, so that the form of a question reaches them.
    pub(crate) fn servers(&self) -> impl Iterator<Item = &Resolver> {
        let resolvers = self.resolvers.iter();
        resolvers.filter(|resolver| !matches!(resolver, Resolver::System))
    }

    /// How many questions there are on behalf of regions, names of a file left out.
    pub(crate) fn region_questions(&self) -> usize {
        let of_region = |region: &Region| region.questions(self, &[]).count();
        let questions: usize = self.region.iter().map(of_region).sum();
        questions * self.servers().count()
    }

    /// How a server is asked.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            timeout: self.query_timeout.0,
            tries: self.tries,
            in_flight: self.in_flight,
            qps: self.qps,
        }
    }

    /// What the records of a type at a name must be; nothing where any answer will do.
    pub fn expected(&self, name: &DomainName, kind: Kind) -> Vec<&str> {
        let values = self.expect.get(name).into_iter().flatten();
        values
            .filter(|value| belongs(value, kind))
            .map(String::as_str)
            .collect()
    }
}

/// Whether an expected value is meant for a type.
fn belongs(value: &str, kind: Kind) -> bool {
    match kind {
        Kind::A => value.parse::<Ipv4Addr>().is_ok(),
        Kind::Aaaa => value.parse::<Ipv6Addr>().is_ok(),
        _ => value.parse::<IpAddr>().is_err(),
    }
}
