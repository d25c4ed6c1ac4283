//! What is found of the revocation of one certificate.

use std::net::SocketAddr;

use super::facts::Facts;
use super::seen::{ResponderOutcome, SecondHandshake};
use super::status::{ISSUED, Question, STAPLED, StatusStatement};
use super::tables::Table;
use super::{SHORT_LIVED, authorities, lists};
use crate::checks::tls::case::Case;
use crate::checks::tls::chain_end::ChainEnd;
use crate::checks::tls::chains::VerifiedChain;
use crate::checks::tls::gathering::Located;
use crate::checks::tls::observation::{Observation, Session};
use crate::checks::tls::rules;
use crate::checks::tls::settings::Revocation;
use crate::instrument::revocation::OcspError;
use crate::judging::text::{clipped, list, span};
use crate::model::{Finding, Status};

/// All that is found of the certificates of one chain, each with the addresses that it concerns.
pub(crate) fn findings<'a>(
    case: &Case<'_>,
    verified: &VerifiedChain<'a>,
    sessions: &[(SocketAddr, &'a Session)],
    observation: &'a Observation,
    table: &mut Table,
) -> Vec<Located> {
    let policy = case.settings.revocation;
    if policy == Revocation::Off {
        return Vec::new();
    }
    // What an authority says that is not trusted does not count, and that it is not trusted is a finding of its own.
    let ChainEnd::Trusted(path) = &verified.end else {
        return Vec::new();
    };
    let Some(facts) = Facts::of(sessions, observation, verified) else {
        return Vec::new();
    };
    table.enter(case.subject, &facts);
    let mut findings = case.stapled(&facts, policy);
    let everywhere: Vec<_> = sessions.iter().map(|(address, _)| *address).collect();
    if !facts.pointers.lists.is_empty() && !facts.unstapled.is_empty() {
        findings.push((everywhere.clone(), case.listed(&facts, policy)));
    }
    if case.settings.ocsp_query {
        findings.push((everywhere.clone(), case.asked(&facts, policy)));
    }
    if facts.pointers.is_empty() && facts.staples.is_empty() {
        findings.push((everywhere.clone(), case.no_source(&facts, policy)));
    }
    let digests = &sessions[0].1.chain; // the same in all of them
    let above = authorities::findings(case, verified, path, digests, observation, table);
    findings.extend(
        above
            .into_iter()
            .map(|finding| (everywhere.clone(), finding)),
    );
    findings
}

impl Case<'_> {
    /// Whether servers staple, and what. Staples that are good are one finding, whichever address shows which.
    fn stapled(&self, facts: &Facts<'_>, policy: Revocation) -> Vec<Located> {
        let question = Question {
            rule: rules::STAPLE,
            subject: self.subject.to_owned(),
            what: "its certificate".to_owned(),
            source: format!("The staple of {}", self.subject),
            good: format!(
                "{} staples proof that its certificate is not revoked",
                self.subject
            ),
            advice: &STAPLED,
        };
        let mut findings = Vec::new();
        let mut good: Option<(Vec<SocketAddr>, &StatusStatement)> = None;
        for (at, said) in &facts.staples {
            let finding = match said {
                Ok(statement) => statement.finding(&question, self.window, policy),
                Err(error) => unproven(&question, error)
                    .hint("load the response that belongs to this certificate, fetched from its issuer's responder"),
            };
            match (finding.status, said) {
                (Status::Pass, Ok(statement)) => match &mut good {
                    Some((all, first)) => {
                        all.extend(at);
                        if statement.ends() < first.ends() {
                            *first = statement;
                        }
                    }
                    None => good = Some((at.clone(), statement)),
                },
                _ => findings.push((at.clone(), finding)),
            }
        }
        if let Some((at, first)) = good {
            let finding = first.finding(&question, self.window, policy);
            findings.insert(0, (at, finding));
        }
        if facts.pointers.must_staple || !facts.pointers.responders.is_empty() {
            for (address, second) in &facts.unstapled {
                findings.push((vec![*address], self.missing(*second, facts, policy)));
            }
        }
        findings
    }

    /// What the issuer's list says.
    fn listed(&self, facts: &Facts<'_>, policy: Revocation) -> Finding {
        let issuer = facts.issuer.as_ref().map_or_else(String::new, |issuer| {
            format!(" of \"{}\"", clipped(&issuer.shown()))
        });
        let question = Question {
            rule: rules::REVOCATION_LIST,
            subject: self.subject.to_owned(),
            what: format!("the certificate of {}", self.subject),
            source: format!("The revocation list{issuer}"),
            good: format!(
                "The certificate of {} is not on the revocation list{issuer}",
                self.subject
            ),
            advice: &ISSUED,
        };
        lists::finding(&question, facts.lists, self.window, policy)
    }

    /// What the responder itself says.
    fn asked(&self, facts: &Facts<'_>, policy: Revocation) -> Finding {
        let rule = rules::OCSP_RESPONDER;
        if facts.pointers.responders.is_empty() {
            let claim = format!(
                "The certificate of {} names no OCSP responder",
                self.subject
            );
            return rule.skipped(self.subject, claim);
        }
        let question = Question {
            rule,
            subject: self.subject.to_owned(),
            what: "this certificate".to_owned(),
            source: format!("The OCSP responder for the certificate of {}", self.subject),
            good: format!(
                "The OCSP responder says that the certificate of {} is good",
                self.subject
            ),
            advice: &ISSUED,
        };
        let mut missing = Vec::new();
        for (asked, said) in &facts.responders {
            let url = clipped(&asked.url);
            match (&asked.outcome, said) {
                (_, Some(Ok(statement))) => {
                    let response = Question {
                        source: format!(
                            "The OCSP response about the certificate of {}",
                            self.subject
                        ),
                        what: "it".to_owned(),
                        ..question
                    };
                    return statement.finding(&response, self.window, policy);
                }
                (_, Some(Err(error))) => {
                    let mut finding = unproven(&question, error)
                        .hint("ask it by hand (`openssl ocsp`); its operator has to fix it");
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
        lists::unreached(&question, missing, "gave no answer")
    }

    /// A certificate that names neither a list nor a responder.
    fn no_source(&self, facts: &Facts<'_>, policy: Revocation) -> Finding {
        let rule = rules::REVOCATION_SOURCE;
        if facts.issuer.is_none() {
            let claim = format!(
                "The certificate of {} is itself a trusted root",
                self.subject
            );
            return rule
                .skipped(self.subject, claim)
                .observed("it cannot be revoked, only removed from the trusted roots");
        }
        let claim = format!(
            "The certificate of {} names neither an OCSP responder nor a revocation list",
            self.subject
        );
        let lifetime = facts.pointers.lifetime;
        if lifetime <= SHORT_LIVED {
            let lifetime = span(jiff::SignedDuration::from_secs(lifetime));
            return rule
                .skipped(self.subject, claim)
                .observed(format!("it needs none: it lives for {lifetime}"));
        }
        match policy {
            Revocation::Require => rule
                .fail(self.subject, claim)
                .expected("a responder or a list that can be asked")
                .hint("have it issued by a CA that publishes revocations, or leave `revocation` at \"prefer\""),
            Revocation::Prefer | Revocation::Off => rule
                .skipped(self.subject, claim)
                .observed("no client learns of its revocation"),
        }
    }

    /// An address that stapled nothing.
    fn missing(
        &self,
        second: Option<&SecondHandshake>,
        facts: &Facts<'_>,
        policy: Revocation,
    ) -> Finding {
        let observed = match second {
            None => {
                "the first handshake had no staple, and the probe ended before a second".to_owned()
            }
            Some(SecondHandshake::OtherCertificate) => {
                "the first handshake had no staple, and the second another certificate".to_owned()
            }
            Some(SecondHandshake::Failed { failure }) => clipped(&format!(
                "the first handshake had no staple; in the second it {failure}"
            )),
            Some(SecondHandshake::Unstapled | SecondHandshake::Stapled { .. }) => {
                return self.unstapled(facts, policy);
            }
        };
        let claim = format!("It is not known whether {} staples", self.subject);
        rules::STAPLE
            .error(self.subject, claim)
            .expected("a stapled OCSP response")
            .observed(observed)
            .hint("raise the check's `timeout`, or run it again")
    }

    fn unstapled(&self, facts: &Facts<'_>, policy: Revocation) -> Finding {
        let must = facts.pointers.must_staple;
        let status = match policy {
            _ if must => Status::Fail,
            Revocation::Require => Status::Fail,
            Revocation::Prefer | Revocation::Off => Status::Warn,
        };
        let demand = match must {
            true => ", though its certificate demands one (must-staple)",
            false => "",
        };
        let responder = match facts.pointers.responders.as_slice() {
            [] => String::new(),
            urls => format!(", and whether it reaches {}", clipped(&list(urls))),
        };
        let claim = format!("{} staples no OCSP response{demand}", self.subject);
        rules::STAPLE
            .finding(status, self.subject, claim)
            .expected("a stapled OCSP response")
            .observed("none in two handshakes")
            .hint(format!(
                "turn stapling on (nginx: `ssl_stapling on` with a `resolver`; haproxy: `ocsp-update on`), check the server's log{responder}; a server may also hold back a response that says \"revoked\""
            ))
    }
}

/// A response that proves nothing.
fn unproven(question: &Question, error: &OcspError) -> Finding {
    let status = match error {
        OcspError::Unsupported(_) => Status::Error,
        _ => Status::Fail,
    };
    question
        .finding(status, "proves nothing")
        .expected("a response that is valid for this certificate")
        .observed(clipped(&error.to_string()))
}
