//! What is claimed of the revocation of one certificate, and whether it holds.

use std::net::SocketAddr;

use super::facts::Facts;
use super::seen::{ResponderOutcome, SecondHandshake};
use super::status::{ISSUED, STAPLED, StatusStatement};
use super::tables::Tables;
use super::{SHORT_LIVED, authorities, lists};
use crate::checks::tls::case::Case;
use crate::checks::tls::chain_end::ChainEnd;
use crate::checks::tls::chains::VerifiedChain;
use crate::checks::tls::observation::{Observation, Session};
use crate::checks::tls::settings::Revocation;
use crate::checks::tls::words::{bounded, list, span};
use crate::instrument::revocation::OcspError;
use crate::model::{Finding, Status};

/// All claims about the certificates of one chain, each with the addresses that it concerns.
pub(crate) fn claims<'a>(
    case: &Case<'_>,
    followed: &VerifiedChain<'a>,
    sessions: &[(SocketAddr, &'a Session)],
    observation: &'a Observation,
    tables: &mut Tables,
) -> Vec<(Vec<SocketAddr>, Finding)> {
    let policy = case.settings.revocation;
    if policy == Revocation::Off {
        return Vec::new();
    }
    // Of an authority that nobody trusts no word counts, and that it is not trusted is a claim of its own.
    let ChainEnd::Trusted(path) = &followed.end else {
        return Vec::new();
    };
    let Some(found) = Facts::of(sessions, observation, followed) else {
        return Vec::new();
    };
    tables.enter(case, sessions, &found);
    let mut claims = case.stapled(&found, policy);
    let everywhere: Vec<_> = sessions.iter().map(|(address, _)| *address).collect();
    let unstapled: Vec<_> = found
        .unstapled
        .iter()
        .map(|(address, _)| *address)
        .collect();
    if !found.pointers.lists.is_empty() && !unstapled.is_empty() {
        claims.push((everywhere.clone(), case.listed(&found, policy)));
    }
    if case.settings.ocsp_query {
        claims.push((everywhere.clone(), case.asked(&found, policy)));
    }
    if found.pointers.is_empty() && found.staples.is_empty() {
        claims.push((everywhere.clone(), case.silent(&found, policy)));
    }
    let digests = &sessions[0].1.chain; // the same in all of them
    let above = authorities::claims(case, &followed.chain, path, digests, observation, tables);
    claims.extend(above.into_iter().map(|claim| (everywhere.clone(), claim)));
    claims
}

impl Case<'_> {
    /// Whether servers staple, and what. Staples that are good are one claim, whichever address shows which.
    fn stapled(&self, found: &Facts<'_>, policy: Revocation) -> Vec<(Vec<SocketAddr>, Finding)> {
        let claim = format!(
            "{} staples proof that its certificate is not revoked",
            self.endpoint
        );
        let mut claims = Vec::new();
        let mut good: Option<(Vec<SocketAddr>, &StatusStatement)> = None;
        for (at, said) in &found.staples {
            let finding = match said {
                Ok(word) => word.finding(claim.clone(), self.window, policy, &STAPLED),
                Err(error) => unproven(claim.clone(), error)
                    .hint("load the response that belongs to this certificate, fetched from its issuer's responder"),
            };
            match (finding.status, said) {
                (Status::Pass, Ok(word)) => match &mut good {
                    Some((all, first)) => {
                        all.extend(at);
                        if word.until < first.until {
                            *first = word;
                        }
                    }
                    None => good = Some((at.clone(), word)),
                },
                _ => claims.push((at.clone(), finding)),
            }
        }
        if let Some((at, first)) = good {
            claims.insert(
                0,
                (
                    at,
                    first.finding(claim.clone(), self.window, policy, &STAPLED),
                ),
            );
        }
        if found.pointers.must_staple || !found.pointers.responders.is_empty() {
            for (address, again) in &found.unstapled {
                let finding = missing(claim.clone(), *again, found, policy);
                claims.push((vec![*address], finding));
            }
        }
        claims
    }

    /// What the issuer's list says.
    fn listed(&self, found: &Facts<'_>, policy: Revocation) -> Finding {
        let issuer = found.issuer.as_ref().map_or_else(String::new, |issuer| {
            format!(" of \"{}\"", bounded(&issuer.shown()))
        });
        let claim = format!(
            "The certificate of {} is not on the revocation list{issuer}",
            self.endpoint
        );
        lists::finding(claim, found.lists, self.window, policy, &ISSUED)
    }

    /// What the responder itself says.
    fn asked(&self, found: &Facts<'_>, policy: Revocation) -> Finding {
        let claim = format!(
            "The OCSP responder vouches for the certificate of {}",
            self.endpoint
        );
        if found.pointers.responders.is_empty() {
            return Finding::skipped(claim).observed("the certificate names no responder");
        }
        let mut missing = Vec::new();
        for (asked, said) in &found.responders {
            let url = bounded(&asked.url);
            match (&asked.outcome, said) {
                (_, Some(Ok(word))) => return word.finding(claim, self.window, policy, &ISSUED),
                (_, Some(Err(error))) => {
                    let mut finding = unproven(claim, error)
                        .hint("ask it by hand (`openssl ocsp`); its operator has to mend it");
                    // A responder that does not answer has said nothing of the certificate.
                    if matches!(error, OcspError::Refused(_) | OcspError::Malformed(_)) {
                        finding.status = Status::Error;
                    }
                    return finding;
                }
                (ResponderOutcome::Missing { error }, None) => {
                    missing.push(format!("{url} {error}"));
                }
                (ResponderOutcome::Answered { .. }, None) => {}
            }
        }
        lists::unreached(claim, missing, "responder was asked")
    }

    /// A certificate that names nobody who could be asked.
    fn silent(&self, found: &Facts<'_>, policy: Revocation) -> Finding {
        let claim = format!(
            "The certificate of {} can be shown not to be revoked",
            self.endpoint
        );
        let nobody = "it names neither an OCSP responder nor a revocation list";
        if found.issuer.is_none() {
            return Finding::skipped(claim).observed(
                "it is itself among the trusted roots: whoever trusts it would have to take it out",
            );
        }
        let lifetime = found.pointers.lifetime;
        if lifetime <= SHORT_LIVED {
            let lifetime = span(jiff::SignedDuration::from_secs(lifetime));
            return Finding::skipped(claim)
                .observed(format!("{nobody}, and needs none: it lives for {lifetime}"));
        }
        match policy {
            Revocation::Require => Finding::fail(claim)
                .expected("a responder or a list that can be asked")
                .observed(nobody)
                .hint("have it issued by an authority that publishes what it revokes, or leave `revocation` at \"prefer\""),
            Revocation::Prefer | Revocation::Off => Finding::skipped(claim)
                .observed(format!("{nobody}: no client learns of its revocation")),
        }
    }
}

