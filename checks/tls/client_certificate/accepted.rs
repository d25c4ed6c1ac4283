//! What servers do with the client's certificate, or with the lack of one.

use std::net::SocketAddr;
use std::time::Duration;

use super::seen::{Page, Request};
use crate::checks::tls::case::Case;
use crate::checks::tls::chain::Chain;
use crate::checks::tls::gathering::Located;
use crate::checks::tls::observation::{Observation, Session};
use crate::checks::tls::rules;
use crate::instrument::http::HttpError;
use crate::instrument::tls::{Der, Failure, Verdict};
use crate::judging::text::{clipped, counted};
use crate::model::units::measured;
use crate::model::{Finding, Status};

/// What is found of the servers of an endpoint that asked for a client certificate and completed the handshake.
pub(crate) fn findings(
    case: &Case<'_>,
    sessions: &[(SocketAddr, &Session)],
    observation: &Observation,
) -> Vec<Located> {
    let mut found = Vec::new();
    for (address, session) in sessions {
        let Some(request) = &session.request else {
            continue;
        };
        found.push((vec![*address], case.answer(request)));
        let wanted = request.authorities.as_ref();
        let wanted = wanted.and_then(|digest| observation.authorities.get(digest));
        let finding = wanted.and_then(|names| case.authorities(names, observation));
        found.extend(finding.map(|finding| (vec![*address], finding)));
    }
    found
}

impl Case<'_> {
    /// What a server answered to the certificate.
    fn answer(&self, request: &Request) -> Finding {
        let endpoint = self.subject;
        let given = self.settings.tls.certificate.is_some();
        let finding =
            |status, claim: String| rules::CLIENT_ACCEPTED.finding(status, endpoint, claim);
        let refuses = || {
            match request.sent {
            true => finding(Status::Fail, format!("{endpoint} rejects the client certificate"))
                .hint("look at the server's log for why; its CAs for clients must include the issuer of `tls.certificate`"),
            false => finding(Status::Fail, format!("{endpoint} requires a client certificate"))
                .hint("give the client's certificate as `tls.certificate`, and its key as `tls.key`"),
        }
        };
        if given && !request.sent {
            return finding(Status::Fail, format!("{endpoint} was not sent the client certificate"))
                .observed("its key makes no signature of a kind that the server verifies, or does not belong to it")
                .hint("have the certificate issued for another type of key, or let the server accept more signature algorithms");
        }
        let what = match request.sent {
            true => "the client certificate",
            false => "clients without a certificate",
        };
        let accepts = |observed: String| {
            finding(Status::Pass, format!("{endpoint} accepts {what}")).observed(observed)
        };
        let open = |status, observed: String| {
            finding(
                status,
                format!("It is not known whether {endpoint} accepts {what}"),
            )
            .observed(observed)
        };
        match (&request.page, request.verdict) {
            (Some(Page::Answered { status, text }), _) if about_certificates(*status, text) => {
                refuses().observed(format!("it answers with HTTP {status}: {}", words(text)))
            }
            (Some(Page::Answered { status: 400, text }), _) => {
                open(Status::Warn, format!("it answers with HTTP 400: {}", words(text)))
                    .hint("look at the server's log for what it holds against the request")
            }
            (Some(Page::Answered { status, .. }), _) => {
                accepts(format!("it answers with HTTP {status} after the handshake"))
            }
            (Some(Page::Failed { error }), _) if by_alert(error) => {
                refuses().observed(clipped(&format!("asked for a page, it {error}")))
            }
            (Some(Page::Failed { error }), _) => {
                open(Status::Error, clipped(&format!("asked for a page, it {error}")))
                    .hint("run it again; if it stays so, look at the server's log")
            }
            (Some(Page::NotHttp) | None, Verdict::Accepted) => {
                accepts("it goes on after the handshake".to_owned())
            }
            (Some(Page::NotHttp) | None, Verdict::Silent { after_ms }) => open(
                Status::Warn,
                format!("it said nothing within {} after the handshake", measured(Duration::from_millis(after_ms))),
            )
            .hint("servers say so at once in TLS 1.2, and in TLS 1.3 by a session ticket: turn tickets on, or look at the server's log"),
            (Some(Page::NotHttp) | None, Verdict::Unheard) => {
                open(Status::Error, "it was not waited for".to_owned())
            }
        }
    }

    /// Whether the certificate is from an authority that the server names.
    fn authorities(&self, names: &[Der], observation: &Observation) -> Option<Finding> {
        let own = observation.identity.as_ref().filter(|own| own.key_fits)?;
        let chain = Chain::read(&observation.ders(&own.chain)?).ok()?;
        let rule = rules::CLIENT_ISSUER;
        let endpoint = self.subject;
        let mut members = chain.certificates.iter();
        let issuer = members.find(|member| {
            let issuer = &member.issuer_raw;
            names.iter().any(|name| name.0 == *issuer)
        });
        Some(match issuer {
            Some(member) => rule
                .pass(
                    endpoint,
                    format!("{endpoint} names an issuer of the client certificate among the CAs that it wants"),
                )
                .observed(format!("\"{}\"", member.issuer)),
            None => rule
                .warn(
                    endpoint,
                    format!("{endpoint} does not name the issuer of the client certificate among the CAs that it wants"),
                )
                .expected(format!("\"{}\"", chain.leaf().issuer))
                .observed(format!("{} are named", counted(names.len(), "CA")))
                .hint("some clients then send no certificate: add the CA to those that the server names, or put the intermediates that lead to one after the certificate in `tls.certificate`"),
        })
    }
}

/// Whether an answer says that the client's certificate is the trouble: nginx says so in its pages of status 400, and
/// has the statuses 495 and 496 for it.
fn about_certificates(status: u16, text: &str) -> bool {
    matches!(status, 495 | 496)
        || (matches!(status, 400 | 401 | 403)
            && text.to_ascii_lowercase().contains("ssl certificate"))
}

/// Whether a connection was ended by an alert, in the handshake or after it.
fn by_alert(error: &HttpError) -> bool {
    matches!(
        error,
        HttpError::Alert { .. }
            | HttpError::Handshake {
                failure: Failure::Alert { .. }
            }
    )
}

/// A page without its markup.
fn words(page: &str) -> String {
    let mut words = String::new();
    let mut markup = false;
    for character in page.replace("\\r", "").replace("\\n", " ").chars() {
        match character {
            '<' => markup = true,
            '>' => {
                markup = false;
                words.push(' ');
            }
            other if !markup => words.push(other),
            _ => {}
        }
    }
    clipped(&words.split_whitespace().collect::<Vec<_>>().join(" "))
}
