//! Whether TTLs keep their bounds where they are made: in the zone.

use std::time::Duration;

use super::agree::questions;
use crate::checks::dns::groups::Groups;
use crate::checks::dns::observation::Walk;
use crate::checks::dns::settings::{DomainName, Settings};
use crate::checks::dns::tally::Tally;
use crate::model::Finding;

/// TTLs as the zone states them keep the bounds.
pub(super) fn judge(settings: &Settings, listed: &[DomainName], walk: &Walk) -> Vec<Finding> {
    let bounds = [
        settings.ttl_min.map(|bound| (bound, false)),
        settings.ttl_max.map(|bound| (bound, true)),
    ];
    let mut findings = Vec::new();
    for (bound, longest) in bounds.into_iter().flatten() {
        let (word, expected) = match longest {
            true => ("above", format!("at most {bound}")),
            false => ("below", format!("at least {bound}")),
        };
        let mut tally = Tally::new(format!("No TTL in the zone is {word} {bound}"), expected);
        for (name, kind, exchanges) in questions(settings, listed, walk) {
            let mut outside = Groups::default();
            let mut any = false;
            for (label, exchange) in &exchanges {
                // The alias of another zone counts as well: its own TTL is stated here.
                let records = exchange.reply().filter(|reply| reply.aa);
                for record in records.into_iter().flat_map(|reply| &reply.records) {
                    any = true;
                    let ttl = Duration::from_secs(record.ttl.into());
                    if (longest && ttl > bound.0) || (!longest && ttl < bound.0) {
                        outside.add(format!("{} {} s", record.kind, record.ttl), label);
                    }
                }
            }
            match (any, outside.len()) {
                (true, 0) => tally.right(),
                (false, _) => tally.wrong(
                    Finding::error(format!(
                        "{name} {kind} has no TTL {word} {bound} in the zone"
                    ))
                    .observed("no record was seen")
                    .hint("see why the zone's servers do not answer"),
                ),
                (true, _) => tally.wrong(
                    Finding::fail(format!(
                        "{name} {kind} has no TTL {word} {bound} in the zone"
                    ))
                    .observed(outside.text())
                    .hint("change the TTL in the zone, at least one old TTL before it has to hold"),
                ),
            }
        }
        findings.extend(tally.findings("record sets"));
    }
    findings
}
