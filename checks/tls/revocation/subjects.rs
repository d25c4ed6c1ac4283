//! About whom is asked: the certificates of servers, and those of the authorities between them and a trusted root.
//!
//! Only of chains that lead to a trusted root: a certificate of an unknown authority could name any place in this
//! machine's network as that of its list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::checks::tls::chain::Chain;
use crate::checks::tls::chain_end::ChainEnd;
use crate::checks::tls::observation::{Observation, Seen, Session};
use crate::instrument::revocation::{Issuer, Pointers};

/// A certificate about which is asked.
pub(crate) struct Subject {
    pub(crate) digest: String,
    pub(crate) pointers: Pointers,
    pub(crate) issuer: Issuer,
}

/// The certificates of the servers of these sessions, each once.
pub(crate) fn leaves(
    seen: &Observation,
    now: Timestamp,
    of: impl Fn(&Session) -> bool,
) -> Vec<Arc<Subject>> {
    let mut subjects = BTreeMap::new();
    // By chain: an address that leaves the intermediate out shall not speak for one that serves it.
    let mut known = BTreeSet::new();
    for session in sessions(seen) {
        let Some(leaf) = session.chain.first() else {
            continue;
        };
        if subjects.contains_key(leaf) || !of(session) || !known.insert(&session.chain) {
            continue;
        }
        let Some(ders) = seen.ders(&session.chain) else {
            continue;
        };
        let names_nobody = |pointers: &Pointers| pointers.is_empty();
        if Pointers::read(ders[0]).as_ref().map_or(true, names_nobody) {
            continue;
        }
        let trust = |chain: Chain<'_>| chain.end(&seen.anchors, now, now);
        if matches!(Chain::read(&ders).map(trust), Ok(ChainEnd::Trusted(_))) {
            let subject = subject(leaf, &ders, 0, seen);
            subjects.extend(subject.map(|subject| (leaf.clone(), subject)));
        }
    }
    subjects.into_values().collect()
}

/// The authorities that name a list, each once, if a path from some server to a root leads by them.
pub(super) fn authorities(seen: &Observation) -> Vec<Arc<Subject>> {
    let mut lists = BTreeMap::new();
    let mut names_list = |digest| {
        *lists.entry(digest).or_insert_with(|| {
            let pointers = seen.certificate(digest).map(Pointers::read);
            pointers.is_some_and(|read| read.is_ok_and(|pointers| !pointers.lists.is_empty()))
        })
    };
    let mut subjects = BTreeMap::new();
    // Thousands of servers have the same authorities above them, and looking for paths is dear. Below the same
    // authority they lead to a root by the same way; that one of them leads nowhere says nothing of the next.
    let mut followed = BTreeSet::new();
    for session in sessions(seen) {
        let Some((_, above)) = session.chain.split_first() else {
            continue;
        };
        let mut news = above
            .iter()
            .filter(|digest| !subjects.contains_key(*digest));
        if !news.any(|digest| names_list(digest)) {
            continue;
        }
        let Some(ders) = seen.ders(&session.chain) else {
            continue;
        };
        let Ok(chain) = Chain::read(&ders) else {
            continue;
        };
        let way = (chain.leaf().issuer_raw.clone(), above);
        if followed.contains(&way) {
            continue;
        }
        let used = chain.used(&seen.anchors);
        if used.is_empty() {
            continue;
        }
        followed.insert(way);
        for place in used.into_iter().filter(|place| *place > 0) {
            let digest = &session.chain[place];
            if names_list(digest) && !subjects.contains_key(digest) {
                let subject = subject(digest, &ders, place, seen);
                subjects.extend(subject.map(|subject| (digest.clone(), subject)));
            }
        }
    }
    subjects.into_values().collect()
}

fn sessions(seen: &Observation) -> impl Iterator<Item = &Session> {
    let shown = seen.endpoints.values().flat_map(Seen::shown);
    shown.map(|(_, _, session)| session)
}

fn subject(digest: &str, ders: &[&[u8]], place: usize, seen: &Observation) -> Option<Arc<Subject>> {
    let others = ders[1..].iter().copied();
    Some(Arc::new(Subject {
        digest: digest.to_owned(),
        pointers: Pointers::read(ders[place]).ok()?,
        issuer: Issuer::of(ders[place], others, &seen.anchors)?,
    }))
}
