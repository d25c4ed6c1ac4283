//! Decides what the walk means for a launch: first whether there is anything to compare.

use std::collections::BTreeSet;

use super::{agree, reached, ttl};
use crate::checks::dns::observation::{Observation, Walk};
use crate::checks::dns::settings::{DomainName, Settings};
use crate::checks::dns::tally::Tally;
use crate::instrument::dns::Kind;
use crate::model::Finding;

/// The findings at the source.
pub(crate) fn judge(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    if !settings.authoritative {
        return Vec::new();
    }
    let none = Walk::default();
    let walk = observation.source.as_ref().unwrap_or(&none);
    let listed = observation.listed_names();
    let mut findings = placed(settings, listed, walk);
    for zone in &walk.zones {
        findings.extend(reached::judge(zone));
        findings.extend(agree::zone(zone, Kind::Soa));
        findings.extend(agree::zone(zone, Kind::Ns));
    }
    findings.extend(agree::records(settings, listed, walk));
    findings.extend(ttl::judge(settings, listed, walk));
    findings
}

/// Every name has a zone, and every zone servers with addresses.
fn placed(settings: &Settings, listed: &[DomainName], walk: &Walk) -> Vec<Finding> {
    let mut tally = Tally::new(
        "Every name's zone and its servers are found",
        "SOA, NS, and addresses",
    );
    for lost in &walk.lost {
        let claim = format!("The zone of {} is found", lost.name);
        tally.wrong(Finding::error(claim).observed(&*lost.reason).hint(
            "name the zone's servers in `authorities`, or see why the resolver does not lead there",
        ));
    }
    for zone in &walk.zones {
        if zone.servers.is_empty() {
            let claim = format!("The servers of {} are found", zone.name);
            let reason = zone.error.as_deref().unwrap_or("no server has an address");
            tally.wrong(
                Finding::error(claim)
                    .observed(reason)
                    .hint("name the zone's servers in `authorities`, or mend its NS records"),
            );
        } else {
            tally.right();
        }
        for name in &zone.without_address {
            let claim = format!("{name}, a server of {}, has an address", zone.name);
            tally.wrong(
                Finding::fail(claim)
                    .observed("neither A nor AAAA")
                    .hint("add the address, or take the server out of the NS records"),
            );
        }
    }
    // A name that the walk did not come to appears nowhere.
    let visited = visited(walk);
    let lost: BTreeSet<_> = walk.lost.iter().map(|lost| &*lost.name).collect();
    let missed = settings.names.iter().chain(listed).map(DomainName::text);
    for name in missed.filter(|name| !visited.contains(&***name) && !lost.contains(&***name)) {
        let nowhere = walk.zones.iter().any(|zone| zone.servers.is_empty());
        if !nowhere {
            let claim = format!("{name} is asked for at the source");
            tally.wrong(
                Finding::error(claim)
                    .observed("not observed")
                    .hint("give the check a longer `timeout`, or ask for less: one check asks for 10,000 names at the source"),
            );
        }
    }
    tally.findings("zones")
}

fn visited(walk: &Walk) -> BTreeSet<&str> {
    let servers = walk.zones.iter().flat_map(|zone| &zone.servers);
    servers
        .flat_map(|server| &server.exchanges)
        .map(|exchange| &*exchange.name)
        .collect()
}
