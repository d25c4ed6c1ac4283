//! Asks for a challenge of ACME as an authority does (RFC 8555 section 8.3), at every address of every host.
//!
//! What is followed is what Let's Encrypt follows: up to ten redirects, to http and https, at the two ports of the
//! web. But one's own hosts only: strangers are not contacted.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::redirects::{MOST_REDIRECTS, hosts, is, obstacle, target};
use super::seen::{End, Step, Walk};
use crate::checks::tls::endpoint;
use crate::checks::tls::observation::Observation;
use crate::checks::tls::settings::Settings;
use crate::instrument::tls::{Client, Timeouts};
use crate::instrument::visit::visit;
use crate::model::{Notebook, ProbeError};

/// How many requests are under way at a time.
const AT_ONCE: usize = 32;

/// Walks from every address.
pub(crate) async fn walk(
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
