//! Settings that belong together, each a table of its own.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Authority, TcpPort};
use crate::instrument::dns::resolver::PORT;
use crate::instrument::dns::{Limits, MOST_IN_FLIGHT, MOST_QPS};
use crate::model::InputFile;
use crate::model::units::{HOUR, MINUTE, Share, UpTo, YEAR};

/// The most packets for one question.
pub(super) const MOST_TRIES: u32 = 10;
/// The most rounds of one check.
pub(crate) const MOST_ROUNDS: u32 = 10;

/// How servers are asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table such as { timeout = \"3s\", tries = 2 }"
)]
pub struct Query {
    /// How long to wait for the answer to one packet.
    pub timeout: UpTo<MINUTE>,
    /// Packets to send at most for one question; a server that does not speak EDNS is asked again without it. Every lost
    /// one is reported.
    #[schemars(range(min = 1, max = MOST_TRIES))]
    pub tries: u32,
    /// The most packets to send to one server per second, in all phases together. Where several checks ask a server, the
    /// lowest of their limits holds for the rest of the run. Public and cloud resolvers drop queries far above the
    /// default.
    #[schemars(range(min = 1, max = MOST_QPS))]
    pub qps: u32,
    /// The most questions open at one server at a time.
    #[schemars(range(min = 1, max = MOST_IN_FLIGHT))]
    pub in_flight: usize,
}

impl Default for Query {
    fn default() -> Self {
        let limits = Limits::USUAL;
        Self {
            timeout: UpTo::new(limits.timeout),
            tries: limits.tries,
            qps: limits.qps,
            in_flight: limits.in_flight,
        }
    }
}

impl Query {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            timeout: self.timeout.0,
            tries: self.tries,
            in_flight: self.in_flight,
            qps: self.qps,
            ..Limits::USUAL
        }
    }
}

/// Asking in rounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a table such as { rounds = 2, min = \"97%\" }"
)]
pub struct Warm {
    /// How often everything is asked for. The first round warms the caches, the later ones measure.
    #[serde(default = "rounds")]
    #[schemars(range(min = 2, max = MOST_ROUNDS))]
    pub rounds: u32,
    /// How long each resolver is left alone between two rounds. TTLs count in seconds: with less than 2s, a cache
    /// cannot be distinguished from a server that answers afresh.
    #[serde(default = "pause")]
    pub pause: UpTo<HOUR>,
    /// The least share of questions whose later answers are consistent with a warm cache: the TTL has fallen by the
    /// time that passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Share>,
    /// The longest time for later answers at each resolver, 95th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_max: Option<UpTo<MINUTE>>,
}

fn rounds() -> u32 {
    2
}

fn pause() -> UpTo<HOUR> {
    UpTo::new(Duration::from_secs(2))
}

/// Connecting to the addresses that come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a table such as { ports = [\"443/tcp\"] }"
)]
pub struct Reachable {
    /// Ports at which every address must accept a connection, such as "443/tcp".
    #[schemars(length(min = 1))]
    pub ports: Vec<TcpPort>,
    /// How long a connection may take to be accepted.
    #[serde(default = "connect_timeout")]
    pub timeout: UpTo<MINUTE>,
}

fn connect_timeout() -> UpTo<MINUTE> {
    UpTo::new(Duration::from_millis(200))
}

/// Asking the zones' own servers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a table such as { servers = [\"10.0.0.53\"] }, or {} to find the servers by NS records"
)]
pub struct Authoritative {
    /// The servers of the zones, by address and optional port. By default zone cuts, NS records and addresses are
    /// looked up at the check's resolvers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Authority>,
    /// The port at which servers found by NS records are asked.
    #[serde(default = "port")]
    #[schemars(range(min = 1))]
    pub port: u16,
}

fn port() -> u16 {
    PORT
}

/// Validating signatures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a table such as { policy = \"require\" }"
)]
pub struct Dnssec {
    /// Whether zones may be unsigned.
    #[serde(default)]
    pub policy: DnssecPolicy,
    /// File of DS or DNSKEY records, one per line, at which validation ends instead of the root zone's keys: those of
    /// a private zone, for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_anchor: Option<InputFile>,
    /// How long after T-0 the signatures of the names' zones must be valid.
    #[serde(default = "cover")]
    pub cover: UpTo<YEAR>,
}

/// What is asked of signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DnssecPolicy {
    /// Every answer is signed, and the signatures lead to a trust anchor.
    #[default]
    Require,
    /// A zone may be unsigned; what is signed must be valid.
    Allow,
}

fn cover() -> UpTo<YEAR> {
    UpTo::new(Duration::from_secs(24 * 3600))
}
