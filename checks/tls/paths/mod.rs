//! Paths from a served leaf to a trusted root, judged as the clients of the launch judge them (RFC 5280 section 6).
//!
//! webpki, which verifies for rustls, reports one refusal for all paths, and takes a root by its name and key: it cannot
//! say who else would accept a chain, and it stops at what other clients accept, such as critical certificate policies,
//! directory names among constraints, or a name in another encoding. So here every path is walked, and each thing that
//! is out of the ordinary on it is an objection of some kind. A table, `clients.rs`, says which client refuses that kind,
//! and from there comes the verdict of each client at each moment of the window.
//!
//! Two crates do path validation after RFC 5280. `pkix-path` 0.3 fits this build, with a verifier of our own behind
//! it, but answers like webpki with the first error alone, checks neither the certificate of the root nor authority key
//! identifiers, and rejects dates before 1970, which its `der` cannot hold. `certval` 0.1 needs the `rsa` crate and
//! with it a second provider. Neither says what OpenSSL or Go do, which is what is asked. Policies need no tree here:
//! OpenSSL looks at none by default, and Go refuses what makes them binding.
//!
//! What is plain is asked of webpki as well: where it says of a path without anything out of the ordinary that there is
//! none, that counts.

mod clients;
mod constraints;
mod encoding;
mod facts;
mod member;
mod objections;
mod openssl;
mod plain;
mod room;
mod server_name;
#[cfg(test)]
mod tests;
mod time;

use std::collections::BTreeSet;

use jiff::Timestamp;

pub(super) use clients::Client;
use room::{Room, Walked};
pub(super) use server_name::names;

use super::chain::Chain;
use crate::instrument::tls::Anchor;
use crate::judging::text::{instant, list};

/// How many objections a reader is shown: to fix the first often fixes the others.
const MOST_REASONS: usize = 3;

/// Why a client refuses a chain that another accepts, or why all do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Who refuses.
    pub(super) clients: Vec<Client>,
    /// Why, without a full stop.
    pub(super) reason: String,
}

/// What becomes of a chain.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// A client accepts it; who refuses it nevertheless.
    Accepted(Box<Accepted>),
    /// There are paths, and no client accepts one.
    Refused(String),
    /// There are paths, and on none of them are all certificates valid at one time.
    NeverValid,
    /// No path: a signature on the way cannot be checked here.
    Unchecked,
    /// No path was found among too many.
    CutShort,
    /// No path.
    Nowhere,
}

/// The way by which a chain is accepted.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    /// From when on, without a gap, there is a path for every client that accepts it.
    pub(super) from: Timestamp,
    /// Until when.
    pub(super) until: Timestamp,
    /// Whose end comes first; none where it is the root's.
    pub(super) first_to_end: Option<String>,
    /// The certificates on the paths of that time, by their place in the chain, the leaf first.
    pub(super) members: BTreeSet<usize>,
    /// Whether the leaf is itself that anchor.
    pub(super) itself: bool,
    /// The anchor that the first of the paths ends at.
    pub(super) anchor: Option<Anchor>,
    /// Who refuses it.
    pub(super) refusals: Vec<Refusal>,
}

