//! Which hosts a CA would ask, and which redirects it follows.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use url::{Host, Url};

use super::seen::Page;
use crate::checks::tls::endpoint;
use crate::checks::tls::observation::Observation;
use crate::checks::tls::settings::{Acme, Settings};

/// How many redirects are followed.
pub(crate) const MOST_REDIRECTS: usize = 10;

/// The hosts that a CA would ask, each once, with the addresses that are known of it.
pub(crate) fn hosts(
    settings: &Settings,
    observation: &Observation,
) -> Vec<(endpoint::Host, BTreeSet<IpAddr>)> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut hosts: Vec<(endpoint::Host, BTreeSet<IpAddr>)> = Vec::new();
    for endpoint in observation.endpoints(settings) {
        let host = settings.server(endpoint);
        let place = *places.entry(host.to_string()).or_insert(hosts.len());
        if place == hosts.len() {
            hosts.push((host, BTreeSet::new()));
        }
        if let Some(seen) = observation.seen(endpoint) {
            let addresses = seen.found().into_iter();
            hosts[place].1.extend(addresses.map(|address| address.ip()));
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

/// What keeps a CA, or this check, from following.
pub(crate) fn obstacle(acme: &Acme, host: &endpoint::Host, target: &Url) -> Option<Obstacle> {
    if !matches!(target.scheme(), "http" | "https") {
        return Some(Obstacle::Scheme);
    }
    if !is(target, host) && !acme.hosts.iter().any(|known| is(target, known)) {
        return Some(Obstacle::Host);
    }
    let ports = [acme.port, acme.https_port];
    let port = target.port_or_known_default();
    (!port.is_some_and(|port| ports.contains(&port))).then_some(Obstacle::Port)
}
