//! Every packet of a check, counted by server, phase and transport, so that the sums equal what a capture on the wire
//! shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::instrument::dns::{DnsEvent, Outcome, Stray, Transport};

/// What a question was put for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The names of the check, in all rounds.
    Names,
    /// Names that must not exist.
    Absent,
    /// The names on behalf of regions.
    Regions,
    /// The way to the zones and their servers.
    Zones,
    /// The names at the zones' own servers.
    Source,
    /// Signatures, keys and delegations.
    Signatures,
}

impl Phase {
    /// In a word or two.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Absent => "absent names",
            Self::Regions => "regions",
            Self::Zones => "way to the zones",
            Self::Source => "zones' servers",
            Self::Signatures => "signatures",
        }
    }
}

/// What went to one server in one phase over one transport, and what came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// The server, as a resolver is written.
    pub server: Arc<str>,
    /// What for.
    pub phase: Phase,
    /// How.
    pub transport: Transport,
    /// How much.
    #[serde(flatten)]
    pub count: Count,
}

/// Questions and what became of them. Those that were sent and are in none of the other numbers were still open when
/// the check ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Questions that left this machine: datagrams, or messages on a connection.
    #[serde(default)]
    pub sent: u64,
    /// Those that were answered, whatever the answer says.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub answered: u64,
    /// Those to which no acceptable answer came.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost: u64,
    /// Questions to a port at which nothing listens: datagrams to which ICMP said so, and connections that were refused.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub closed: u64,
    /// Questions that could not be sent: no route, no connection.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unsent: u64,
    /// Messages that answer no open question, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub strays: BTreeMap<Stray, u64>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Count {
    /// Takes up what was seen of questions over one transport.
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.answered += other.answered;
        self.lost += other.lost;
        self.closed += other.closed;
        self.unsent += other.unsent;
        for (stray, count) in other.strays {
            *self.strays.entry(stray).or_default() += count;
        }
    }

    fn outcome(&mut self, transport: Transport, outcome: &Outcome) {
        match outcome {
            Outcome::Answer(_) => self.answered += 1,
            Outcome::Refused if !transport.is_shared() => self.closed += 1,
            Outcome::Refused
            | Outcome::Network { .. }
            | Outcome::Untrusted { .. }
            | Outcome::Handshake { .. } => self.unsent += 1,
            _ => self.lost += 1,
        }
    }
}

/// The counts of one server in one phase.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    by_transport: BTreeMap<Transport, Count>,
    /// Whether the connection of its own at hand took the question.
    connected: bool,
}

impl Counts {
    /// Takes up something seen. Strays came the way questions go out at first.
    pub(crate) fn see(&mut self, first: Transport, seen: &DnsEvent<'_>) {
        match seen {
            DnsEvent::Sent { transport } => self.sent(*transport),
            DnsEvent::Attempt { attempt, .. } => self.attempt(attempt.transport, &attempt.outcome),
            DnsEvent::Stray { stray, .. } => {
                *self.of(first).strays.entry(*stray).or_default() += 1;
            }
            DnsEvent::Session { .. } | DnsEvent::Lost { .. } | DnsEvent::WithoutEdns => {}
        }
    }

    /// Takes up a question that left.
    pub(crate) fn sent(&mut self, transport: Transport) {
        self.connected |= transport == Transport::Tcp;
        self.of(transport).sent += 1;
    }

    /// Takes up the end of a question.
    pub(crate) fn attempt(&mut self, transport: Transport, outcome: &Outcome) {
        let sent = transport != Transport::Tcp || std::mem::take(&mut self.connected);
        match (outcome, sent) {
            // No connection came about in time.
            (Outcome::Timeout, false) => self.of(transport).unsent += 1,
            _ => self.of(transport).outcome(transport, outcome),
        }
    }

    fn of(&mut self, transport: Transport) -> &mut Count {
        self.by_transport.entry(transport).or_default()
    }

    /// Adds the counts to those of other exchanges.
    pub(crate) fn add_to(self, all: &mut Vec<Traffic>, server: &Arc<str>, phase: Phase) {
        for (transport, count) in self.by_transport {
            let known = all.iter_mut().find(|traffic| {
                (traffic.phase, traffic.transport) == (phase, transport)
                    && traffic.server == *server
            });
            match known {
                Some(traffic) => traffic.count.add(count),
                None => all.push(Traffic {
                    server: Arc::clone(server),
                    phase,
                    transport,
                    count,
                }),
            }
        }
    }
}
