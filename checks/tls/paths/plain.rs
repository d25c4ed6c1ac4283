//! What is plain is asked of webpki as well: a second opinion, in the one direction that matters.
//!
//! A path on which nothing is out of the ordinary is one that webpki knows everything of. Where webpki finds none, there
//! is a defect in one of the two, and a chain is not passed on a defect.

use jiff::Timestamp;
use rustls::pki_types::TrustAnchor;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};

use super::facts::{Facts, Name};
use super::member::Member;
use super::room::{Room, Walked};
use crate::checks::tls::chain::Chain;
use crate::checks::tls::verifier::unix_time;
use crate::instrument::tls::{Anchor, path_error};

/// As many intermediates as webpki follows.
const MOST_INTERMEDIATES: usize = 6;

impl Room<'_> {
    /// Why webpki refuses a path, if the path is plain and it does.
    pub(super) fn refused_by_webpki(
        &self,
        chain: &Chain<'_>,
        anchors: &[Anchor],
        path: &Walked,
        at: Timestamp,
    ) -> Option<String> {
        let members: Vec<_> = path
            .members
            .iter()
            .map(|place| &self.members[*place])
            .collect();
        if !path.objections.is_empty() || !plain(&members) {
            return None;
        }
        let trusted: Vec<TrustAnchor<'_>> = anchors.iter().map(Anchor::to_trust_anchor).collect();
        let verified = EndEntityCert::try_from(&chain.ders()[0]).and_then(|leaf| {
            leaf.verify_for_usage(
                ALL_VERIFICATION_ALGS,
                &trusted,
                &chain.ders()[1..],
                unix_time(at),
                KeyUsage::server_auth(),
                None,
                None,
            )
            .map(drop)
        });
        let plainly = |error: &Error| {
            matches!(
                error,
                Error::CertExpired { .. }
                    | Error::CertNotValidYet { .. }
                    | Error::UnknownIssuer
                    | Error::InvalidSignatureForPublicKey
            )
        };
        verified
            .err()
            .filter(plainly)
            .map(|error| path_error(&error))
    }
}

fn plain(path: &[&Member<'_>]) -> bool {
    let [leaf, others @ ..] = path else {
        return false;
    };
    let Some((root, between)) = others.split_last() else {
        return false;
    };
    let root_is = match &root.anchor.and_then(|anchor| anchor.certificate.as_ref()) {
        Some(der) => anchor_from_trusted_cert(&der.0.as_slice().into()).is_ok(),
        None => true,
    };
    let names = |facts: &Facts| {
        let mut names = facts.names.iter().flatten();
        names.all(|name| matches!(name, Name::Dns(_) | Name::Address(_)))
    };
    root_is
        && root.facts.constraints.is_none()
        && between.len() <= MOST_INTERMEDIATES
        && ordinary(&leaf.facts)
        && names(&leaf.facts)
        && between
            .iter()
            .all(|member| ordinary(&member.facts) && !member.facts.self_issued())
}

/// What webpki knows everything of.
fn ordinary(facts: &Facts) -> bool {
    const KNOWN: [&str; 4] = ["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.37"];
    let known = |identifier: &String| KNOWN.contains(&identifier.as_str());
    facts.version == 3
        && facts.odd.is_empty()
        && facts.constraints.is_none()
        && facts.critical.iter().all(known)
        && facts.purposes.is_none_or(|purposes| purposes.server)
        && facts.not_before >= Timestamp::UNIX_EPOCH
        && facts.serial.len() <= 20
        && facts.serial.first().is_none_or(|first| *first < 0x80)
}
