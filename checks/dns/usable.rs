//! Whether addresses that came back are of use to clients elsewhere. This machine reaches 0.0.0.0, 127.0.0.1 and its own
//! addresses without any network, so it would find nothing wrong with them.
//!
//! What the checklist itself expects is not remarked on: whoever writes `expect = { ... = ["127.0.0.1"] }` knows.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::reading::Reading;
use super::rules::USABLE_ADDRESS;
use super::settings::Settings;
use super::view::View;
use crate::instrument::dns::Resolver;
use crate::judging::Tally;
use crate::judging::text::list;
use crate::judging::usable::Against;
use crate::model::Finding;
use crate::model::address::Special;

/// What stands against an address that the checklist does not expect.
pub(super) fn against(view: &View<'_>, address: IpAddr) -> Option<Against> {
    let own = view.observation.own.contains(&address);
    Against::of(address, own).filter(|_| !expected(view.settings, address))
}

/// Whether it is a fault at all that these resolvers return such an address. NAT64 is the network's own doing, and a
/// resolver on this machine may well serve a zone of examples to it.
fn counts(against: Against, resolvers: &BTreeSet<&Resolver>) -> bool {
    let here =
        |resolver: &&Resolver| matches!(resolver, Resolver::Server(at) if at.ip().is_loopback());
    match against {
        Against::Special(Special::Translated) => false,
        Against::Special(Special::Example) => !resolvers.iter().all(here),
        _ => true,
    }
}

/// Whether the checklist names the address as one that must come back.
fn expected(settings: &Settings, address: IpAddr) -> bool {
    let is = |value: &String| value.parse() == Ok(address);
    settings.expect.values().flatten().any(is)
        || settings
            .region
            .iter()
            .any(|region| region.expect.contains(&address))
}

/// One finding for each address that is of no use.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let mut seen: BTreeMap<IpAddr, (BTreeSet<String>, BTreeSet<&Resolver>)> = BTreeMap::new();
    for (row, resolver, cell) in view.cells() {
        if let (true, Reading::Answer(answer)) = (row.kind.is_address(), &cell.reading) {
            let written = view.settings.resolvers.iter();
            let written = written.filter(|written| written.to_string() == resolver);
            for ip in answer.data.iter().filter_map(|data| data.parse().ok()) {
                let (names, resolvers) = seen.entry(ip).or_default();
                names.insert(row.name.to_string());
                resolvers.extend(written.clone());
            }
        }
    }
    let mut tally = Tally::new(USABLE_ADDRESS, "addresses")
        .breaks("are of no use to clients elsewhere, or may be");
    for (address, (names, resolvers)) in seen {
        match against(view, address) {
            Some(against) if counts(against, &resolvers) => {
                let claim = format!("{address} {}", against.words());
                let finding = USABLE_ADDRESS.finding(against.status(), address.to_string(), claim);
                let finding = finding.observed(format!("{} at {}", list(&names), list(resolvers)));
                tally.wrong(against.word(), finding);
            }
            _ => tally.right(),
        }
    }
    match tally.broken() {
        0 => Vec::new(), // it goes without saying
        _ => tally.findings_or(
            "all addresses",
            "Clients elsewhere can use every address that came back",
        ),
    }
}
