//! Whether the zone above sends resolvers to the servers that the zone itself lists, at their addresses. A server that
//! only the zone above names is visited like the others, so a dead one fails there; a mere difference is a warning.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use crate::checks::dns::observation::{Above, Exchange, Referrer, Server, Zone};
use crate::checks::dns::rules::{ZONE_ALIAS, ZONE_DELEGATION, ZONE_GLUE};
use crate::instrument::dns::{Record, RecordType};
use crate::judging::text::clipped_list;
use crate::judging::{Groups, Tally};
use crate::model::{Finding, Status};

/// Everything about how resolvers are led to a zone.
pub(super) fn judge(zone: &Zone) -> Vec<Finding> {
    let mut findings = aliases(zone);
    if let Some(above) = &zone.above {
        findings.extend(delegation(zone, above));
        findings.extend(glue(zone, above));
    }
    findings
}

/// The zone above names the servers that the zone names.
fn delegation(zone: &Zone, above: &Above) -> Option<Finding> {
    let name = &*zone.name;
    let own = listed(zone);
    if own.is_empty() {
        return None; // no server of the zone says which they are, which is a finding of its own
    }
    let referring: Vec<_> = referring(above).collect();
    let expected = format!("{} as in the zone", clipped_list(&own));
    let finding = match referring.is_empty() {
        true if above.servers.iter().any(|server| server.itself) => ZONE_DELEGATION
            .pass(name, format!("No delegation of {name} can differ from the zone"))
            .observed("the servers of the zone above serve this zone as well, and so never refer"),
        true => ZONE_DELEGATION
            .warn(name, format!("The delegation of {name} was not seen"))
            .observed(unseen(above))
            .hint("a zone that only your own resolvers know has none; otherwise look at the servers of the zone above"),
        false => {
            let mut seen = Groups::default();
            for referrer in &referring {
                seen.add(clipped_list(referrer.ns.keys()), &referrer.server);
            }
            let differ = |referrer: &&&Referrer| !referrer.ns.keys().eq(own.iter());
            match referring.iter().any(|referrer| differ(&referrer)) {
                false => ZONE_DELEGATION
                    .pass(name, format!("The zone above delegates {name} to the servers that it lists")),
                true => ZONE_DELEGATION
                    .warn(name, format!("The zone above delegates {name} to other servers than it lists"))
                    .hint(ZONE_DELEGATION.fix),
            }
            .observed(seen.text())
        }
    };
    Some(finding.expected(expected))
}

/// Addresses that come with a referral are those of the servers, and those that are needed do come.
fn glue(zone: &Zone, above: &Above) -> Vec<Finding> {
    let mut tally = Tally::new(ZONE_GLUE, "servers")
        .breaks("have glue that differs from their addresses")
        .expected("the addresses of the server itself");
    let known: BTreeMap<&str, &[IpAddr]> = zone
        .hosts
        .iter()
        .map(|host| (&*host.name, &*host.addresses))
        .collect();
    let names: BTreeSet<&Arc<str>> = referring(above)
        .flat_map(|referrer| referrer.ns.keys())
        .collect();
    for name in names {
        let needed = **name == *zone.name || name.ends_with(&format!(".{}", zone.name));
        let own: BTreeSet<_> = known
            .get(&**name)
            .copied()
            .unwrap_or_default()
            .iter()
            .collect();
        let mut seen = Groups::default();
        let mut status = Status::Pass;
        for referrer in referring(above) {
            let Some(glue) = referrer.ns.get(name) else {
                continue;
            };
            let here = match (glue.is_empty(), needed) {
                (true, true) => Status::Fail,
                (true, false) => continue,
                (false, _) if own.is_empty() || own == glue.iter().collect() => Status::Pass,
                (false, _) => Status::Warn,
            };
            let text = match glue.is_empty() {
                true => "no address".to_owned(),
                false => addresses(glue),
            };
            seen.add(text, &referrer.server);
            status = Status::worst([status, here]);
        }
        let (claim, kind) = match status {
            _ if seen.is_empty() => continue, // outside the zone, where no glue belongs
            Status::Pass => {
                tally.right();
                continue;
            }
            Status::Fail => (
                format!("The zone above gives no address of {name}"),
                "without glue",
            ),
            _ => (
                format!("The glue of {name} differs from its addresses"),
                "with other glue",
            ),
        };
        let subject = format!("{name} of {}", zone.name);
        let finding = ZONE_GLUE
            .finding(status, subject, claim)
            .observed(seen.text());
        tally.wrong(
            kind,
            match own.is_empty() {
                true => finding,
                false => finding.expected(addresses(own)),
            },
        );
    }
    match tally.total() {
        0 => Vec::new(),
        _ => tally.findings_or(&zone.name, format!("The glue of {} is right", zone.name)),
    }
}

