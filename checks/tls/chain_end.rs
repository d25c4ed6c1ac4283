//! Where a chain leads: to a trusted root, or how far it gets, from recorded data alone.
//!
//! ChainEnd and time are judged apart: an expired chain of a trusted authority is distinguished from a chain of an
//! unknown one. Paths are judged in `paths/`; here is said what is missing where there is none.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::certificate::Certificate;
use super::chain::Chain;
use super::key::Key;
use super::paths::{self, Refusal, Verdict};
use super::weakness::{algorithms, weaknesses};
use crate::instrument::revocation::Issuer;
use crate::instrument::tls::Anchor;

/// Where a chain leads.
#[derive(Clone, Debug)]
pub(crate) enum ChainEnd {
    /// To a trusted root.
    Trusted(Box<Path>),
    /// To an issuer that is neither served nor trusted.
    IssuerMissing {
        /// The last certificate that was found on the way.
        last: Box<Certificate>,
        /// How many certificates were followed.
        followed: usize,
        /// How many are served.
        served: usize,
    },
    /// Nowhere: the leaf is self-signed.
    SelfSigned,
    /// To a root that was served and is not trusted.
    RootUnknown {
        /// The root's subject.
        root: String,
    },
    /// To a trusted root, by keys or signatures that no client should take; which.
    Weak(String),
    /// It cannot be said: a signature on the way is of an algorithm that is not known here.
    Unknown(String),
    /// It cannot be said: too many certificates bear the same names to try all paths.
    CutShort,
    /// There is a path, but at no instant are all of its certificates valid.
    NeverValid,
    /// There is a path, and every client refuses it; or a signature on it is wrong.
    Refused(String),
}

/// A way from the leaf to a root.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// From when on every certificate on it is valid.
    pub(crate) from: Timestamp,
    /// Until when every certificate on it is valid.
    pub(crate) until: Timestamp,
    /// Whose end comes first.
    pub(crate) first_to_end: String,
    /// The certificates on it, by their place in the chain, the leaf first.
    pub(crate) members: Vec<usize>,
    /// The root's key.
    pub(crate) root: Option<Key>,
    /// Whether the root is a public authority's.
    pub(crate) public: bool,
    /// Who refuses it although another client accepts it.
    pub(crate) refusals: Vec<Refusal>,
}

impl Chain<'_> {
    /// Follows the chain to one of the anchors, for a window from `start` to `end`.
    pub(crate) fn end(&self, anchors: &[Anchor], start: Timestamp, end: Timestamp) -> ChainEnd {
        match paths::judge(self, anchors, start, end) {
            Verdict::Accepted(accepted) => {
                let alone = accepted.members.len() == 1 && accepted.itself;
                let anchor = accepted.anchor.as_ref();
                let root = anchor.filter(|_| !alone).map(|anchor| &anchor.spki.0);
                ChainEnd::Trusted(Box::new(Path {
                    from: accepted.from,
                    until: accepted.until,
                    first_to_end: accepted
                        .first_to_end
                        .unwrap_or_else(|| "the root certificate".to_owned()),
                    members: accepted.members.into_iter().collect(),
                    root: root.and_then(|spki| Key::of_contents(spki)),
                    public: anchor.is_some_and(|anchor| anchor.public),
                    refusals: accepted.refusals,
                }))
            }
            Verdict::Refused(reason) => ChainEnd::Refused(reason),
            Verdict::NeverValid => ChainEnd::NeverValid,
            Verdict::CutShort => ChainEnd::CutShort,
            Verdict::Unchecked => self.weak(anchors).map_or_else(
                || ChainEnd::Unknown(algorithms(self.reachable().map(|(_, member)| member))),
                ChainEnd::Weak,
            ),
            Verdict::Nowhere => match self.astray(anchors) {
                // A signature is also called wrong whose key is too short for it.
                ChainEnd::Refused(reason) => self
                    .weak(anchors)
                    .map_or(ChainEnd::Refused(reason), ChainEnd::Weak),
                other => other,
            },
        }
    }

    /// The places of all certificates that a path to one of the anchors leads by, now or at another time of their
    /// lives: which path is taken at T-0 is not known before the judge. Empty where there is none.
    pub(crate) fn used(&self, anchors: &[Anchor]) -> BTreeSet<usize> {
        paths::used(self, anchors)
    }

    /// The certificates that can be reached from the leaf, from each to its issuers by name, with their place in
    /// the chain. The same certificate twice is one.
    pub(crate) fn reachable(&self) -> impl Iterator<Item = (usize, &Certificate)> {
        let mut reached = vec![0];
        let mut next = 0;
        while let Some(from) = reached.get(next).map(|place| &self.certificates[*place]) {
            next += 1;
            for (place, candidate) in self.certificates.iter().enumerate().skip(1) {
                let twice = |known: &usize| self.ders()[*known] == self.ders()[place];
                if candidate.subject_name == from.issuer_name && !reached.iter().any(twice) {
                    reached.push(place);
                }
            }
        }
        reached
            .into_iter()
            .map(|place| (place, &self.certificates[place]))
    }

    /// What is too weak on the way to a root, the leaf's own key aside, which signs no certificate.
    fn weak(&self, anchors: &[Anchor]) -> Option<String> {
        let reachable: Vec<_> = self.reachable().map(|(_, member)| member).collect();
        let ends = |anchor: &&Anchor| {
            let name = anchor.name();
            reachable.iter().any(|member| member.issuer_name == name)
        };
        let roots = anchors.iter().filter(ends);
        let roots: Vec<_> = roots
            .filter_map(|root| Key::of_contents(&root.spki.0))
            .collect();
        let issuers = weaknesses(&reachable[1..], &roots);
        if issuers.is_empty() && !reachable[0].signature.weak {
            return None;
        }
        Some(crate::judging::text::list(weaknesses(&reachable, &roots)))
    }

    /// The first certificate on the way whose signature is by none of those that have its issuer's name.
    fn wrongly_signed(&self, anchors: &[Anchor]) -> Option<&Certificate> {
        let mut reachable = self.reachable();
        let wrong = reachable.find(|(place, _)| {
            let others = self.ders().iter().map(AsRef::as_ref);
            Issuer::of(&self.ders()[*place], others, anchors).is_none()
        });
        wrong.map(|(_, certificate)| certificate)
    }

    /// Where the way from the leaf ends, when it leads to no root.
    fn astray(&self, anchors: &[Anchor]) -> ChainEnd {
        let mut last = self.leaf();
        let mut followed = 1;
        while !last.self_issued && followed <= self.certificates.len() {
            let issuer = self
                .certificates
                .iter()
                .find(|candidate| candidate.subject_name == last.issuer_name);
            match issuer {
                Some(issuer) => last = issuer,
                None => break,
            }
            followed += 1;
        }
        let known = |anchor: &Anchor| last.issuer_name == anchor.name();
        match (last.self_issued, followed) {
            _ if anchors.iter().any(known) => ChainEnd::Refused(format!(
                "it leads to \"{}\", which is trusted, but the signature of \"{}\" is not by the key of its issuer",
                last.issuer,
                self.wrongly_signed(anchors).unwrap_or(last).subject
            )),
            (true, 1) => ChainEnd::SelfSigned,
            (true, _) => ChainEnd::RootUnknown {
                root: last.subject.clone(),
            },
            (false, followed) => ChainEnd::IssuerMissing {
                last: Box::new(last.clone()),
                followed,
                served: self.certificates.len(),
            },
        }
    }
}
