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
use crate::instrument::dns::{Resolver, resolver};
use crate::judging::Tally;
use crate::judging::text::list;
use crate::judging::usable::Against;
use crate::model::address::Special;
use crate::model::{Finding, Status};

/// What stands against an address that these resolvers return and the checklist does not expect.
pub(super) fn against<'a>(
    view: &View<'_>,
    address: IpAddr,
    resolvers: impl IntoIterator<Item = &'a str>,
) -> Option<Against> {
    let against = unexpected(view, address)?;
    let lab = against == Against::Special(Special::Loopback) && resolvers.into_iter().all(is_lab);
    (!lab).then_some(against)
}

fn unexpected(view: &View<'_>, address: IpAddr) -> Option<Against> {
    let own = view.observation.own.contains(&address);
    Against::of(address, own).filter(|_| !expected(view.settings, address))
}

/// Whether a resolver, as the checklist writes it, is a laboratory on this machine: its clients are here as well, and
/// reach loopback addresses. At port 53 it is rather this machine's way to the resolvers of everyone.
fn is_lab(resolver: &str) -> bool {
    match resolver.parse() {
        Ok(Resolver::Server(at)) => at.ip().is_loopback() && at.port() != resolver::PORT,
        Ok(Resolver::Upstream(server)) => {
            let host: Option<IpAddr> = server.host().parse().ok();
            host.is_some_and(|host| host.is_loopback())
        }
        _ => false,
    }
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
            match unexpected(view, ip) {
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
        // Where nothing connects from here, nothing is claimed that this could make untrue: a remark is enough.
        let (status, hint) = match (against, &view.settings.reachable) {
            (Against::Special(Special::Loopback), _)
                if resolvers.iter().all(|resolver| is_lab(resolver)) =>
            {
                (
                    Status::Pass,
                    "Nothing is wrong with it where the clients are on this machine, too.",
                )
            }
            (Against::Own, None) => (
                Status::Pass,
                "Nothing is wrong with it if this machine is the server.",
            ),
            _ => (against.status(), USABLE_ADDRESS.fix),
        };
        let finding = USABLE_ADDRESS.finding(status, address.to_string(), claim);
        let finding = finding.hint(hint);
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