/// Neither the top of a zone nor the name of a server is an alias.
fn aliases(zone: &Zone) -> Vec<Finding> {
    let mut tally = Tally::new(ZONE_ALIAS, "names").expected("addresses, and no CNAME record");
    let labels: Vec<_> = zone.servers.iter().map(Server::label).collect();
    let mut at = Groups::default();
    for (server, label) in zone.servers.iter().zip(&labels) {
        let exchanges = server.exchanges.iter();
        let of_top = exchanges.filter(|exchange| is_top(zone, exchange));
        let records = of_top
            .filter_map(Exchange::reply)
            .flat_map(|reply| &reply.records);
        let alias = |record: &&Record| record.kind == "CNAME" && record.name.is_none();
        if let Some(alias) = records.into_iter().find(alias) {
            at.add(format!("CNAME {}", alias.data), label);
        }
    }
    let name = &*zone.name;
    match at.len() {
        0 if zone.servers.is_empty() => {}
        0 => tally.right(),
        _ => tally.wrong(
            "aliases",
            ZONE_ALIAS
                .fail(name, format!("{name}, the top of a zone, is an alias"))
                .observed(at.text()),
        ),
    }
    for host in &zone.hosts {
        match &host.alias {
            None => tally.right(),
            Some(target) => tally.wrong(
                "aliases",
                ZONE_ALIAS
                    .fail(
                        format!("{} of {name}", host.name),
                        format!("{}, a server of {name}, is an alias", host.name),
                    )
                    .observed(format!("CNAME {target}")),
            ),
        }
    }
    match tally.total() {
        0 => Vec::new(),
        _ => tally.findings_or(name, format!("Neither {name} nor its servers are aliases")),
    }
}

/// Whether a question is about the top of the zone itself.
fn is_top(zone: &Zone, exchange: &Exchange) -> bool {
    let asked = exchange.name.trim_end_matches('.');
    asked.eq_ignore_ascii_case(zone.name.trim_end_matches('.'))
        && exchange.kind != RecordType::Cname
}

/// The servers that the zone itself lists, as its authorities say.
fn listed(zone: &Zone) -> BTreeSet<Arc<str>> {
    let servers = zone.servers.iter();
    let replies = servers.filter_map(|server| server.exchange(&zone.name, RecordType::Ns)?.reply());
    let records = replies
        .filter(|reply| reply.aa)
        .flat_map(|reply| &reply.records);
    let records = records.filter(|record| record.kind == "NS");
    records
        .map(|record| record.data.to_lowercase().into())
        .collect()
}

fn addresses<'a>(of: impl IntoIterator<Item = &'a IpAddr>) -> String {
    clipped_list(of.into_iter().map(ToString::to_string))
}

fn referring(above: &Above) -> impl Iterator<Item = &Referrer> {
    above
        .servers
        .iter()
        .filter(|referrer| !referrer.ns.is_empty())
}

/// Why there is no referral.
fn unseen(above: &Above) -> String {
    let mut seen = Groups::default();
    for referrer in &above.servers {
        let reason = referrer.error.clone().unwrap_or_default();
        seen.add(reason, &referrer.server);
    }
    match &above.error {
        Some(error) => error.clone(),
        None => seen.text(),
    }
}
