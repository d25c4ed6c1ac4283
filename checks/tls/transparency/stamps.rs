//! The timestamps that come with a certificate, from wherever they come.

use jiff::Timestamp;

use super::brought::Brought;
use super::list::LogList;
use super::rule::{self, About, Vote, Way};
use super::sct::{Stamp, issuers, precertificate};
use crate::checks::tls::chain::Chain;
use crate::checks::tls::observation::Session;
use crate::checks::tls::words::bounded;
use crate::instrument::revocation::{Issuer, OcspError, Pointers, answer};
use crate::instrument::tls::Anchor;

/// A chain, as transparency looks at it.
pub(super) struct Subject<'a> {
    chain: &'a Chain<'a>,
    anchors: &'a [Anchor],
    issuers: Vec<Vec<u8>>,
    tbs: Option<Vec<u8>>,
    embedded: Result<Vec<Stamp>, String>,
}

/// The timestamps of one handshake.
#[derive(Default)]
pub(super) struct Stamps {
    pub(super) all: Vec<(Way, Stamp)>,
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
            embedded: Stamp::embedded(leaf),
            chain,
            anchors,
        }
    }

    /// How many logs must vouch for it in itself.
    pub(super) fn needed(&self) -> usize {
        let leaf = self.chain.leaf();
        rule::needed(leaf.not_after.duration_since(leaf.not_before))
    }

    /// The timestamps that stand in it.
    pub(super) fn embedded(&self) -> Stamps {
        let mut stamps = Stamps::default();
        match &self.embedded {
            Ok(embedded) => {
                let embedded = embedded.iter().cloned();
                stamps.all = embedded.map(|stamp| (Way::Embedded, stamp)).collect();
            }
            Err(error) => stamps.notes.push(bounded(error)),
        }
        stamps
    }

    /// Those, and what the server brings in a handshake.
    pub(super) fn with(&self, session: &Session) -> Stamps {
        let mut stamps = self.embedded();
        if let Some(staple) = session.staple() {
            self.stapled(staple, &mut stamps);
        }
        self.shown(session, &mut stamps);
        stamps
    }

    fn shown(&self, session: &Session, stamps: &mut Stamps) {
        let mut unknown = |why: &str| {
            stamps.open = true;
            stamps.notes.push(bounded(&format!(
                "whether the server brings others is not known: {why}"
            )));
        };
        match &session.brought {
            None => unknown("the probe ended before it was asked"),
            Some(Brought::Failed { failure }) => unknown(&format!("asked for them, it {failure}")),
            Some(Brought::Answered { leaf, .. }) if Some(leaf) != session.chain.first() => {
                unknown("asked for them, it served another certificate");
            }
            Some(Brought::Answered { list: None, .. }) => {}
            Some(Brought::Answered {
                list: Some(list), ..
            }) => match Stamp::listed(&list.0) {
                Some(shown) => {
                    let shown = shown.into_iter().map(|stamp| (Way::Extension, stamp));
                    stamps.all.extend(shown);
                }
                None => stamps
                    .notes
                    .push("those in its TLS extension cannot be read".to_owned()),
            },
        }
    }

    /// What stands in a staple counts only where the staple itself does: its issuer has signed it, for this certificate.
    fn stapled(&self, staple: &[u8], stamps: &mut Stamps) {
        let ders = self.chain.ders();
        let others = ders[1..].iter().map(AsRef::as_ref);
        let issuer = Issuer::of(&ders[0], others, self.anchors);
        let Some((pointers, issuer)) = Pointers::read(&ders[0]).ok().zip(issuer) else {
            return; // nobody vouches for it, so it has no staple either
        };
        match answer(staple, &pointers, &issuer) {
            Ok(answer) => match answer.timestamps.as_deref().map(Stamp::stapled) {
                None => {}
                Some(Some(stapled)) => {
                    let stapled = stapled.into_iter().map(|stamp| (Way::Stapled, stamp));
                    stamps.all.extend(stapled);
                }
                Some(None) => stamps
                    .notes
                    .push("those in its staple cannot be read".to_owned()),
            },
            Err(error) => {
                stamps.open |= matches!(error, OcspError::Unsupported(_));
                let note = format!("its staple does not count: {error}");
                stamps.notes.push(bounded(&note));
            }
        }
    }

    /// Holds timestamps against the list.
    pub(super) fn weigh(&self, stamps: &Stamps, known: &LogList, now: Timestamp) -> Vec<Vote> {
        let about = About {
            certificate: &self.chain.ders()[0],
            tbs: self.tbs.as_deref(),
            issuers: &self.issuers,
            not_after: self.chain.leaf().not_after,
        };
        rule::weigh(&stamps.all, &about, known, now)
    }
}
