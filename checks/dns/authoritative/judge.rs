//! Decides what the walk means for a launch: first whether there is anything to compare.

use std::collections::BTreeSet;

use super::{agree, delegation, reached, ttl};
use crate::checks::dns::observation::{Observation, Walk, Zone};
use crate::checks::dns::rules::ZONE_FOUND;
use crate::checks::dns::settings::{DomainName, Settings};
use crate::instrument::dns::RecordType;
use crate::judging::Tally;
use crate::model::Finding;

/// The findings at the source.
pub(crate) fn judge(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    if settings.authoritative.is_none() {
        return Vec::new();
    }
    let none = Walk::default();
    let walk = observation.source.as_ref().unwrap_or(&none);
    let listed = observation.listed_names();
    let mut findings = found(settings, listed, walk);
    for zone in &walk.zones {
        findings.extend(delegation::judge(zone));
        findings.extend(reached::judge(zone));
        findings.extend(agree::zone(zone, RecordType::Soa));
        findings.extend(agree::zone(zone, RecordType::Ns));
    }
    findings.extend(agree::records(settings, listed, walk));
    findings.extend(ttl::judge(settings, listed, walk));
    findings
}

/// Every name has a zone, and every zone servers with addresses.
fn found(settings: &Settings, listed: &[DomainName], walk: &Walk) -> Vec<Finding> {
    let mut tally = Tally::new(ZONE_FOUND, "zones")
        .breaks("or names in them were not found")
        .expected("SOA, NS, and addresses");
    for lost in &walk.lost {
        let claim = format!("The zone of {} was not found", lost.name);
        let finding = ZONE_FOUND.error(&*lost.name, claim).observed(&*lost.reason);
        let hint = match settings.authorities().is_empty() {
            true => {
                "list the zone's servers in `authoritative.servers`, or find out why the resolver does not lead there"
            }
            false => {
                "list servers in `authoritative.servers` that have the zone and give its SOA record: without it there is \
                 no zone to compare"
            }
        };
        tally.wrong("names without a zone", finding.hint(hint));
    }
    for zone in &walk.zones {
        match zone.servers.is_empty() {
            true => tally.wrong("zones without a server", without_server(zone)),
            false => tally.right(),
        }
        for name in &zone.without_address {
            let subject = format!("{name} of {}", zone.name);
            let claim = format!("{name}, a server of {}, has no address", zone.name);
            let finding = ZONE_FOUND.fail(subject, claim);
            tally.wrong(
                "servers without an address",
                finding
                    .observed("neither A nor AAAA")
                    .hint("add the address, or remove the server from the NS records"),
            );
        }
    }
    // A name that the walk did not come to appears nowhere.
    let visited = visited(walk);
    let lost: BTreeSet<_> = walk.lost.iter().map(|lost| &*lost.name).collect();
    let missed = settings.names.iter().chain(listed).map(DomainName::text);
    let missed = missed.filter(|name| !visited.contains(&***name) && !lost.contains(&***name));
    let nowhere = walk.zones.iter().any(|zone| zone.servers.is_empty());
    for name in missed.filter(|_| !nowhere) {
        let claim = format!("{name} was not asked for at its zone's servers");
        let finding = ZONE_FOUND.error(&**name, claim).observed("not observed");
        tally.wrong(
            "names not asked for",
            finding.hint("give the check a longer `timeout`, or ask for less: one check asks for 10,000 names at the source"),
        );
    }
    tally.findings_or("all zones", "Every name's zone and its servers are found")
}

fn without_server(zone: &Zone) -> Finding {
    let claim = format!("No server of {} was found", zone.name);
    let reason = zone.error.as_deref().unwrap_or("no server has an address");
    ZONE_FOUND
        .error(&*zone.name, claim)
        .observed(reason)
        .hint("list the zone's servers in `authoritative.servers`, or correct its NS records")
}

fn visited(walk: &Walk) -> BTreeSet<&str> {
    let servers = walk.zones.iter().flat_map(|zone| &zone.servers);
    let exchanges = servers.flat_map(|server| &server.exchanges);
    exchanges.map(|exchange| &*exchange.name).collect()
}
