//! What is seen of a hot swap. Times are microseconds since the command was started.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::checks::tls::renewal::certificate_file::seen::CertificateFile;
use crate::instrument::held::Ending;
use crate::instrument::process::Exit;
use crate::instrument::tls::Failure;

/// How many handshakes in a row must show the new certificate until an address counts as swapped: workers of before
/// answer a while beside the new ones, and a server behind a balancer may have been forgotten.
pub(crate) const STEADY: u32 = 10;

/// What was seen of a hot swap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Swap {
    /// What became of the command; none until it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ran: Option<Ran>,
    /// What stood in `file` after the command had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) certificate_file: Option<CertificateFile>,
    /// What was seen at each address of each endpoint.
    pub(crate) watched: BTreeMap<String, BTreeMap<SocketAddr, Watched>>,
    /// Whether it was watched to its end.
    #[serde(default)]
    pub(crate) complete: bool,
}

/// What became of the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Ran {
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
pub(crate) struct Watched {
    /// SHA-256 of the certificate that was served before the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<String>,
    /// How many handshakes were completed while the command ran and after it.
    pub(crate) handshakes: u32,
    /// How many were not.
    pub(crate) failures: u32,
    /// The first of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first_failure: Option<Failure>,
    /// The certificate of the latest handshakes in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latest: Option<Latest>,
    /// Others that were served, by SHA-256, each with how often.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) served: BTreeMap<String, u32>,
    /// Whether it was asked as long as the checklist allows.
    #[serde(default)]
    pub(crate) waited_out: bool,
    /// When it was asked last.
    pub(crate) asked_us: u64,
    /// What became of the connections that were held.
    pub(crate) held: Held,
}

/// Handshakes in a row that showed one certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Latest {
    /// Its SHA-256.
    pub(crate) leaf: String,
    /// The end of the first of them.
    pub(crate) since_us: u64,
    /// How many.
    pub(crate) times: u32,
}

/// Connections that were held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    /// How many were opened.
    pub(crate) opened: u32,
    /// How many could not be opened.
    pub(crate) unopened: u32,
    /// Why the first of those could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) obstacle: Option<Failure>,
    /// How many the peer ended before the command was started.
    pub(crate) early: u32,
    /// How many it ended in order, by close_notify (RFC 8446 section 6.1).
    pub(crate) closed: u32,
    /// How many it cut off, without close_notify or by a reset.
    pub(crate) cut: u32,
    /// When the first of those ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first_end_us: Option<u64>,
}

impl Watched {
    /// A handshake that showed this certificate.
    pub(crate) fn shown(&mut self, leaf: String, at_us: u64) {
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
    pub(crate) fn failed(&mut self, failure: Failure, at_us: u64) {
        self.failures += 1;
        self.asked_us = at_us;
        self.latest = None;
        self.first_failure.get_or_insert(failure);
    }

    /// Since when it serves this certificate and no other.
    pub(crate) fn steady(&self, leaf: &str) -> Option<u64> {
        let latest = self.latest.as_ref()?;
        (latest.leaf == leaf && latest.times >= STEADY).then_some(latest.since_us)
    }
}

impl Held {
    /// A connection that ended; no instant where it was before the command.
    pub(crate) fn ended(&mut self, ending: Ending, at_us: Option<u64>) {
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
