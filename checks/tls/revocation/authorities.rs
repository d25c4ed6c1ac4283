//! The authorities between a server's certificate and its root: one that is revoked takes along every certificate
//! below it, while these show no sign of it themselves.
//!
//! They are asked about by their lists alone: no server staples anything about them, and RFC 6960 has clients go to
//! a responder for each of them on its own. The root is not asked about. Nothing stands above it that could revoke
//! it, and whoever trusts it would have to take it out; that holds for an intermediate, too, that is itself among
//! the trusted roots. An authority with certificates by several issuers (cross-signed) is asked about by the
//! certificate that the path leads by; what else is served is needed by nobody who trusts this root.

use std::collections::BTreeSet;

use super::status::ABOVE;
use super::tables::Tables;
use super::{SHORT_LIVED, lists};
use crate::checks::tls::case::Case;
use crate::checks::tls::certificate::Certificate;
use crate::checks::tls::chain::Chain;
use crate::checks::tls::chain_end::Path;
use crate::checks::tls::observation::Observation;
use crate::checks::tls::settings::Revocation;
use crate::checks::tls::words::span;
use crate::instrument::revocation::Pointers;
use crate::model::Finding;

/// What is claimed of the authorities on a path. `digests` are those of the chain.
pub(super) fn claims(
    case: &Case<'_>,
    chain: &Chain<'_>,
    path: &Path,
    digests: &[String],
    observation: &Observation,
    tables: &mut Tables,
) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let places = path.members.iter().filter(|place| **place > 0);
    let mut findings = Vec::new();
    for place in places {
        let digest = &digests[*place];
        if !told.insert(digest) {
            continue; // served twice
        }
        let authority = &chain.certificates[*place];
        let Ok(pointers) = Pointers::read(&chain.ders()[*place]) else {
            let claim = case.unlisted(authority);
            findings.push(Finding::error(claim).observed("its certificate cannot be read"));
            continue;
        };
        if pointers.lists.is_empty() {
            findings.extend(case.lists_nothing(authority, &pointers));
            continue;
        }
        let lists = observation.revocation.lists.get(digest);
        let lists = lists.map_or(&[][..], Vec::as_slice);
        tables.authority(case, authority, lists);
        let policy = case.settings.revocation;
        let claim = case.unlisted(authority);
        findings.push(lists::finding(claim, lists, case.window, policy, &ABOVE));
    }
    findings
}

impl Case<'_> {
    fn unlisted(&self, authority: &Certificate) -> String {
        format!(
            "The intermediate \"{}\" of {} is not on the revocation list of \"{}\"",
            authority.subject, self.endpoint, authority.issuer
        )
    }

    /// An authority that names no list. Private ones seldom do, so nothing is said of it unless proof is required.
    fn lists_nothing(&self, authority: &Certificate, pointers: &Pointers) -> Option<Finding> {
        let claim = format!(
            "The intermediate \"{}\" of {} can be shown not to be revoked",
            authority.subject, self.endpoint
        );
        let required = self.settings.revocation == Revocation::Require;
        if !pointers.responders.is_empty() {
            let observed = "it names an OCSP responder and no revocation list; responders are not asked about authorities";
            return Some(if required {
                Finding::error(claim)
                    .observed(observed)
                    .hint("ask it by hand (`openssl ocsp`), or leave `revocation` at \"prefer\"")
            } else {
                Finding::skipped(claim).observed(observed)
            });
        }
        if !required {
            return None;
        }
        let nothing = "it names no revocation list";
        if pointers.lifetime <= SHORT_LIVED {
            let lifetime = span(jiff::SignedDuration::from_secs(pointers.lifetime));
            let observed = format!("{nothing}, and needs none: it lives for {lifetime}");
            return Some(Finding::skipped(claim).observed(observed));
        }
        Some(
            Finding::fail(claim)
                .expected("a list that can be asked")
                .observed(nothing)
                .hint("have the authority certified anew by an issuer that publishes what it revokes, or leave `revocation` at \"prefer\""),
        )
    }
}