/// A response that proves nothing.
fn unproven(claim: String, error: &OcspError) -> Finding {
    let status = match error {
        OcspError::Unsupported(_) => Status::Error,
        _ => Status::Fail,
    };
    Finding::new(status, claim)
        .expected("a response that is valid for this certificate")
        .observed(bounded(&error.to_string()))
}

/// An address that stapled nothing.
fn missing(
    claim: String,
    again: Option<&SecondHandshake>,
    found: &Facts<'_>,
    policy: Revocation,
) -> Finding {
    let observed = match again {
        None => "none is stapled, and the probe ended before it could ask again".to_owned(),
        Some(SecondHandshake::OtherCertificate) => {
            "none is stapled; asked again, it served another certificate".to_owned()
        }
        Some(SecondHandshake::Failed { failure }) => {
            bounded(&format!("none is stapled; asked again, it {failure}"))
        }
        Some(SecondHandshake::Unstapled | SecondHandshake::Stapled { .. }) => {
            let must = found.pointers.must_staple;
            let demand = if must {
                ", and the certificate demands one (must-staple)"
            } else {
                ""
            };
            let status = match policy {
                _ if must => Status::Fail,
                Revocation::Require => Status::Fail,
                Revocation::Prefer | Revocation::Off => Status::Warn,
            };
            let places = match found.pointers.responders.as_slice() {
                [] => String::new(),
                urls => format!(" and whether it reaches {}", bounded(&list(urls))),
            };
            return Finding::new(status, claim)
                .expected("a stapled OCSP response")
                .observed(format!("none, also when asked again{demand}"))
                .hint(format!(
                    "turn stapling on (nginx: `ssl_stapling on` with a `resolver`; haproxy: `ocsp-update on`), see the server's log{places}; a server may also hold back a response that says \"revoked\""
                ));
        }
    };
    Finding::error(claim)
        .expected("a stapled OCSP response")
        .observed(observed)
        .hint("raise the check's `timeout`, or look again")
}
