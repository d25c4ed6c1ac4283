//! Whether a CA that asks for an ACME challenge would reach what answers challenges.
//!
//! The token that is asked for was never issued. What serves challenges says 404; a page in its place comes from
//! something that answers everything, and would answer a real challenge too.

use std::net::{IpAddr, SocketAddr};

use url::Url;

use super::redirects::{MOST_REDIRECTS, Obstacle, hosts, obstacle, target};
use super::seen::{End, Page, Step, Walk};
use crate::checks::tls::endpoint::Host;
use crate::checks::tls::families::{self as family, MOST_ADDRESSES};
use crate::checks::tls::gathering::settle;
use crate::checks::tls::observation::Observation;
use crate::checks::tls::rules;
use crate::checks::tls::settings::{Acme, Settings};
use crate::instrument::dial::DialError;
use crate::instrument::http::HttpError;
use crate::instrument::tls::Failure;
use crate::judging::Bounded;
use crate::judging::text::{clipped, counted};
use crate::model::{Finding, Measure, Status};

/// What is found, host by host.
pub(crate) fn findings(settings: &Settings, observation: &Observation, findings: &mut Bounded) {
    let Some(acme) = &settings.acme else {
        return;
    };
    for (host, addresses) in hosts(settings, observation) {
        let name = host.to_string();
        let walks = observation.renewal.acme.get(&name);
        let walk = |address: &IpAddr| walks.and_then(|walks| walks.get(address));
        let case = Case {
            acme,
            host: &host,
            answered: addresses.iter().any(|address| {
                address.is_ipv4() && walk(address).is_some_and(|walk| answered(walk).is_some())
            }),
        };
        if addresses.is_empty() {
            findings.add(case.unknown().observed("no address of it is known"));
        }
        let found = addresses.iter().map(|address| {
            let at = SocketAddr::new(*address, acme.port);
            (vec![at], case.finding(walk(address)))
        });
        settle(found, addresses.len(), findings);
    }
}

/// How long each address took to answer.
pub(crate) fn measures(observation: &Observation) -> Vec<Measure> {
    let walks = observation.renewal.acme.iter();
    let walks = walks.flat_map(|(host, walks)| walks.iter().map(move |walk| (host, walk)));
    let answered = walks.filter(|(_, (_, walk))| answered(walk).is_some());
    answered
        .take(MOST_ADDRESSES)
        .map(|(host, (address, walk))| {
            let address = address.to_string();
            let labels = [("host", host.as_str()), ("address", address.as_str())];
            family::CHALLENGE_DURATION.measure(walk.took_us as f64 / 1e6, labels)
        })
        .collect()
}

/// The page to which a walk led.
fn answered(walk: &Walk) -> Option<&Page> {
    match &walk.steps.last()?.end {
        End::Page(page) => Some(page),
        End::NoPage(_) => None,
    }
}

const EXPECTED: &str = "HTTP status 404 for a token that was never issued";

struct Case<'a> {
    acme: &'a Acme,
    host: &'a Host,
    /// Whether another address answers, over IPv4.
    answered: bool,
}

