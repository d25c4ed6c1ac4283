//! Asks for an ACME challenge as a CA does (RFC 8555 section 8.3), at every address of every host.
//!
//! What is followed is what Let's Encrypt follows: up to ten redirects, to http and https, at the two ports of the
//! web. But only on the check's own hosts: no others are contacted.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{StreamExt as _, stream};
use url::Url;

use super::redirects::{MOST_REDIRECTS, hosts, is, obstacle, target};
use super::seen::{End, Step, Walk};
use crate::checks::tls::endpoint;
use crate::checks::tls::observation::Observation;
use crate::checks::tls::settings::{Acme, Settings};
use crate::instrument::clock;
use crate::instrument::http::{Destination, Limits, Request, Security, Versions};
use crate::instrument::lookup::lookup;
use crate::instrument::tls::{Client, Timeouts};
use crate::model::{Notebook, ProbeError};

/// How many requests are under way at a time.
const AT_ONCE: usize = 32;

/// Walks from every address.
pub(crate) async fn walk(
    settings: &Settings,
    notes: &Notebook<Observation>,
    timeouts: Timeouts,
) -> Result<(), ProbeError> {
    let Some(acme) = &settings.acme else {
        return Ok(());
    };
    let client =
        Client::new(&[]).map_err(|error| ProbeError::new(format!("cannot set up TLS: {error}")))?;
    let hosts = notes.see(|seen| hosts(settings, seen));
    let ways = hosts.into_iter().flat_map(|(host, addresses)| {
        let way = move |address: IpAddr| (host.clone(), address);
        addresses.into_iter().map(way)
    });
    let walker = &Walker {
        acme,
        client: &client,
        timeouts,
    };
    stream::iter(ways)
        .map(|(host, address)| async move {
            if clock::instant() < timeouts.until {
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
    acme: &'a Acme,
    client: &'a Client,
    timeouts: Timeouts,
}

impl Walker<'_> {
    async fn from(&self, host: &endpoint::Host, address: IpAddr) -> Walk {
        let begin = clock::instant();
        let mut walk = Walk::default();
        let mut next = first(host, self.acme.port);
        while let Some(url) = next {
            let Some(address) = self.address(&url, host, address).await else {
                break; // the judge says that its redirect led nowhere
            };
            let end = self.ask(&url, address).await;
            next = match &end {
                End::Page(page) if walk.steps.len() < MOST_REDIRECTS => {
                    target(page, &url).filter(|target| obstacle(self.acme, host, target).is_none())
                }
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

    /// Asks for a URL at an address. No certificate is verified, as CAs do not either; nothing secret is sent.
    async fn ask(&self, url: &Url, address: SocketAddr) -> End {
        let request = Request {
            versions: Versions::Http1,
            destination: Destination::Address(address),
            limits: Limits {
                read: PAGE,
                keep: BEGINNING,
                ..Limits::default()
            },
            answer: self.timeouts.handshake,
            ..Request::get(url.clone(), Security::Record(self.client), self.timeouts)
        };
        request.send().await.into()
    }

    /// Where a URL is asked for: the host itself at the address in question, another one where it is found, over
    /// IPv6 first, as CAs do.
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
        let until = self.timeouts.by(LOOKUP);
        let found = lookup(url.host_str()?, port, until).await.ok()?.addresses;
        let v6 = found.iter().find(|address| address.is_ipv6());
        v6.or(found.first()).copied()
    }
}

/// The most bytes of a page that are read.
const PAGE: u64 = 64 * 1024;

/// How many bytes of a page are kept.
const BEGINNING: usize = 120;

/// How long a lookup of another host may take.
const LOOKUP: Duration = Duration::from_secs(5);

/// Where the challenge of a token that was never issued is.
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