/// Judges a chain for a window of time.
pub(super) fn judge(
    chain: &Chain<'_>,
    anchors: &[Anchor],
    start: Timestamp,
    end: Timestamp,
) -> Verdict {
    let served: Vec<&[u8]> = chain.ders().iter().map(AsRef::as_ref).collect();
    let room = Room::new(&served, anchors);
    if room.paths.is_empty() {
        return match room.search {
            search if search.unchecked => room
                .two_algorithms()
                .map_or(Verdict::Unchecked, Verdict::Refused),
            search if search.cut_short => Verdict::CutShort,
            _ => Verdict::Nowhere,
        };
    }
    let mut accepted: Vec<(Client, time::Coverage)> = Vec::new();
    let mut refusals: Vec<Refusal> = Vec::new();
    let mut timeless = false;
    for client in Client::ALL {
        match room.coverage(client, start, end) {
            Some(coverage) => accepted.push((client, coverage)),
            None => {
                let reason = room.reason(client, start);
                timeless |= reason.is_none();
                let reason = reason.unwrap_or_else(|| {
                    "its certificates are never all valid at the same time".to_owned()
                });
                match refusals.iter_mut().find(|known| known.reason == reason) {
                    Some(known) => known.clients.push(client),
                    None => refusals.push(Refusal {
                        clients: vec![client],
                        reason,
                    }),
                }
            }
        }
    }
    // Who accepts it all the time decides; who does so at other times alone refuses it in this window.
    let whole = |coverage: &time::Coverage| coverage.from <= start && coverage.until >= end;
    if accepted.iter().any(|(_, coverage)| whole(coverage)) {
        accepted.retain(|(client, coverage)| {
            let keep = whole(coverage);
            if !keep {
                let ends = coverage
                    .first_to_end
                    .as_deref()
                    .unwrap_or("the root certificate");
                let reason = match coverage.until < end {
                    true => format!(
                        "the way that it takes ends {} with {ends}",
                        instant(coverage.until)
                    ),
                    false => format!("the way that it takes begins {}", instant(coverage.from)),
                };
                refusals.push(Refusal {
                    clients: vec![*client],
                    reason,
                });
            }
            keep
        });
    }
    let accepted: Vec<_> = accepted.into_iter().map(|(_, coverage)| coverage).collect();
    let Some(first) = accepted.first() else {
        return match timeless {
            true => Verdict::NeverValid,
            false => Verdict::Refused(list(refusals.into_iter().map(|refusal| refusal.reason))),
        };
    };
    let second_opinion = |coverage: &time::Coverage| {
        room.refused_by_webpki(
            chain,
            anchors,
            &coverage.first,
            start.max(coverage.from).min(coverage.until),
        )
    };
    if let Some(reason) = accepted.iter().find_map(second_opinion) {
        return Verdict::Refused(reason);
    }
    let shortest = accepted
        .iter()
        .min_by_key(|coverage| coverage.until)
        .unwrap_or(first);
    let from = accepted
        .iter()
        .map(|coverage| coverage.from)
        .max()
        .unwrap_or(first.from);
    Verdict::Accepted(Box::new(Accepted {
        from,
        until: shortest.until,
        first_to_end: shortest.first_to_end.clone(),
        members: accepted
            .iter()
            .flat_map(|coverage| coverage.served.iter().copied())
            .collect(),
        itself: first.first.members.len() == 1,
        anchor: first
            .first
            .members
            .last()
            .and_then(|place| room.members[*place].anchor.cloned()),
        refusals,
    }))
}

/// The places of all certificates on paths that a client accepts at some time of their lives.
pub(super) fn used(chain: &Chain<'_>, anchors: &[Anchor]) -> BTreeSet<usize> {
    let served: Vec<&[u8]> = chain.ders().iter().map(AsRef::as_ref).collect();
    let room = Room::new(&served, anchors);
    let taken = room
        .paths
        .iter()
        .filter(|path| Client::ALL.into_iter().any(|client| path.taken_by(client)));
    taken.flat_map(|path| room.served(path)).collect()
}

/// Until when a client accepts the chain, by the path that lasts longest of those that are valid at an instant.
pub(super) fn lasts(chain: &Chain<'_>, anchors: &[Anchor], at: Timestamp) -> Option<Timestamp> {
    let served: Vec<&[u8]> = chain.ders().iter().map(AsRef::as_ref).collect();
    let room = Room::new(&served, anchors);
    let taken = room
        .paths
        .iter()
        .filter(|path| Client::ALL.into_iter().any(|client| path.taken_by(client)));
    let valid = taken.filter(|path| room.valid(path, at));
    valid.map(|path| room.lives(path).1).max()
}

impl Room<'_> {
    /// A certificate that names two signature algorithms, where no path was found: every client refuses that, whichever of
    /// the two it knows.
    fn two_algorithms(&self) -> Option<String> {
        let mut served = self.members.iter().filter(|member| member.served.is_some());
        let facts = &served.find(|member| member.facts.two_algorithms)?.facts;
        Some(format!(
            "{} names one signature algorithm inside and another outside",
            facts.called
        ))
    }

    /// What of a path is served: all of it but the root, unless the root is the leaf itself.
    fn served(&self, path: &Walked) -> BTreeSet<usize> {
        let members = match path.members.as_slice() {
            [leaf] => std::slice::from_ref(leaf),
            [members @ .., _] => members,
            [] => &[],
        };
        members
            .iter()
            .filter_map(|place| self.members[*place].served)
            .collect()
    }

    /// What a client objects to, on the path that comes nearest to what it accepts; nothing where only time forbids it.
    fn reason(&self, client: Client, at: Timestamp) -> Option<String> {
        let own = match client {
            Client::OpenSsl => self.openssl(at),
            Client::Go => None,
        };
        let refused = |path: &Walked| {
            let objections = path.objections.iter();
            let refused = objections.filter(|objection| objection.kind.refused_by(client));
            refused
                .map(|objection| objection.words.clone())
                .collect::<Vec<_>>()
        };
        let nearest = self.paths.iter().min_by_key(|path| refused(path).len());
        let mut words = refused(own.as_ref().or(nearest)?);
        if client == Client::Go {
            let unread = self.unread_by_go.iter().map(|objection| &objection.words);
            words.extend(unread.cloned());
            words.sort();
            words.dedup();
        }
        words.truncate(MOST_REASONS);
        (!words.is_empty()).then(|| list(words))
    }
}
