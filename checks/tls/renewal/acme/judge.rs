//! Whether an authority that asks for a challenge of ACME would reach whoever answers challenges.
//!
//! The token that is asked for was never issued. Who serves challenges says 404; a page in its place comes from
//! somebody who answers everything, and would answer a real challenge too.

use std::net::{IpAddr, SocketAddr};

use url::Url;

use super::redirects::{MOST_REDIRECTS, Obstacle, hosts, obstacle, target};
use super::seen::{End, Step, Walk};
use crate::checks::tls::endpoint::Host;
use crate::checks::tls::gathering::gathered;
use crate::checks::tls::observation::Observation;
use crate::checks::tls::settings::Settings;
use crate::checks::tls::words::{bounded, counted};
use crate::instrument::tls::Failure;
use crate::instrument::visit::{NoPage, Page};
use crate::model::{Finding, Measure};

/// What is found, host by host.
pub(crate) fn findings(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (host, addresses) in hosts(settings, observation) {
        let walks = observation.renewal.acme.get(&host.to_string());
        let walk = |address: &IpAddr| walks.and_then(|walks| walks.get(address));
        let case = Case {
            settings,
            host,
            answered: addresses.iter().any(|address| {
                address.is_ipv4() && walk(address).is_some_and(|walk| answered(walk).is_some())
            }),
        };
        if addresses.is_empty() {
            let finding = Finding::error(case.claim()).observed("no address of it is known");
            findings.push(finding);
        }
        let found = addresses.iter().map(|address| {
            let at = SocketAddr::new(*address, settings.acme_port);
            (at, case.finding(walk(address)))
        });
        findings.extend(gathered(found.collect()));
    }
    findings
}

/// How long each address took to answer.
pub(crate) fn measures(observation: &Observation) -> Vec<Measure> {
    let walks = observation.renewal.acme.iter();
    let walks = walks.flat_map(|(host, walks)| walks.iter().map(move |walk| (host, walk)));
    let answered = walks.filter(|(_, (_, walk))| answered(walk).is_some());
    answered
        .map(|(host, (address, walk))| {
            let address = address.to_string();
            let labels = [("host", host.as_str()), ("address", address.as_str())];
            let seconds = walk.took_us as f64 / 1e6;
            Measure::new(
                "acme_challenge_duration_seconds",
                seconds,
                "seconds",
                labels,
            )
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

struct Case<'a> {
    settings: &'a Settings,
    host: &'a Host,
    /// Whether another address answers, over IPv4.
    answered: bool,
}

impl Case<'_> {
    fn claim(&self) -> String {
        let port = self.settings.acme_port;
        format!(
            "Challenges of ACME (http-01) reach {} at port {port}",
            self.host
        )
    }

    fn finding(&self, walk: Option<&Walk>) -> Finding {
        let error = || Finding::error(self.claim());
        let Some((walk, last)) = walk.and_then(|walk| Some((walk, walk.steps.last()?))) else {
            return error()
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
                Err(_) => error().observed("the record lacks what was asked for"),
            },
        }
    }

    /// Nobody listens, or something else speaks: an authority meets the same. Silence may lie on the way from here.
    fn silent(&self, nothing: &NoPage, last: &Step, after: &str) -> Finding {
        let refused = matches!(
            nothing,
            NoPage::Connection {
                failure: Failure::Refused
                    | Failure::NotTls { .. }
                    | Failure::Alert { .. }
                    | Failure::Protocol { .. }
            } | NoPage::Broken { .. }
        );
        let finding = if refused {
            Finding::fail(self.claim())
        } else {
            Finding::error(self.claim())
        };
        let observed = format!("{} {nothing}{after}", self.place(last));
        let hint = if last.address.is_ipv6() && self.answered {
            "authorities ask over IPv6 first: let the server listen there too, for nginx `listen [::]:80`, or withdraw the AAAA record"
        } else if matches!(nothing, NoPage::Connection { .. }) {
            "let the server listen there, and let the firewall pass it: authorities ask from places nobody knows. Leave `acme-http01` out where the ACME client itself listens while it renews"
        } else {
            "look at the server's log, and at what stands before it"
        };
        finding
            .expected("HTTP status 404 for a token that was never issued")
            .observed(bounded(&observed))
            .hint(hint)
    }

    fn page(&self, page: &Page, url: &Url, walk: &Walk, after: &str) -> Finding {
        let status = page.status;
        let observed = format!("HTTP status {status}{after}");
        let fail = Finding::fail(self.claim())
            .expected("HTTP status 404 for a token that was never issued");
        if let Some(target) = target(page, url) {
            let (observed, hint) = self.trap(&target, walk);
            return fail.observed(observed).hint(hint);
        }
        match status {
            404 | 410 => Finding::pass(self.claim()).observed(observed),
            200..=299 => {
                let begins = match page.bytes {
                    0 => "nothing".to_owned(),
                    _ => format!("\"{}\"", bounded(&page.begins)),
                };
                fail.observed(format!("{observed}: every token is answered, with {begins}"))
                    .hint("let only files of the ACME client's folder be served there, for nginx `location /.well-known/acme-challenge/ { root ...; try_files $uri =404; }`")
            }
            300..=399 => fail
                .observed(format!("{observed}, and no place to go to"))
                .hint("answer challenges without a redirect"),
            401 | 403 | 407 => fail
                .observed(observed)
                .hint("authorities do not log in: take the path out of what needs a password or a known address"),
            500..=599 => fail
                .observed(observed)
                .hint("look at the server's log, and at whoever it passes challenges on to"),
            _ => fail
                .observed(observed)
                .hint("let the path be answered by the ACME client or its folder"),
        }
    }

    /// A redirect that was not followed.
    fn trap(&self, target: &Url, walk: &Walk) -> (String, String) {
        // Each address was asked for a token of its own.
        let asked = walk
            .steps
            .first()
            .and_then(|step| step.url.rsplit('/').next());
        let to = bounded(&target.as_str().replace(asked.unwrap_or("TOKEN"), "TOKEN"));
        let again = walk.steps.iter().any(|step| step.url == target.as_str());
        match obstacle(self.settings, self.host, target) {
            Some(Obstacle::Host) => (
                format!("it redirects to another host: {to}"),
                format!(
                    "answer challenges before any redirect; where they are meant to be answered there, name it: `acme-hosts = [\"{}\"]`",
                    bounded(target.host_str().unwrap_or_default())
                ),
            ),
            Some(Obstacle::Port) => (
                format!("it redirects to a port that authorities do not follow to: {to}"),
                "authorities follow to ports 80 and 443 only: answer challenges before the redirect".to_owned(),
            ),
            Some(Obstacle::Scheme) => (
                format!("it redirects to neither http nor https: {to}"),
                "answer challenges before the redirect".to_owned(),
            ),
            None if again => (
                format!("it redirects in a circle, to {to}"),
                "answer challenges before any redirect".to_owned(),
            ),
            None if walk.steps.len() > MOST_REDIRECTS => (
                format!("it still redirects after {MOST_REDIRECTS} times, to {to}"),
                "authorities follow ten redirects: answer challenges before any".to_owned(),
            ),
            None => (
                format!("it redirects to {to}, which was not reached"),
                "look whether the name can be looked up".to_owned(),
            ),
        }
    }

    /// Who did not answer.
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
