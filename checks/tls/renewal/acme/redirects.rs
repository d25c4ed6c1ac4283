//! Whom an authority would ask, and which redirects it follows.

use std::net::IpAddr;

use url::{Host, Url};

use crate::checks::tls::endpoint;
use crate::checks::tls::observation::Observation;
use crate::checks::tls::settings::Settings;
use crate::instrument::visit::Page;

/// How many redirects are followed.
pub(crate) const MOST_REDIRECTS: usize = 10;

/// The hosts that an authority would ask, each once, with the addresses that are known of it.
pub(crate) fn hosts<'a>(
    settings: &'a Settings,
    observation: &'a Observation,
) -> Vec<(&'a endpoint::Host, Vec<IpAddr>)> {
    let mut hosts: Vec<(&endpoint::Host, Vec<IpAddr>)> = Vec::new();
    for endpoint in observation.endpoints(settings) {
        let host = settings.server(endpoint);
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

/// Whether a URL is at this host.
pub(super) fn is(url: &Url, host: &endpoint::Host) -> bool {
    match (url.host(), host.address()) {
        (Some(Host::Ipv4(there)), Some(here)) => IpAddr::from(there) == here,
        (Some(Host::Ipv6(there)), Some(here)) => IpAddr::from(there) == here,
        (Some(Host::Domain(there)), None) => there.eq_ignore_ascii_case(&host.to_string()),
        _ => false,
    }
}

/// Where an answer redirects to: the statuses that HTTP clients follow (RFC 9110 section 15.4).
pub(crate) fn target(page: &Page, from: &Url) -> Option<Url> {
    let redirects = matches!(page.status, 301 | 302 | 303 | 307 | 308);
    let location = page.location.as_ref().filter(|_| redirects)?;
    from.join(location).ok()
}

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// Neither http nor https.
    Scheme,
    /// Another host.
    Host,
    /// No port of the web.
    Port,
}

/// What keeps an authority, or this check, from following.
pub(crate) fn obstacle(
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
