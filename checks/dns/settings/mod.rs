//! The settings of a `dns` check.

mod authority;
mod domain;
mod expectation;
mod nested;
mod port;
mod region;
mod review;
mod subnet;

pub use authority::Authority;
pub use domain::DomainName;
pub use expectation::Expectation;
pub use nested::{Authoritative, Dnssec, DnssecPolicy, Query, Reachable, Warm};
pub use port::TcpPort;
pub use region::Region;
pub use subnet::Subnet;

pub(super) use nested::MOST_ROUNDS;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instrument::dns::{Limits, RecordType, Resolver, resolver};
use crate::model::InputFile;
use crate::model::address::literals;
use crate::model::tls_settings::TlsSettings;
use crate::model::units::{MINUTE, UpTo, YEAR};

/// The module's keys of a check.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Names to resolve. For the `system` resolver a final dot makes a name absolute, without it the search
    /// list applies; every other resolver is asked for the absolute name. With the type PTR an address stands for the
    /// name that its PTR record has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<DomainName>,
    /// A file of more names, one per line, up to 100,000. What follows a # is a comment. Repeated names are ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names_file: Option<InputFile>,
    /// Record types to ask for at every name.
    #[serde(default = "types")]
    #[schemars(length(min = 1))]
    pub types: Vec<RecordType>,
    /// Resolvers to ask: "system" (as an application on this machine resolves, hosts file and search list included),
    /// a server by address and optional port (UDP, and TCP where an answer does not fit), or one by URL over a
    /// connection: `tcp://10.0.0.53`, `tls://dns.example.com` (DNS over TLS), `https://dns.example.com/dns-query`
    /// (DNS over HTTPS), `quic://dns.example.com` (DNS over QUIC). The port follows the host.
    #[serde(default = "resolvers")]
    #[schemars(length(min = 1))]
    pub resolvers: Vec<Resolver>,
    /// For encrypted resolvers: trusted roots, a client certificate, and the name to expect.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tls: TlsSettings,
    /// How servers are asked: timeout, tries and rate.
    #[serde(default, skip_serializing_if = "is_default")]
    pub query: Query,
    /// Expected answers by name, compared as sets, as zone files write them or as `dig +short` prints them. IPv4
    /// addresses are what A must return, IPv6 addresses what AAAA must return, anything else what the other type
    /// asked for must return; the names of aliases may be listed as well. Names are compared without regard to case
    /// and final dot. A type without expected values needs any answer. `{ any-of = [...] }` in place of a list takes an
    /// answer that holds some of it and nothing else: for balancers that hand out one address of several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub expect: BTreeMap<DomainName, Expectation>,
    /// Whether all resolvers must return the same records.
    #[serde(default = "yes")]
    pub same_answer: bool,
    /// The shortest TTL allowed. Caches count TTLs down, so a shorter one only means something where an
    /// authoritative server is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_min: Option<UpTo<YEAR>>,
    /// The longest TTL allowed: after this time every client sees a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_max: Option<UpTo<YEAR>>,
    /// The longest time to an answer, from the first packet sent to the answer accepted: lost packets and the
    /// repetition over TCP count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_max: Option<UpTo<MINUTE>>,
    /// Connects to every address that comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reachable: Option<Reachable>,
    /// Retired addresses that no resolver may return. With `reachable`, the check also reports which of them still
    /// accept connections: clients that resolved once stay there.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "literals"
    )]
    pub gone: Vec<IpAddr>,
    /// Whether every name must have both IPv4 and IPv6 addresses. `types` must include A and AAAA.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dual_stack: bool,
    /// The most aliases (CNAME) between a name and its answer. 0 allows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cname_max: Option<u32>,
    /// Names that must not exist (NXDOMAIN) at any resolver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<DomainName>,
    /// Zones under which a random name must not exist (NXDOMAIN): finds wildcards, and resolvers that rewrite
    /// NXDOMAIN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent_under: Vec<DomainName>,
    /// Networks of clients and the addresses that the names must have for them, each a `[[check.region]]`. Every
    /// resolver given by address is asked on their behalf (EDNS Client Subnet).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub region: Vec<Region>,
    /// Validates signatures (DNSSEC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dnssec: Option<Dnssec>,
    /// Asks the zones' own servers too: all of them must answer over UDP and TCP, be authorities (AA), and have the
    /// same serial number and the same records. `ttl-min` and `ttl-max` then judge the TTLs that the zone states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authoritative: Option<Authoritative>,
    /// Asks in rounds, to warm caches and to measure whether they are warm. Answers are judged by the last round,
    /// `latency-max` by all but the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm: Option<Warm>,
}

/// Whether a value can be the name of an alias: a mistyped address is none.
fn is_name(value: &str) -> bool {
    let last = value.trim_end_matches('.').rsplit('.').next();
    let is_number = last.is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    !is_number && !value.contains(':') && DomainName::new(value).is_ok()
}

fn types() -> Vec<RecordType> {
    vec![RecordType::A]
}

fn resolvers() -> Vec<Resolver> {
    vec![Resolver::System]
}

fn yes() -> bool {
    true
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Settings {
    /// Every question, name by name: those of the settings, then those that their file listed.
    pub fn questions<'a>(
        &'a self,
        listed: &'a [DomainName],
    ) -> impl Iterator<Item = (&'a DomainName, RecordType)> {
        let at_name = |name| self.types.iter().map(move |kind| (name, *kind));
        self.names.iter().chain(listed).flat_map(at_name)
    }

    /// How often everything is asked for.
    pub(crate) fn rounds(&self) -> u32 {
        self.warm.as_ref().map_or(1, |warm| warm.rounds)
    }

    /// How long each resolver is left alone between two rounds.
    pub(crate) fn pause(&self) -> Duration {
        self.warm
            .as_ref()
            .map_or(Duration::ZERO, |warm| warm.pause.0)
    }

    /// The zones' own servers, where the settings name them.
    pub(crate) fn authorities(&self) -> &[Authority] {
        self.authoritative
            .as_ref()
            .map_or(&[], |authoritative| &authoritative.servers)
    }

    /// The port of servers that are named by NS records.
    pub(crate) fn authority_port(&self) -> u16 {
        self.authoritative
            .as_ref()
            .map_or(resolver::PORT, |authoritative| authoritative.port)
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
        self.query.limits()
    }

    /// What the records of a type at a name must be, and whether some of it will do; nothing where any answer will.
    pub fn expected(&self, name: &DomainName, kind: RecordType) -> (Vec<&str>, bool) {
        let Some(expectation) = self.expect.get(name) else {
            return (Vec::new(), false);
        };
        let values = expectation.values.iter();
        let values = values.filter(|value| self.belongs(value, kind));
        (values.map(String::as_str).collect(), expectation.any_of)
    }

    /// Whether answers for a name may differ by design.
    pub fn is_any_of(&self, name: &DomainName) -> bool {
        let expectation = self.expect.get(name);
        expectation.is_some_and(|expectation| expectation.any_of)
    }

    /// Whether an expected value is meant for a type: an address for its own, and anything else for the others.
    /// Where only addresses are asked for, that is the name of an alias.
    fn belongs(&self, value: &str, kind: RecordType) -> bool {
        let address = value.parse::<IpAddr>().ok();
        let only_addresses = self.types.iter().all(|kind| kind.is_address());
        match (kind, address) {
            (RecordType::A, Some(address)) => address.is_ipv4(),
            (RecordType::Aaaa, Some(address)) => address.is_ipv6(),
            (RecordType::A | RecordType::Aaaa, None) => only_addresses && is_name(value),
            (_, address) => address.is_none(),
        }
    }
}
