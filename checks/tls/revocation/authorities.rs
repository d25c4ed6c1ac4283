//! The intermediates between a server's certificate and its root: one that is revoked takes every certificate below it
//! along, while these show no sign of it themselves.
//!
//! They are asked about by their lists alone: no server staples anything about them, and RFC 6960 has clients ask a
//! responder about each of them on its own. The root is not asked about: nothing above it could revoke it, only those
//! who trust it can remove it. The same holds for an intermediate that is itself a trusted root. An intermediate with
//! certificates by several issuers (cross-signed) is asked about by the certificate on the path; the others that are
//! served are not needed by clients that trust this root.

use std::collections::BTreeSet;

use super::status::{ABOVE, Question};
use super::tables::Table;
use super::{SHORT_LIVED, lists};
use crate::checks::tls::case::Case;
use crate::checks::tls::certificate::Certificate;
use crate::checks::tls::chain_end::Path;
use crate::checks::tls::chains::VerifiedChain;
use crate::checks::tls::observation::Observation;
use crate::checks::tls::rules;
use crate::checks::tls::settings::Revocation;
use crate::instrument::revocation::Pointers;
use crate::judging::text::span;
use crate::model::{Finding, Status};

/// What is found of the intermediates on a path. `digests` are those of the chain.
pub(super) fn findings(
    case: &Case<'_>,
    verified: &VerifiedChain<'_>,
    path: &Path,
    digests: &[String],
    observation: &Observation,
    table: &mut Table,
) -> Vec<Finding> {
    let mut known = BTreeSet::new();
    let places = path.members.iter().filter(|place| **place > 0);
    let mut findings = Vec::new();
    for place in places {
        let digest = &digests[*place];
        if !known.insert(digest) {
            continue; // served twice
        }
        let above = Above {
            case,
            authority: &verified.chain.certificates[*place],
        };
        let Some(pointers) = &verified.above[*place - 1] else {
            findings.push(above.finding(Status::Error, "cannot be parsed"));
            continue;
        };
        if pointers.lists.is_empty() {
            findings.extend(above.lists_nothing(pointers));
            continue;
        }
        let lists = observation.revocation.lists.get(digest);
        let lists = lists.map_or(&[][..], Vec::as_slice);
        table.authority(case.subject, above.authority, lists);
        let policy = case.settings.revocation;
        findings.push(lists::finding(
            &above.question(),
            lists,
            case.window,
            policy,
        ));
    }
    findings
}

/// An intermediate of an endpoint's chain.
struct Above<'a> {
    case: &'a Case<'a>,
    authority: &'a Certificate,
}

impl Above<'_> {
    fn subject(&self) -> String {
        format!("{}, \"{}\"", self.case.subject, self.authority.subject)
    }

    fn what(&self) -> String {
        let endpoint = self.case.subject;
        format!("intermediate \"{}\" of {endpoint}", self.authority.subject)
    }

    fn finding(&self, status: Status, predicate: &str) -> Finding {
        let claim = format!("The {} {predicate}", self.what());
        rules::INTERMEDIATE_REVOKED.finding(status, self.subject(), claim)
    }

    fn question(&self) -> Question {
        let list = format!("revocation list of \"{}\"", self.authority.issuer);
        Question {
            rule: rules::INTERMEDIATE_REVOKED,
            subject: self.subject(),
            what: format!("the {}", self.what()),
            good: format!("The {} is not on the {list}", self.what()),
            source: format!("The {list}"),
            advice: &ABOVE,
        }
    }

    /// An intermediate that names no list. Private ones seldom do, so nothing is said of it unless proof is required.
    fn lists_nothing(&self, pointers: &Pointers) -> Option<Finding> {
        let required = self.case.settings.revocation == Revocation::Require;
        if !pointers.responders.is_empty() {
            let names = "names an OCSP responder and no revocation list";
            let observed = "responders are not asked about intermediates";
            let status = if required {
                Status::Error
            } else {
                Status::Skipped
            };
            let finding = self.finding(status, names).observed(observed);
            return Some(match required {
                true => finding
                    .hint("ask it by hand (`openssl ocsp`), or leave `revocation` at \"prefer\""),
                false => finding,
            });
        }
        if !required {
            return None;
        }
        let nothing = "names no revocation list";
        if pointers.lifetime <= SHORT_LIVED {
            let lifetime = span(jiff::SignedDuration::from_secs(pointers.lifetime));
            let observed = format!("it needs none: it lives for {lifetime}");
            return Some(self.finding(Status::Skipped, nothing).observed(observed));
        }
        Some(
            self.finding(Status::Fail, nothing)
                .expected("a list that can be asked")
                .hint("have the intermediate reissued by a CA that publishes revocations, or leave `revocation` at \"prefer\""),
        )
    }
}
