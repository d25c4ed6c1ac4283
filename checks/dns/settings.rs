//! What a `dns` check can be told.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::dnssec::{self, Dnssec};
use super::reachable::TcpPort;
use super::region::{self, Region};
use super::resolver::PORT;
pub use super::resolver::{Authority, Resolver};
use crate::instrument::dns::{Kind, Limits, MOST_IN_FLIGHT, MOST_QPS, Question, QuestionError};
use crate::model::Complaint;
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
pub(super) const MOST_ROUNDS: u32 = 10;

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

    /// How a server is asked.
    pub(super) fn limits(&self) -> Limits {
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

    /// Rules that the types of the settings cannot tell.
    pub fn review(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if self.names_file.is_none() || !self.names.is_empty() {
            complaints.extend(list("names", &self.names));
        }
        complaints.extend(list("types", &self.types));
        complaints.extend(list("resolvers", &self.resolvers));
        if !(1..=10).contains(&self.tries) {
            complaints.push(Complaint::new("tries", "expected 1 to 10 packets"));
        }
        if !(1..=MOST_ROUNDS).contains(&self.rounds) {
            let range = format!("expected 1 to {MOST_ROUNDS} rounds");
            complaints.push(Complaint::new("rounds", range));
        }
        let warm = [
            ("warm-min", self.warm_min.is_some()),
            ("warm-p95-max", self.warm_p95_max.is_some()),
        ];
        for (key, _) in warm.into_iter().filter(|(_, set)| *set && self.rounds < 2) {
            let problem = "is judged by the rounds after the first, and there is only one";
            complaints.push(Complaint::new(key, problem).help("write `rounds = 2` or more"));
        }
        if !(1..=MOST_QPS).contains(&self.qps) {
            let range = format!("expected 1 to {MOST_QPS} packets a second");
            complaints.push(Complaint::new("qps", range));
        }
        if !(1..=MOST_IN_FLIGHT).contains(&self.in_flight) {
            let range = format!("expected 1 to {MOST_IN_FLIGHT} questions");
            complaints.push(Complaint::new("in-flight", range));
        }
        if let (Some(min), Some(max)) = (self.ttl_min, self.ttl_max)
            && min > max
        {
            complaints.push(Complaint::new("ttl-min", "is longer than `ttl-max`"));
        }
        complaints.extend(self.review_expect());
        complaints.extend(self.review_rules());
        complaints.extend(region::review(self));
        complaints.extend(dnssec::review(self));
        complaints
    }

    fn review_rules(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let asks = |kind| self.types.contains(&kind);
        if self.dual_stack && !(asks(Kind::A) && asks(Kind::Aaaa)) {
            let help = "write `types = [\"A\", \"AAAA\"]`";
            let problem = "needs both A and AAAA among the `types`";
            complaints.push(Complaint::new("dual-stack", problem).help(help));
        }
        if !(self.connect.is_empty() || asks(Kind::A) || asks(Kind::Aaaa)) {
            let problem = "needs A or AAAA among the `types`, or there is no address to connect to";
            complaints.push(Complaint::new("connect", problem));
        }
        for gone in &self.gone {
            let kind = if gone.is_ipv4() { Kind::A } else { Kind::Aaaa };
            if !asks(kind) {
                let problem = format!("\"{gone}\" can only be met by asking for {kind}");
                let help = "add the type to `types`";
                complaints.push(Complaint::new("gone", problem).help(help));
            }
            let wanted = self.expect.values().flatten();
            if wanted.into_iter().any(|value| value.parse() == Ok(*gone)) {
                let problem = format!("\"{gone}\" is also expected by `expect`");
                complaints.push(Complaint::new("gone", problem));
            }
        }
        if !self.authoritative && !self.authorities.is_empty() {
            let problem = "is of no use without `authoritative = true`";
            complaints.push(Complaint::new("authorities", problem));
        }
        if self.ca_file.is_some() && !self.resolvers.iter().any(Resolver::is_encrypted) {
            let problem = "is of no use without an encrypted resolver";
            complaints.push(Complaint::new("ca-file", problem));
        }
        if self.authority_port == 0 {
            complaints.push(Complaint::new("authority-port", "expected 1 to 65535"));
        }
        let names: BTreeSet<_> = self.names.iter().collect();
        if let Some(name) = self.absent.iter().find(|name| names.contains(name)) {
            let problem = format!("\"{name}\" is also among the `names` that must resolve");
            complaints.push(Complaint::new("absent", problem));
        }
        complaints
    }

    fn review_expect(&self) -> impl Iterator<Item = Complaint> {
        let names: BTreeSet<_> = self.names.iter().collect();
        let texts = self.types.iter().filter(|kind| !kind.is_address()).count();
        self.expect.iter().filter_map(move |(name, values)| {
            let complain =
                |problem: String, help: &str| Some(Complaint::new("expect", problem).help(help));
            let stray = |value: &&String| !self.types.iter().any(|kind| belongs(value, *kind));
            if !names.contains(name) && self.names_file.is_none() {
                let problem = format!("\"{name}\" is not among the names of this check");
                complain(problem, "add it to `names`, or mend its spelling")
            } else if values.is_empty() {
                let problem = format!("nothing is expected of \"{name}\"");
                complain(
                    problem,
                    "list its answers, or leave the name out to accept any answer",
                )
            } else if let Some(value) = values.iter().find(stray) {
                let problem = format!("\"{value}\" cannot be an answer to any of the `types`");
                complain(problem, "A takes IPv4 addresses, AAAA takes IPv6 addresses")
            } else if texts > 1 && values.iter().any(|value| value.parse::<IpAddr>().is_err()) {
                let problem = format!("it is open which of the `types` at \"{name}\" is meant");
                complain(
                    problem,
                    "ask for each type with expected answers in a check of its own",
                )
            } else {
                None
            }
        })
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

/// What is wrong with a list that must have entries, each once.
fn list<T: Ord + fmt::Display>(key: &'static str, entries: &[T]) -> Option<Complaint> {
    let mut met = BTreeSet::new();
    if entries.is_empty() {
        return Some(Complaint::new(key, "expected at least one entry"));
    }
    let twice = entries.iter().find(|entry| !met.insert(*entry))?;
    Some(Complaint::new(
        key,
        format!("\"{twice}\" stands in the list twice"),
    ))
}

/// A domain name as the checklist writes it. Names that differ in case or final dot alone are the same.
#[derive(Clone, Debug)]
pub struct DomainName {
    text: Arc<str>,
    canonical: Box<str>,
}

impl DomainName {
    /// Reads a name as written.
    ///
    /// # Errors
    /// When it is not a domain name.
    pub fn new(text: &str) -> Result<Self, QuestionError> {
        Ok(Self {
            text: text.into(),
            canonical: Question::canonical_name(text)?.into(),
        })
    }

    /// As written.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// In lower case, in its ASCII form, with the final dot.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl PartialEq for DomainName {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for DomainName {}

impl Ord for DomainName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical.cmp(&other.canonical)
    }
}

impl PartialOrd for DomainName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Serialize for DomainName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for DomainName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = DomainName;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a domain name, such as \"login.example.com\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<DomainName, E> {
                DomainName::new(text).map_err(|error| {
                    let wanted: &dyn de::Expected = &self;
                    E::custom(format_args!("\"{text}\" is not {wanted}: {error}"))
                })
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for DomainName {
    fn schema_name() -> Cow<'static, str> {
        "DomainName".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}
