//! Asks for a challenge of ACME as an authority does (RFC 8555 section 8.3), at every address of every host.
//!
//! What is followed is what Let's Encrypt follows: up to ten redirects, to http and https, at the two ports of the
//! web. But one's own hosts only: strangers are not contacted.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use crate::checks::tls::Settings;
use crate::checks::tls::endpoint;
use crate::checks::tls::observation::Observation;
use crate::instrument::tls::{Client, Timeouts};
use crate::instrument::visit::{NoPage, Page, visit};
use crate::model::{Notebook, ProbeError};

/// How many requests are under way at a time.
const AT_ONCE: usize = 32;

/// How many redirects are followed.
pub(super) const MOST_REDIRECTS: usize = 10;

/// What became of the way from one address to an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::checks::tls) struct Walk {
    /// Every request in its order; the last one has an answer that was not followed, or none.
    pub(in crate::checks::tls) steps: Vec<Step>,
    /// From the first request to the last answer.
    pub(in crate::checks::tls) took_us: u64,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::checks::tls) struct Step {
    /// What was asked for.
    pub(in crate::checks::tls) url: String,
    /// Where.
    pub(in crate::checks::tls) address: SocketAddr,
    /// What was answered.
    pub(in crate::checks::tls) end: End,
}

/// The end of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::checks::tls) enum End {
    /// An answer.
    Page(Page),
    /// None.
    NoPage(NoPage),
}

/// What was seen, by host and address.
pub(super) type Walks = BTreeMap<String, BTreeMap<IpAddr, Walk>>;

/// The hosts that an authority would ask, each once, with the addresses that are known of it.
pub(super) fn hosts<'a>(
    settings: &'a Settings,
    observation: &'a Observation,
) -> Vec<(&'a endpoint::Host, Vec<IpAddr>)> {
    let mut hosts: Vec<(&endpoint::Host, Vec<IpAddr>)> = Vec::new();
    for endpoint in observation.endpoints(settings) {
        let host = settings.server_name.as_ref().unwrap_or(&endpoint.host);
        let at = match hosts.iter().position(|(known, _)| *known == host) {
            Some(at) => at,
            None => {
                hosts.push((host, Vec::new()));
                hosts.len() - 1
            }
        };
        let seen = observation.endpoints.get(&endpoint.to_string());
        for address in seen.into_iter().flat_map(|seen| seen.lookup.addresses()) {
            if !hosts[at].1.contains(&address.ip()) {
                hosts[at].1.push(address.ip());
            }
        }
    }
    hosts
}

/// Walks from every address.
pub(super) async fn walk(
    settings: &Settings,
    notes: &Notebook<Observation>,
    timeouts: Timeouts,
) -> Result<(), ProbeError> {
    let client =
        Client::new(&[]).map_err(|error| ProbeError::new(format!("cannot set up TLS: {error}")))?;
    let mut ways = Vec::new();
    notes.note(|page| {
        for (host, addresses) in hosts(settings, page) {
            let way = |address: IpAddr| (host.clone(), address);
            ways.extend(addresses.into_iter().map(way));
        }
    });
    let walker = &Walker {
        settings,
        client: &client,
        timeouts,
    };
    stream::iter(ways)
        .map(|(host, address)| async move {
            if Instant::now() < timeouts.until {
                let walk = walker.from(&host, address).await;
                notes.note(|page| {
                    let walks = &mut page.renewal.acme;
                    let host = walks.entry(host.to_string()).or_default();
                    host.insert(address, walk);
                });
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
    Ok(())
}

struct Walker<'a> {
    settings: &'a Settings,
    client: &'a Client,
    timeouts: Timeouts,
}

impl Walker<'_> {
    async fn from(&self, host: &endpoint::Host, address: IpAddr) -> Walk {
        let begin = Instant::now();
        let mut walk = Walk::default();
        let mut next = first(host, self.settings.acme_port);
        while let Some(url) = next {
            let Some(address) = self.address(&url, host, address).await else {
                break; // the judge tells that its redirect led nowhere
            };
            let end = match visit(&url, address, self.client, self.timeouts).await {
                Ok(page) => End::Page(page),
                Err(nothing) => End::NoPage(nothing),
            };
            next = match &end {
                End::Page(page) if walk.steps.len() < MOST_REDIRECTS => target(page, &url)
                    .filter(|target| obstacle(self.settings, host, target).is_none()),
                _ => None,
            };
            walk.steps.push(Step {
                url: url.into(),
                address,
                end,
            });
        }
        walk.took_us = begin.elapsed().as_micros() as u64;
        walk
    }

    /// Where a URL is asked for: the host itself at the address in question, another one where it is found, over
    /// IPv6 first, as authorities do.
    async fn address(
        &self,
        url: &Url,
        host: &endpoint::Host,
        address: IpAddr,
    ) -> Option<SocketAddr> {
        let port = url.port_or_known_default()?;
        if is(url, host) {
            return Some(SocketAddr::new(address, port));
        }
        let until = self.timeouts.until.min(Instant::now() + LOOKUP);
        let looking = tokio::net::lookup_host((url.host_str()?, port));
        let found: Vec<_> = timeout_at(until, looking).await.ok()?.ok()?.collect();
        let v6 = found.iter().find(|address| address.is_ipv6());
        v6.or(found.first()).copied()
    }
}

/// How long a lookup of another host may take.
const LOOKUP: Duration = Duration::from_secs(5);

/// Where the challenge of a token that nobody issued stands.
fn first(host: &endpoint::Host, port: u16) -> Option<Url> {
    let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let host = match host.address() {
        Some(IpAddr::V6(address)) => format!("[{address}]"),
        _ => host.to_string(),
    };
    Url::parse(&format!(
        "http://{host}:{port}/.well-known/acme-challenge/{token}"
    ))
    .ok()
}

/// Whether a URL is at this host.
fn is(url: &Url, host: &endpoint::Host) -> bool {
    match (url.host(), host.address()) {
        (Some(Host::Ipv4(there)), Some(here)) => IpAddr::from(there) == here,
        (Some(Host::Ipv6(there)), Some(here)) => IpAddr::from(there) == here,
        (Some(Host::Domain(there)), None) => there.eq_ignore_ascii_case(&host.to_string()),
        _ => false,
    }
}

/// Where an answer redirects to: the statuses that HTTP clients follow (RFC 9110 section 15.4).
pub(super) fn target(page: &Page, from: &Url) -> Option<Url> {
    let redirects = matches!(page.status, 301 | 302 | 303 | 307 | 308);
    let location = page.location.as_ref().filter(|_| redirects)?;
    from.join(location).ok()
}

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// Neither http nor https.
    Scheme,
    /// Another host.
    Host,
    /// No port of the web.
    Port,
}

/// What keeps an authority, or this check, from following.
pub(super) fn obstacle(
    settings: &Settings,
    host: &endpoint::Host,
    target: &Url,
) -> Option<Obstacle> {
    if !matches!(target.scheme(), "http" | "https") {
        return Some(Obstacle::Scheme);
    }
    if !is(target, host) && !settings.acme_hosts.iter().any(|known| is(target, known)) {
        return Some(Obstacle::Host);
    }
    let ports = [settings.acme_port, settings.acme_https_port];
    let port = target.port_or_known_default();
    (!port.is_some_and(|port| ports.contains(&port))).then_some(Obstacle::Port)
}
