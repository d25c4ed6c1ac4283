//! The one path that OpenSSL takes.
//!
//! Go tries every path. OpenSSL builds one, and judges it afterwards (`build_chain` of `crypto/x509/x509_vfy.c`): for each
//! certificate it looks among the roots for an issuer, by name and authority key identifier, and then among
//! what is served, in that order; one that is valid at the time comes before one that is not, and of those the one that
//! lasts longest. Once an issuer came from the roots, the rest must come from there as well. It does not go back when the
//! path turns out bad.

use std::rc::Rc;

use jiff::Timestamp;

use super::clients::Kind;
use super::objections::Objection;
use super::room::{Room, Walked};
use crate::instrument::revocation::Verdict;

impl Room<'_> {
    /// What OpenSSL makes of the chain at an instant; none where its path ends at no root.
    pub(super) fn openssl(&self, at: Timestamp) -> Option<Rc<Walked>> {
        let mut path = vec![0];
        let mut trusted = false;
        while path.len() < self.members.len() {
            let top = path[path.len() - 1];
            if self.members[top].facts.self_signed() {
                break;
            }
            let from_roots = self.issuer(&path, at, true);
            trusted |= from_roots.is_some();
            let served = || self.issuer(&path, at, false).filter(|_| !trusted);
            match from_roots.or_else(served) {
                Some(issuer) => path.push(issuer),
                None => break,
            }
        }
        self.members[*path.last()?].anchor?;
        let steps = path.windows(2);
        let wrong: Vec<_> = steps
            .filter(|step| self.signature(step[0], step[1]) != Some(Verdict::Verified))
            .map(|step| {
                let called = |place: usize| &self.members[place].facts.called;
                Objection {
                    kind: Kind::WrongSignature,
                    words: format!(
                        "it takes {} for the issuer of {}, by whose key it is not signed, and does not look further",
                        called(step[1]),
                        called(step[0])
                    ),
                }
            })
            .collect();
        let walked = self.walk(&path);
        if wrong.is_empty() {
            return Some(walked);
        }
        Some(Rc::new(Walked {
            members: path,
            objections: [wrong, walked.objections.clone()].concat(),
        }))
    }

    /// Whom it takes for the issuer of the last of these.
    fn issuer(&self, path: &[usize], at: Timestamp, roots: bool) -> Option<usize> {
        let top = path[path.len() - 1];
        let facts = &self.members[top].facts;
        let likely = (1..self.members.len()).filter(|place| {
            let member = &self.members[*place];
            let here = match roots {
                true => member.anchor.is_some(),
                false => member.served.is_some(),
            };
            here && !path.contains(place)
                && self.named(top, *place)
                && (member.bare || facts.identifies(&member.facts))
        });
        let likely: Vec<_> = likely.collect();
        let valid = likely
            .iter()
            .find(|place| self.members[**place].facts.valid(at));
        let lasting = || {
            likely
                .iter()
                .max_by_key(|place| self.members[**place].facts.not_after)
        };
        valid.or_else(lasting).copied()
    }
}
