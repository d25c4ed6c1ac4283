//! What every round of the probe after the first handshakes needs, and how it enters what it learns.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::endpoint::Endpoint;
use super::observation::{Observation, Outcome, Session, short};
use super::settings::Settings;
use crate::instrument::clock;
use crate::instrument::tls::{Client, ClientKind, Timeouts};
use crate::model::digest::sha256_hex;
use crate::model::{Notebook, ProbeError};

/// How many lookups, handshakes or questions to responders are under way at a time.
pub(crate) const AT_ONCE: usize = 64;

/// RFC 6960 appendix C.2.
pub(crate) const OCSP_RESPONSE: &str = "application/ocsp-response";

/// All that a round needs.
pub(crate) struct Round<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) notes: &'a Notebook<Observation>,
    pub(crate) clients: &'a Clients,
    pub(crate) staples: &'a StapleEvidence,
    pub(crate) timeouts: Timeouts,
    pub(crate) now: Timestamp,
}

impl Round<'_> {
    /// Whether the check's time is over.
    pub(crate) fn over(&self) -> bool {
        clock::instant() >= self.timeouts.until
    }

    /// Changes what was noted of a handshake.
    pub(crate) fn session(
        &self,
        endpoint: &Endpoint,
        address: SocketAddr,
        change: impl FnOnce(&mut Session),
    ) {
        self.shown(endpoint, address, None, change);
    }

    /// Changes what was noted of what an address showed to a client of this kind.
    pub(crate) fn shown(
        &self,
        endpoint: &Endpoint,
        address: SocketAddr,
        kind: Option<ClientKind>,
        change: impl FnOnce(&mut Session),
    ) {
        self.notes.note(|seen| {
            if let Some(session) = seen.session_mut(endpoint, address, kind) {
                change(session);
            }
        });
    }

    /// A client of this kind, offering what an address accepts that it has been to before.
    pub(crate) fn client(
        &self,
        endpoint: &Endpoint,
        address: SocketAddr,
        kind: Option<ClientKind>,
    ) -> &Client {
        let alpn_refused = self.notes.see(|seen| {
            let addresses = seen.seen(endpoint).map(|seen| &seen.addresses);
            let outcome = addresses.and_then(|addresses| addresses.get(&address));
            let session = outcome.and_then(Outcome::shown);
            session.is_some_and(|session| session.alpn_refused)
        });
        self.clients.get(kind, alpn_refused)
    }
}

/// Our client, and those of other kinds.
pub(crate) struct Clients {
    ours: Client,
    others: BTreeMap<(Option<ClientKind>, bool), Client>,
}

impl Clients {
    /// All that offer the same as this one, or less.
    ///
    /// # Errors
    /// When one of them has nothing to offer, which is a defect of the build.
    pub(crate) fn new(ours: Client) -> Result<Self, ProbeError> {
        let failed = |error| ProbeError::new(format!("cannot set up TLS: {error}"));
        let mut others = BTreeMap::new();
        for kind in ClientKind::ALL {
            let other = ours.of_kind(kind).map_err(failed)?;
            others.insert((Some(kind), true), other.offering(&[]));
            others.insert((Some(kind), false), other);
        }
        others.insert((None, true), ours.offering(&[]));
        Ok(Self { ours, others })
    }

    /// One of them; without application protocols where those were refused.
    pub(crate) fn get(&self, kind: Option<ClientKind>, alpn_refused: bool) -> &Client {
        let other = self.others.get(&(kind, alpn_refused));
        other.unwrap_or(&self.ours)
    }
}

/// Keeps staples as evidence, each once however many addresses show it.
#[derive(Debug, Default)]
pub(crate) struct StapleEvidence {
    known: Mutex<BTreeSet<String>>,
}

impl StapleEvidence {
    /// Keeps what was stapled to a certificate.
    pub(crate) fn staple(&self, notes: &Notebook<Observation>, leaf: &str, staple: &[u8]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.insert(sha256_hex(staple)) {
            let name = format!("staple-{}.der", short(leaf));
            notes.evidence(name, OCSP_RESPONSE, staple.to_vec());
        }
    }
}
