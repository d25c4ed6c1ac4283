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

/// Whether the checklist names the address as one that must come back.
fn expected(settings: &Settings, address: IpAddr) -> bool {
    let is = |value: &String| value.parse() == Ok(address);
    settings
        .expect
        .values()
        .flat_map(|expected| &expected.values)
        .any(is)
        || settings
            .region
            .iter()
            .any(|region| region.expect.contains(&address))
}

/// One finding for each address that is of no use.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let mut useless: BTreeMap<IpAddr, (Against, BTreeSet<String>, BTreeSet<String>)> =
        BTreeMap::new();
    let mut good = BTreeSet::new();
    for (row, resolver, cell) in view.cells() {
        let Reading::Answer(answer) = &cell.reading else {
            continue;
        };
        let addresses = answer.data.iter().filter(|_| row.kind.is_address());
        for ip in addresses.filter_map(|data| data.parse().ok()) {
            match against(view, ip) {
                // NAT64 is the network's own doing.
                Some(against) if against != Against::Special(Special::Translated) => {
                    let blank = || (against, BTreeSet::new(), BTreeSet::new());
                    let (_, names, resolvers) = useless.entry(ip).or_insert_with(blank);
                    names.insert(row.name.to_string());
                    resolvers.insert(resolver.to_owned());
                }
                _ => drop(good.insert(ip)),
            }
        }
    }
    let mut tally = Tally::new(USABLE_ADDRESS, "addresses")
        .breaks("are of no use to clients elsewhere, or may be");
    good.iter().for_each(|_: &IpAddr| tally.right());
    for (address, (against, names, resolvers)) in useless {
        let claim = format!("{address} {}", against.words());
        let finding = USABLE_ADDRESS.finding(against.status(), address.to_string(), claim);
        let finding = finding.observed(format!("{} at {}", list(&names), list(&resolvers)));
        tally.wrong(against.word(), finding);
    }
    match tally.broken() {
        0 => Vec::new(), // it goes without saying
        _ => tally.findings_or(
            "all addresses",
            "Clients elsewhere can use every address that came back",
        ),
    }
}
