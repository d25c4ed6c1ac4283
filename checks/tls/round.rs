//! What every round of the probe after the first handshakes needs, and how it enters what it learns.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::endpoint::Endpoint;
use super::observation::{Observation, Session, short};
use super::settings::Settings;
use crate::instrument::clock;
use crate::instrument::tls::{Client, Timeouts};
use crate::model::Notebook;
use crate::model::digest::sha256_hex;

/// How many lookups, handshakes or questions to responders are under way at a time.
pub(crate) const AT_ONCE: usize = 64;

/// RFC 6960 appendix C.2.
pub(crate) const OCSP_RESPONSE: &str = "application/ocsp-response";

/// All that a round needs.
pub(crate) struct Round<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) notes: &'a Notebook<Observation>,
    pub(crate) client: &'a Client,
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
        self.notes.note(|seen| {
            if let Some(session) = seen.session_mut(endpoint, address) {
                change(session);
            }
        });
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
