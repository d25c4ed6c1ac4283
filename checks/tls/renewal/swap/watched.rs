//! What is seen of a hot swap. Times are microseconds since the command was started.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::checks::tls::renewal::disk::Disk;
use crate::instrument::process::Exit;
use crate::instrument::tls::Failure;

/// How many handshakes in a row must show the new certificate until an address counts as swapped: workers of before
/// answer a while beside the new ones, and a server behind a balancer may have been forgotten.
pub(in crate::checks::tls) const STEADY: u32 = 10;

/// What was seen of a hot swap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::checks::tls) struct Swap {
    /// What became of the command; none until it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::checks::tls) ran: Option<Ran>,
    /// What stood in `file` after the command had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::checks::tls) disk: Option<Disk>,
    /// What was seen at each address of each endpoint.
    pub(in crate::checks::tls) watched: BTreeMap<String, BTreeMap<SocketAddr, Watched>>,
    /// Whether it was watched to its end.
    #[serde(default)]
    pub(in crate::checks::tls) complete: bool,
}

/// What became of the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::checks::tls) enum Ran {
    /// It ran and ended.
    Ended {
        /// How.
        exit: Exit,
        /// From its start to its end.
        took_us: u64,
        /// The end of what it printed as errors.
        said: String,
    },
    /// It could not be run.
    NotRun {
        /// In words, with what the system says.
        message: String,
    },
}

/// What was seen at one address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::checks::tls) struct Watched {
    /// SHA-256 of the certificate that was served before the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::checks::tls) before: Option<String>,
    /// How many handshakes were completed while the command ran and after it.
    pub(in crate::checks::tls) handshakes: u32,
    /// How many were not.
    pub(in crate::checks::tls) failures: u32,
    /// The first of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::checks::tls) first_failure: Option<Failure>,
    /// The certificate of the latest handshakes in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::checks::tls) latest: Option<Latest>,
    /// Others that were served, by SHA-256, each with how often.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::checks::tls) served: BTreeMap<String, u32>,
    /// Whether it was asked as long as the checklist allows.
    #[serde(default)]
    pub(in crate::checks::tls) waited_out: bool,
    /// When it was asked last.
    pub(in crate::checks::tls) asked_us: u64,
    /// What became of the connections that were held.
    pub(in crate::checks::tls) held: Held,
}

/// Handshakes in a row that showed one certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::checks::tls) struct Latest {
    /// Its SHA-256.
    pub(in crate::checks::tls) leaf: String,
    /// The end of the first of them.
    pub(in crate::checks::tls) since_us: u64,
    /// How many.
    pub(in crate::checks::tls) times: u32,
}

/// Connections that were held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::checks::tls) struct Held {
    /// How many were opened.
    pub(in crate::checks::tls) opened: u32,
    /// How many could not be opened.
    pub(in crate::checks::tls) unopened: u32,
    /// Why the first of those could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::checks::tls) obstacle: Option<Failure>,
    /// How many the peer ended before the command was started.
    pub(in crate::checks::tls) early: u32,
    /// How many it ended in order, by close_notify (RFC 8446 section 6.1).
    pub(in crate::checks::tls) closed: u32,
    /// How many it cut off, without close_notify or by a reset.
    pub(in crate::checks::tls) cut: u32,
    /// When the first of those ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::checks::tls) first_end_us: Option<u64>,
}

/// How a connection that was held came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::checks::tls) enum Ending {
    /// By close_notify.
    Closed,
    /// In any other way.
    Cut,
}

impl Watched {
    /// A handshake that showed this certificate.
    pub(super) fn shown(&mut self, leaf: String, at_us: u64) {
        self.handshakes += 1;
        self.asked_us = at_us;
        *self.served.entry(leaf.clone()).or_default() += 1;
        match &mut self.latest {
            Some(latest) if latest.leaf == leaf => latest.times += 1,
            latest => {
                *latest = Some(Latest {
                    leaf,
                    since_us: at_us,
                    times: 1,
                });
            }
        }
    }

    /// A handshake that came to nothing.
    pub(super) fn failed(&mut self, failure: Failure, at_us: u64) {
        self.failures += 1;
        self.asked_us = at_us;
        self.latest = None;
        self.first_failure.get_or_insert(failure);
    }

    /// Since when it serves this certificate and no other.
    pub(in crate::checks::tls) fn steady(&self, leaf: &str) -> Option<u64> {
        let latest = self.latest.as_ref()?;
        (latest.leaf == leaf && latest.times >= STEADY).then_some(latest.since_us)
    }
}

impl Held {
    /// A connection that ended; no instant where it was before the command.
    pub(in crate::checks::tls) fn ended(&mut self, ending: Ending, at_us: Option<u64>) {
        let Some(at_us) = at_us else {
            self.early += 1;
            return;
        };
        match ending {
            Ending::Closed => self.closed += 1,
            Ending::Cut => self.cut += 1,
        }
        self.first_end_us.get_or_insert(at_us);
    }
}