impl Case<'_> {
    fn claim(&self, status: Status, verb: &str) -> Finding {
        let claim = format!(
            "ACME challenges (http-01) {verb} {} at port {}",
            self.host, self.acme.port
        );
        rules::ACME_CHALLENGE.finding(status, self.host.to_string(), claim)
    }

    fn unknown(&self) -> Finding {
        let claim = format!(
            "It is not known whether ACME challenges (http-01) reach {}",
            self.host
        );
        rules::ACME_CHALLENGE.error(self.host.to_string(), claim)
    }

    fn finding(&self, walk: Option<&Walk>) -> Finding {
        let Some((walk, last)) = walk.and_then(|walk| Some((walk, walk.steps.last()?))) else {
            return self
                .unknown()
                .observed("the probe ended before it was asked")
                .hint("raise the check's `timeout`");
        };
        let after = match walk.steps.len() - 1 {
            0 => String::new(),
            redirects => format!(" after {}", counted(redirects, "redirect")),
        };
        match &last.end {
            End::NoPage(nothing) => self.silent(nothing, last, &after),
            End::Page(page) => match Url::parse(&last.url) {
                Ok(url) => self.page(page, &url, walk, &after),
                Err(_) => self
                    .unknown()
                    .observed("the record lacks what was asked for"),
            },
        }
    }

    /// Nothing listens, or something else answers: a CA gets the same. Silence may be the fault of the path from here.
    fn silent(&self, nothing: &HttpError, last: &Step, after: &str) -> Finding {
        let refused = matches!(
            nothing,
            HttpError::Connect {
                error: DialError::Refused
            } | HttpError::Handshake {
                failure: Failure::NotTls { .. } | Failure::Alert { .. } | Failure::Protocol { .. }
            } | HttpError::Closed { .. }
                | HttpError::LargeHead { .. }
                | HttpError::Broken { .. }
        );
        let status = if refused { Status::Fail } else { Status::Error };
        let observed = format!("{} {nothing}{after}", self.place(last));
        let local = matches!(
            nothing,
            HttpError::Connect {
                error: DialError::Local { .. }
            }
        );
        let unrouted = matches!(
            nothing,
            HttpError::Connect {
                error: DialError::Unreachable { .. }
            }
        );
        let hint = if local {
            "fix what the message says of this machine: it says nothing about the server"
        } else if last.address.is_ipv6() && unrouted {
            "check whether this machine has an IPv6 route at all: CAs ask over IPv6 first, from where there is one"
        } else if last.address.is_ipv6() && self.answered {
            "CAs ask over IPv6 first: let the server listen there too, for nginx `listen [::]:80`, or withdraw the AAAA record"
        } else if matches!(
            nothing,
            HttpError::Connect { .. } | HttpError::Handshake { .. }
        ) {
            "check that the server listens there and that firewalls let CAs through, which ask from unknown addresses. Leave `acme` out where the ACME client itself listens only while it renews"
        } else {
            "check the server's log, and what is in front of it"
        };
        self.claim(status, "get no answer from")
            .expected(EXPECTED)
            .observed(clipped(&observed))
            .hint(hint)
    }

    fn page(&self, page: &Page, url: &Url, walk: &Walk, after: &str) -> Finding {
        let status = page.status;
        let observed = format!("HTTP status {status}{after}");
        let fail = self
            .claim(Status::Fail, "do not get through to")
            .expected(EXPECTED);
        if let Some(target) = target(page, url) {
            let (observed, hint) = self.trap(&target, walk);
            return fail.observed(observed).hint(hint);
        }
        match status {
            404 | 410 => self.claim(Status::Pass, "reach").observed(observed),
            200..=299 => {
                let begins = match page.bytes {
                    0 => "nothing".to_owned(),
                    _ => format!("\"{}\"", clipped(&page.begins)),
                };
                fail.observed(format!("{observed}: every token gets an answer, {begins}"))
                    .hint("serve only files of the ACME client's folder there, for nginx `location /.well-known/acme-challenge/ { root ...; try_files $uri =404; }`")
            }
            300..=399 => fail
                .observed(format!("{observed}, and no location"))
                .hint("answer challenges without a redirect"),
            401 | 403 | 407 => fail
                .observed(observed)
                .hint("CAs do not log in: exempt the path from passwords and address filters"),
            500..=599 => fail
                .observed(observed)
                .hint("check the log of the server and of what it passes challenges on to"),
            _ => fail
                .observed(observed)
                .hint("let the ACME client or its folder answer the path"),
        }
    }

    /// A redirect that was not followed.
    fn trap(&self, target: &Url, walk: &Walk) -> (String, String) {
        // Each address was asked for a token of its own.
        let asked = walk
            .steps
            .first()
            .and_then(|step| step.url.rsplit('/').next());
        let to = clipped(&target.as_str().replace(asked.unwrap_or("TOKEN"), "TOKEN"));
        let again = walk.steps.iter().any(|step| step.url == target.as_str());
        match obstacle(self.acme, self.host, target) {
            Some(Obstacle::Host) => (
                format!("it redirects to another host: {to}"),
                format!(
                    "answer challenges before any redirect; if they are meant to be answered there, set `acme.hosts = [\"{}\"]`",
                    clipped(target.host_str().unwrap_or_default())
                ),
            ),
            Some(Obstacle::Port) => (
                format!("it redirects to a port that CAs do not follow to: {to}"),
                "CAs follow to ports 80 and 443 only: answer challenges before the redirect"
                    .to_owned(),
            ),
            Some(Obstacle::Scheme) => (
                format!("it redirects to neither http nor https: {to}"),
                "answer challenges before the redirect".to_owned(),
            ),
            None if again => (
                format!("it redirects in a loop, to {to}"),
                "answer challenges before any redirect".to_owned(),
            ),
            None if walk.steps.len() > MOST_REDIRECTS => (
                format!("it still redirects after {MOST_REDIRECTS} redirects, to {to}"),
                "CAs follow ten redirects: answer challenges before any".to_owned(),
            ),
            None => (
                format!("it redirects to {to}, which was not reached"),
                "check whether the name resolves".to_owned(),
            ),
        }
    }

    /// What did not answer.
    fn place(&self, last: &Step) -> String {
        match Url::parse(&last.url) {
            Ok(url) => format!(
                "{}://{}:{}",
                url.scheme(),
                url.host_str().unwrap_or_default(),
                last.address.port()
            ),
            Err(_) => "it".to_owned(),
        }
    }
}
