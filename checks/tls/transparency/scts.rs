//! The timestamps that come with a certificate, from wherever they come.

use jiff::Timestamp;

use super::ct_policy::{self, About, JudgedSct, Way};
use super::log_list::LogList;
use super::sct::{Sct, issuers, precertificate};
use super::sct_delivery::SctDelivery;
use crate::checks::tls::chain::Chain;
use crate::checks::tls::observation::Session;
use crate::instrument::revocation::{Issuer, OcspError, Pointers, answer};
use crate::instrument::tls::Anchor;
use crate::judging::text::clipped;

/// A chain, as transparency looks at it.
pub(super) struct Subject<'a> {
    chain: &'a Chain<'a>,
    anchors: &'a [Anchor],
    issuers: Vec<Vec<u8>>,
    tbs: Option<Vec<u8>>,
    embedded: Result<Vec<Sct>, String>,
}

/// The timestamps of one handshake.
#[derive(Default)]
pub(super) struct Scts {
    pub(super) all: Vec<(Way, Sct)>,
    /// Why some that there are or may be do not count.
    pub(super) notes: Vec<String>,
    /// Whether there may be others, which could not be looked at; `notes` says why.
    pub(super) open: bool,
}

impl<'a> Subject<'a> {
    pub(super) fn new(chain: &'a Chain<'a>, anchors: &'a [Anchor]) -> Self {
        let leaf = &chain.ders()[0];
        Self {
            issuers: issuers(chain, anchors),
            tbs: precertificate(leaf),
            embedded: Sct::embedded(leaf),
            chain,
            anchors,
        }
    }

    /// How many logs must have signed timestamps that it carries.
    pub(super) fn needed(&self) -> usize {
        let leaf = self.chain.leaf();
        ct_policy::needed(leaf.not_after.duration_since(leaf.not_before))
    }

    /// The timestamps that stand in it.
    pub(super) fn embedded(&self) -> Scts {
        let mut scts = Scts::default();
        match &self.embedded {
            Ok(embedded) => {
                let embedded = embedded.iter().cloned();
                scts.all = embedded.map(|sct| (Way::Embedded, sct)).collect();
            }
            Err(error) => scts.notes.push(clipped(error)),
        }
        scts
    }

    /// Those, and what the server brings in a handshake.
    pub(super) fn with(&self, session: &Session) -> Scts {
        let mut scts = self.embedded();
        if let Some(staple) = session.staple() {
            self.stapled(staple, &mut scts);
        }
        self.shown(session, &mut scts);
        scts
    }

    fn shown(&self, session: &Session, scts: &mut Scts) {
        let mut unknown = |why: &str| {
            scts.open = true;
            scts.notes.push(clipped(&format!(
                "whether the server brings others is not known: {why}"
            )));
        };
        match &session.sct_delivery {
            None => unknown("the probe ended before it was asked"),
            Some(SctDelivery::Failed { failure }) => {
                unknown(&format!("asked for them, it {failure}"));
            }
            Some(SctDelivery::Answered { leaf, .. }) if Some(leaf) != session.chain.first() => {
                unknown("asked for them, it served another certificate");
            }
            Some(SctDelivery::Answered { list: None, .. }) => {}
            Some(SctDelivery::Answered {
                list: Some(list), ..
            }) => match Sct::listed(&list.0) {
                Some(shown) => {
                    let shown = shown.into_iter().map(|sct| (Way::Extension, sct));
                    scts.all.extend(shown);
                }
                None => scts
                    .notes
                    .push("those in its TLS extension cannot be read".to_owned()),
            },
        }
    }

    /// What is in a staple counts only where the staple itself does: its issuer has signed it, for this certificate.
    fn stapled(&self, staple: &[u8], scts: &mut Scts) {
        let ders = self.chain.ders();
        let others = ders[1..].iter().map(AsRef::as_ref);
        let issuer = Issuer::of(&ders[0], others, self.anchors);
        let Some((pointers, issuer)) = Pointers::read(&ders[0]).ok().zip(issuer) else {
            return; // no issuer of it is known, so it has no staple either
        };
        match answer(staple, &pointers, &issuer) {
            Ok(answer) => match answer.timestamps.as_deref().map(Sct::stapled) {
                None => {}
                Some(Some(stapled)) => {
                    let stapled = stapled.into_iter().map(|sct| (Way::Stapled, sct));
                    scts.all.extend(stapled);
                }
                Some(None) => scts
                    .notes
                    .push("those in its staple cannot be read".to_owned()),
            },
            Err(error) => {
                scts.open |= matches!(error, OcspError::Unsupported(_));
                let note = format!("its staple does not count: {error}");
                scts.notes.push(clipped(&note));
            }
        }
    }

    /// Holds timestamps against the list.
    pub(super) fn weigh(&self, scts: &Scts, known: &LogList, now: Timestamp) -> Vec<JudgedSct> {
        let about = About {
            certificate: &self.chain.ders()[0],
            tbs: self.tbs.as_deref(),
            issuers: &self.issuers,
            not_after: self.chain.leaf().not_after,
        };
        ct_policy::weigh(&scts.all, &about, known, now)
    }
}
