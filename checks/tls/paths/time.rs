//! For how long a client accepts a chain without a gap.
//!
//! Each moment of the window needs a path, and not one path each moment: of two intermediates with one key, the one may
//! end while the other has begun. What a client takes changes only where the validity of a certificate begins or ends,
//! so it is asked at these edges.

use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use super::clients::Client;
use super::room::{Room, Walked};

/// Of how many certificates the edges are tried.
const MOST_EDGES: usize = 32;

/// A time without a gap.
pub(super) struct Coverage {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// Whose end comes first; none where it is the root's.
    pub(super) first_to_end: Option<String>,
    /// What is served of the paths within the window.
    pub(super) served: BTreeSet<usize>,
    /// The path at the instant that it was sought for.
    pub(super) first: Rc<Walked>,
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);

impl Room<'_> {
    /// The path that a client takes at an instant.
    fn taken(&self, client: Client, at: Timestamp) -> Option<Rc<Walked>> {
        let takes = |path: &Rc<Walked>| path.taken_by(client) && self.valid(path, at);
        match client {
            Client::OpenSsl => self.openssl(at).filter(takes),
            Client::Go if !self.unread_by_go.is_empty() => None,
            Client::Go => self.paths.iter().find(|path| takes(path)).cloned(),
        }
    }

    /// The time in which a client accepts the chain: around the window's start where it does so then, else the first
    /// one after it, else the last one before. None where it never does.
    pub(super) fn coverage(
        &self,
        client: Client,
        start: Timestamp,
        end: Timestamp,
    ) -> Option<Coverage> {
        let edges = self.edges();
        let before = |at: Timestamp| at.saturating_sub(SECOND).unwrap_or(Timestamp::MIN);
        let within = |at: &Timestamp| self.taken(client, *at).is_some();
        let at = Some(start)
            .filter(within)
            .or_else(|| {
                edges
                    .iter()
                    .copied()
                    .filter(|edge| *edge > start)
                    .find(within)
            })
            .or_else(|| {
                edges
                    .iter()
                    .rev()
                    .map(|edge| before(*edge))
                    .filter(|edge| *edge < start)
                    .find(within)
            })?;
        let first = self.taken(client, at)?;
        let mut served = self.served(&first);
        // An edge is the first instant of something new.
        let mut last = Rc::clone(&first);
        let mut until = Timestamp::MAX;
        for edge in edges.iter().copied().filter(|edge| *edge > at) {
            match self.taken(client, edge) {
                Some(path) => {
                    if edge <= end {
                        served.extend(self.served(&path));
                    }
                    last = path;
                }
                None => {
                    until = before(edge);
                    break;
                }
            }
        }
        let mut from = Timestamp::MIN;
        for edge in edges.iter().rev().copied().filter(|edge| *edge <= at) {
            if self.taken(client, before(edge)).is_none() {
                from = edge;
                break;
            }
        }
        let ends = |place: &&usize| self.members[**place].facts.not_after <= until;
        let ends = last.members.iter().find(ends).copied();
        let root = last.members.len() > 1 && ends.is_some() && ends == last.members.last().copied();
        let leaf = &self.members[0].facts;
        let ends = ends.map_or(leaf, |place| &self.members[place].facts);
        Some(Coverage {
            from,
            until,
            first_to_end: (!root).then(|| ends.called.clone()),
            served,
            first,
        })
    }

    /// The instants at which something begins, or has just ended, in their order.
    fn edges(&self) -> Vec<Timestamp> {
        let members: BTreeSet<_> = self.paths.iter().flat_map(|path| &path.members).collect();
        let facts = members
            .into_iter()
            .take(MOST_EDGES)
            .map(|place| &self.members[*place].facts);
        let edges: BTreeSet<_> = facts
            .flat_map(|facts| {
                [
                    facts.not_before,
                    facts
                        .not_after
                        .saturating_add(SECOND)
                        .unwrap_or(Timestamp::MAX),
                ]
            })
            .collect();
        edges.into_iter().collect()
    }
}
