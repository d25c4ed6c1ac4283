//! Messages and certificates that are kept beside the observation, bounded.

use std::collections::BTreeSet;

use super::observation::Observation;
use crate::instrument::dns::{Outcome, Session};
use crate::instrument::tls;
use crate::model::Notebook;

/// Messages kept of answers that are not a plain success.
const ANSWERS: usize = 100;
/// Messages kept that were accepted as no answer.
const STRAYS: usize = 20;
/// Certificate chains kept of one resolver.
const CHAINS: usize = 8;
/// Bytes of messages kept in all.
const BYTES: usize = 1024 * 1024;

/// How much evidence of a resolver has been kept.
#[derive(Default)]
pub(super) struct Kept {
    successes: usize,
    answers: usize,
    strays: usize,
    bytes: usize,
    /// Digests of certificates whose chains were kept.
    chains: BTreeSet<String>,
}

impl Kept {
    /// Whether to keep an answer: the first success, the tenth, the hundredth and so on, and whatever is none.
    pub(super) fn wants(&mut self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Answer(reply)
                if reply.rcode == "NOERROR" && !reply.records.is_empty() && !reply.tc =>
            {
                self.successes += 1;
                let zeros = self.successes.ilog10();
                self.successes == 10_usize.pow(zeros)
            }
            _ => {
                self.answers += 1;
                self.answers <= ANSWERS
            }
        }
    }

    /// Whether to keep a message that was accepted as no answer.
    pub(super) fn wants_stray(&mut self) -> bool {
        self.strays += 1;
        self.strays <= STRAYS
    }

    /// Whether there is room for a message.
    pub(super) fn has_room(&mut self, wire: &[u8]) -> bool {
        self.bytes += wire.len();
        self.bytes <= BYTES
    }

    /// Keeps the certificates of a connection, each chain once.
    pub(super) fn chain(
        &mut self,
        notes: &Notebook<Observation>,
        session: &Session,
        chain: &[Vec<u8>],
    ) {
        if let Some(digest) = &session.certificate
            && self.chains.len() < CHAINS
            && self.chains.insert(digest.clone())
        {
            notes.evidence(
                format!("chain-{}.pem", &digest[..16]),
                "application/pem-certificate-chain", // RFC 8555 section 9.1
                tls::pem(chain).into_bytes(),
            );
        }
    }
}

/// Keeps a message as it came from the wire, under a label that becomes a file name on every system.
pub(super) fn keep_message(notes: &Notebook<Observation>, label: &str, wire: &[u8]) {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = label.chars().map(plain).collect();
    notes.evidence(name + ".dns", "application/dns-message", wire.to_vec());
}
