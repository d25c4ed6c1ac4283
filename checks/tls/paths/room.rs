//! The certificates of one chain and the roots that could end it, and all paths among them.
//!
//! A path goes from the leaf over issuers by name whose key has signed what is below, to a trusted root. Signatures
//! are verified with ring, through webpki, once for each pair. A hostile chain of hundreds of certificates that all bear
//! one name shall not cost thousands of signatures: steps, signatures, paths and depth are bounded, and a search that was
//! cut short proves nothing.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use jiff::Timestamp;

use super::clients::Client;
use super::facts::Facts;
use super::member::Member;
use super::objections::{Objection, objections, unread_by_go};
use crate::instrument::revocation::{Verdict, signed_by};
use crate::instrument::tls::Anchor;

/// The most paths that are looked at. An honest chain has one, cross-signed ones have two or three.
const MOST_PATHS: usize = 64;

/// The most signatures that are verified for one chain; Go stops at as many.
const MOST_SIGNATURES: usize = 100;

/// The most steps of the search.
const MOST_STEPS: usize = 4_000;

/// The most certificates on a path; OpenSSL stops at a hundred.
const MOST_MEMBERS: usize = 100;

/// A path that was walked.
#[derive(Debug)]
pub(super) struct Walked {
    /// Places in the room, the leaf first.
    pub(super) members: Vec<usize>,
    pub(super) objections: Vec<Objection>,
}

impl Walked {
    /// Whether a client takes it, time aside.
    pub(super) fn taken_by(&self, client: Client) -> bool {
        let mut kinds = self.objections.iter().map(|objection| objection.kind);
        !kinds.any(|kind| kind.refused_by(client))
    }
}

/// What became of the search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Search {
    /// A signature on the way is of an algorithm that cannot be checked here.
    pub(super) unchecked: bool,
    /// It was cut short.
    pub(super) cut_short: bool,
}

/// Certificates, roots, and the paths among them.
pub(super) struct Room<'a> {
    pub(super) members: Vec<Member<'a>>,
    pub(super) paths: Vec<Rc<Walked>>,
    pub(super) search: Search,
    /// What of the served chain Go cannot parse. It ends the handshake over that, whether or not a path needs it.
    pub(super) unread_by_go: Vec<Objection>,
    signatures: RefCell<HashMap<(usize, usize), Verdict>>,
    walked: RefCell<HashMap<Vec<usize>, Rc<Walked>>>,
    verified: Cell<usize>,
}

impl<'a> Room<'a> {
    /// Reads everything, and looks for paths.
    pub(super) fn new(served: &[&'a [u8]], anchors: &'a [Anchor]) -> Self {
        let mut members: Vec<Member<'a>> = Vec::new();
        for (place, der) in served.iter().enumerate() {
            if members.iter().any(|known| known.der == *der) {
                continue; // the same certificate twice is one
            }
            if let Some(facts) = Facts::read(der) {
                members.push(Member {
                    facts,
                    der,
                    served: Some(place),
                    anchor: None,
                    bare: false,
                });
            }
        }
        for anchor in anchors {
            let der = anchor.certificate.as_ref().map(|der| der.0.as_slice());
            let same = members.iter_mut().find(|known| der == Some(known.der));
            if let Some(known) = same {
                known.anchor = Some(anchor);
                continue;
            }
            let read = der.and_then(Facts::read);
            let bare = read.is_none();
            members.push(Member {
                facts: read.unwrap_or_else(|| Facts::of_anchor(anchor)),
                der: der.unwrap_or_default(),
                served: None,
                anchor: Some(anchor),
                bare,
            });
        }
        let mut room = Self {
            members,
            paths: Vec::new(),
            search: Search::default(),
            unread_by_go: Vec::new(),
            signatures: RefCell::default(),
            walked: RefCell::default(),
            verified: Cell::new(0),
        };
        let readable = room
            .members
            .first()
            .is_some_and(|leaf| leaf.served == Some(0));
        let ends = room.members.iter().any(|member| member.anchor.is_some());
        if readable && ends {
            room.find();
        }
        let served = room.members.iter().filter(|member| member.served.is_some());
        let unread = served.flat_map(|member| unread_by_go(&member.facts));
        room.unread_by_go = unread.collect();
        room
    }

    fn find(&mut self) {
        let mut found = Vec::new();
        let mut search = Search::default();
        let mut steps = 0;
        let mut open = vec![vec![0]];
        while let Some(path) = open.pop() {
            steps += 1;
            if found.len() >= MOST_PATHS || steps > MOST_STEPS || path.len() > MOST_MEMBERS {
                search.cut_short = true;
                break;
            }
            let top = path[path.len() - 1];
            if self.members[top].anchor.is_some() {
                found.push(self.walk(&path));
            }
            // A stack turns the order round, and the first issuer shall be tried first.
            for issuer in (1..self.members.len()).rev() {
                if path.contains(&issuer) || !self.named(top, issuer) {
                    continue;
                }
                match self.signature(top, issuer) {
                    Some(Verdict::Verified) => {
                        let mut longer = path.clone();
                        longer.push(issuer);
                        open.push(longer);
                    }
                    Some(Verdict::Unsupported { .. }) => search.unchecked = true,
                    Some(Verdict::Wrong) => {}
                    None => search.cut_short = true,
                }
            }
        }
        found.sort_by_key(|path| path.members.len());
        self.paths = found;
        self.search = search;
    }

    /// Whether the one has the name of the other's issuer.
    pub(super) fn named(&self, member: usize, issuer: usize) -> bool {
        self.members[member].facts.issuer == self.members[issuer].facts.subject
    }

    /// Whether the issuer's key has signed a certificate; none where there were too many to verify.
    pub(super) fn signature(&self, member: usize, issuer: usize) -> Option<Verdict> {
        if let Some(known) = self.signatures.borrow().get(&(member, issuer)) {
            return Some(known.clone());
        }
        if self.verified.get() >= MOST_SIGNATURES {
            return None;
        }
        self.verified.set(self.verified.get() + 1);
        let verdict = signed_by(self.members[member].der, &self.members[issuer].facts.spki);
        self.signatures
            .borrow_mut()
            .insert((member, issuer), verdict.clone());
        Some(verdict)
    }

    /// A path with all objections to it.
    pub(super) fn walk(&self, path: &[usize]) -> Rc<Walked> {
        if let Some(known) = self.walked.borrow().get(path) {
            return Rc::clone(known);
        }
        let members: Vec<_> = path.iter().map(|place| &self.members[*place]).collect();
        let walked = Rc::new(Walked {
            members: path.to_vec(),
            objections: objections(&members),
        });
        self.walked
            .borrow_mut()
            .insert(path.to_vec(), Rc::clone(&walked));
        walked
    }

    /// The time in which all members of a path are valid: none of it where it ends before it begins.
    pub(super) fn lives(&self, path: &Walked) -> (Timestamp, Timestamp) {
        let facts = || path.members.iter().map(|place| &self.members[*place].facts);
        let from = facts().map(|facts| facts.not_before).max();
        let until = facts().map(|facts| facts.not_after).min();
        (
            from.unwrap_or(Timestamp::MAX),
            until.unwrap_or(Timestamp::MIN),
        )
    }

    /// Whether all members of a path are valid at an instant.
    pub(super) fn valid(&self, path: &Walked, at: Timestamp) -> bool {
        let (from, until) = self.lives(path);
        from <= at && at <= until
    }
}
