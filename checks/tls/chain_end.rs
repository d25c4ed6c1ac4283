//! Where a chain leads: it is followed to a trusted root, from recorded data alone.
//!
//! ChainEnd and time are judged apart. A verifier only answers for one instant, so paths are looked for at several:
//! those the launch needs, and the edges of every certificate's validity. An expired chain of a trusted authority
//! is thus distinguished from a chain of an unknown one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rustls::pki_types::TrustAnchor;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage, VerifiedPath};

use super::certificate::Certificate;
use super::chain::Chain;
use super::key::Key;
use super::verifier::{reason, unix_time};
use super::weakness::{algorithms, weaknesses};
use crate::instrument::tls::Anchor;

/// Where a chain leads.
#[derive(Clone, Debug)]
pub(crate) enum ChainEnd {
    /// To a trusted root.
    Trusted(Path),
    /// To an issuer that is neither served nor trusted.
    IssuerMissing {
        /// The last certificate that was found on the way.
        last: Certificate,
        /// How many certificates were followed.
        followed: usize,
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
    /// There is a path, but at no instant are all of its certificates valid.
    NeverValid,
    /// No path, for another reason.
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
}

/// Of how many certificates the validity's edges are tried. Honest chains have five members at most; a hostile
/// one of hundreds shall not cost hundreds of path searches.
const MOST_EDGES: usize = 8;

impl Chain<'_> {
    /// Follows the chain to one of the anchors, preferring a path that is valid from `start` to `end`.
    pub(crate) fn end(&self, anchors: &[Anchor], start: Timestamp, end: Timestamp) -> ChainEnd {
        let leaf = match EndEntityCert::try_from(&self.ders()[0]) {
            Ok(leaf) => leaf,
            Err(error) => return ChainEnd::Refused(reason(&error)),
        };
        let trusted: Vec<TrustAnchor<'_>> = anchors.iter().map(Anchor::to_trust_anchor).collect();
        if let Some(path) = self.pinned(&leaf, anchors) {
            return ChainEnd::Trusted(path);
        }
        let mut found: Option<Path> = None;
        let mut refused = None;
        for at in [start, end].into_iter().chain(self.edges()) {
            match self.path(&leaf, &trusted, anchors, at) {
                Ok(path) if path.from <= start && path.until >= end => {
                    return ChainEnd::Trusted(path);
                }
                Ok(path) => found = found.or(Some(path)),
                Err(error) => refused = Some(worse(refused, error)),
            }
        }
        match (found, refused) {
            (Some(path), _) => ChainEnd::Trusted(path),
            (None, Some(Error::UnknownIssuer | Error::InvalidSignatureForPublicKey)) => {
                match self.astray(anchors) {
                    // The verifier also calls a signature wrong whose key is too short for it.
                    ChainEnd::Refused(reason) => self
                        .weak(anchors)
                        .map_or(ChainEnd::Refused(reason), ChainEnd::Weak),
                    other => other,
                }
            }
            (
                None,
                Some(
                    Error::UnsupportedSignatureAlgorithmContext(_)
                    | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_),
                ),
            ) => self.weak(anchors).map_or_else(
                || ChainEnd::Unknown(algorithms(self.reachable().map(|(_, member)| member))),
                ChainEnd::Weak,
            ),
            (None, Some(Error::CertExpired { .. } | Error::CertNotValidYet { .. })) => {
                ChainEnd::NeverValid
            }
            (None, Some(Error::CaUsedAsEndEntity)) if self.leaf().self_issued => {
                ChainEnd::SelfSigned
            }
            (None, Some(error)) => ChainEnd::Refused(reason(&error)),
            (None, None) => ChainEnd::Refused("no path was found".to_owned()),
        }
    }

    /// A leaf that itself is among the roots is trusted without a path, also where it calls itself an authority,
    /// as `openssl req -x509` makes them.
    fn pinned(&self, leaf: &EndEntityCert<'_>, anchors: &[Anchor]) -> Option<Path> {
        let spki = leaf.subject_public_key_info();
        let same = |anchor: &&Anchor| {
            anchor.subject.0 == leaf.subject() && anchor.spki.0 == contents(&spki)
        };
        let anchor = anchors.iter().find(same)?;
        Some(Path {
            public: anchor.public,
            ..Path::over([(0, self.leaf())])
        })
    }

    /// The places of all certificates that a path to one of the anchors leads by, now or at another time of their
    /// lives: which path is taken at T-0 is not known before the judge. Empty where there is none.
    pub(crate) fn used(&self, anchors: &[Anchor], now: Timestamp) -> BTreeSet<usize> {
        let Ok(leaf) = EndEntityCert::try_from(&self.ders()[0]) else {
            return BTreeSet::new();
        };
        let trusted: Vec<TrustAnchor<'_>> = anchors.iter().map(Anchor::to_trust_anchor).collect();
        if let Some(path) = self.pinned(&leaf, anchors) {
            return path.members.into_iter().collect();
        }
        let instants = std::iter::once(now).chain(self.edges());
        let paths = instants.filter_map(|at| self.path(&leaf, &trusted, anchors, at).ok());
        paths.flat_map(|path| path.members).collect()
    }

    /// When the validity of certificates begins and ends.
    fn edges(&self) -> impl Iterator<Item = Timestamp> {
        let edges = self.certificates.iter().take(MOST_EDGES);
        edges.flat_map(|certificate| [certificate.not_before, certificate.not_after])
    }

    fn path(
        &self,
        leaf: &EndEntityCert<'_>,
        trusted: &[TrustAnchor<'_>],
        anchors: &[Anchor],
        at: Timestamp,
    ) -> Result<Path, Error> {
        let verified = leaf.verify_for_usage(
            ALL_VERIFICATION_ALGS,
            trusted,
            &self.ders()[1..],
            unix_time(at),
            KeyUsage::server_auth(),
            None,
            None,
        )?;
        Ok(self.followed(&verified, anchors))
    }

    /// A way that was verified.
    pub(crate) fn followed(&self, verified: &VerifiedPath<'_>, anchors: &[Anchor]) -> Path {
        let members: Vec<_> = verified
            .intermediate_certificates()
            .map(|member| member.der())
            .collect();
        let others = self.certificates.iter().enumerate().skip(1);
        let others = others.filter(|(place, _)| members.contains(&self.ders()[*place]));
        let mut path = Path::over(std::iter::once((0, self.leaf())).chain(others));
        // The verifier takes an anchor as it is; OpenSSL and Go also look at the end of its certificate.
        let anchor = verified.anchor();
        path.root = Key::of_contents(anchor.subject_public_key_info.as_ref());
        let ends = anchors.iter().filter(|candidate| {
            candidate.subject.0 == anchor.subject.as_ref()
                && candidate.spki.0 == anchor.subject_public_key_info.as_ref()
        });
        path.public = ends.clone().any(|anchor| anchor.public);
        let begin = ends
            .clone()
            .map(|anchor| anchor.not_before.unwrap_or(Timestamp::MIN))
            .min();
        path.from = path.from.max(begin.unwrap_or(Timestamp::MIN));
        let end = ends
            .map(|anchor| anchor.not_after.unwrap_or(Timestamp::MAX))
            .max();
        if let Some(end) = end.filter(|end| *end < path.until) {
            path.until = end;
            path.first_to_end = "the root certificate".to_owned();
        }
        path
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
                if candidate.subject_raw == from.issuer_raw && !reached.iter().any(twice) {
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
            let mut issuers = reachable.iter().map(|member| contents(&member.issuer_raw));
            issuers.any(|issuer| issuer == anchor.subject.0)
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

    /// Where the way from the leaf ends, when it leads to no root.
    fn astray(&self, anchors: &[Anchor]) -> ChainEnd {
        let mut last = self.leaf();
        let mut followed = 1;
        while !last.self_issued && followed <= self.certificates.len() {
            let issuer = self
                .certificates
                .iter()
                .find(|candidate| candidate.subject_raw == last.issuer_raw);
            match issuer {
                Some(issuer) => last = issuer,
                None => break,
            }
            followed += 1;
        }
        let known = |anchor: &Anchor| contents(&last.issuer_raw) == anchor.subject.0;
        match (last.self_issued, followed) {
            _ if anchors.iter().any(known) => ChainEnd::Refused(format!(
                "it leads to \"{}\", which is trusted, but a signature on the way is not by the key of its issuer",
                last.issuer
            )),
            (true, 1) => ChainEnd::SelfSigned,
            (true, _) => ChainEnd::RootUnknown {
                root: last.subject.clone(),
            },
            (false, followed) => ChainEnd::IssuerMissing {
                last: last.clone(),
                followed,
            },
        }
    }
}

impl Path {
    fn over<'a>(certificates: impl IntoIterator<Item = (usize, &'a Certificate)>) -> Self {
        let mut path = Self {
            from: Timestamp::MIN,
            until: Timestamp::MAX,
            first_to_end: String::new(),
            members: Vec::new(),
            root: None,
            public: false,
        };
        for (place, certificate) in certificates {
            path.members.push(place);
            path.from = path.from.max(certificate.not_before);
            if certificate.not_after < path.until || path.first_to_end.is_empty() {
                path.until = certificate.not_after;
                path.first_to_end = format!("\"{}\"", certificate.subject);
            }
        }
        path
    }
}

/// Of two refusals the one that says more: a path that only the hour forbids is still a path.
fn worse(known: Option<Error>, new: Error) -> Error {
    let timely = |error: &Error| {
        matches!(
            error,
            Error::CertExpired { .. } | Error::CertNotValidYet { .. }
        )
    };
    match known {
        Some(known) if timely(&new) || !timely(&known) => known,
        _ => new,
    }
}

/// What follows the tag and length of a DER value. Anchors hold their fields in this form.
fn contents(der: &[u8]) -> &[u8] {
    let header = match der.get(1) {
        Some(long) if *long >= 0x80 => 2 + usize::from(long & 0x7f),
        _ => 2,
    };
    der.get(header..).unwrap_or_default()
}
