//! The last round of the probe: what servers bring beside their certificates, where those do not suffice.

use std::collections::BTreeMap;

use super::known::{Known, add};
use super::stamps::Subject;
use super::{Transparency, rule};
use crate::checks::tls::chain::Chain;
use crate::checks::tls::observation::{Observation, Outcome, Session};
use crate::checks::tls::revocation::Round;

/// Writes down the logs that vouch for certificates in staples.
pub(in super::super) fn ask(round: &Round<'_>, known: &Known) {
    if Transparency::of(round.settings) == Transparency::Off {
        return;
    }
    let Some(list) = known.list() else {
        return;
    };
    round.notes.note(|seen| {
        let mut lacking = BTreeMap::new();
        let mut named = Vec::new();
        let outcomes = seen.endpoints.values().flat_map(|of| of.addresses.values());
        for outcome in outcomes {
            let Outcome::Handshake(session) = outcome else {
                continue;
            };
            let lacks = lacking
                .entry(&session.chain)
                .or_insert_with(|| lacks(session, seen, round, known).unwrap_or(false));
            if *lacks {
                named.extend(stapled(session, seen));
            }
        }
        if !named.is_empty() {
            add(&mut seen.logs, list.only(&named));
        }
    });
}

/// Whether a chain is judged, and what stands in the certificate is not enough.
fn lacks(session: &Session, seen: &Observation, round: &Round<'_>, known: &Known) -> Option<bool> {
    let ders = ders(session, seen)?;
    let chain = Chain::read(&ders).ok()?;
    let trust = chain.trust(&seen.anchors, round.now, round.now);
    if !Transparency::of(round.settings).judges(&trust) {
        return Some(false);
    }
    let subject = Subject::new(&chain, &seen.anchors);
    let votes = subject.weigh(&subject.embedded(), known.list()?, round.now);
    Some(!rule::enough(&votes, subject.needed(), false))
}

/// The logs that a staple names.
fn stapled(session: &Session, seen: &Observation) -> Vec<String> {
    let Some(ders) = ders(session, seen) else {
        return Vec::new();
    };
    let Ok(chain) = Chain::read(&ders) else {
        return Vec::new();
    };
    let stamps = Subject::new(&chain, &seen.anchors).with(session);
    stamps.all.into_iter().map(|(_, stamp)| stamp.log).collect()
}

fn ders<'a>(session: &Session, seen: &'a Observation) -> Option<Vec<&'a [u8]>> {
    let digests = session.chain.iter();
    digests.map(|digest| seen.certificate(digest)).collect()
}
