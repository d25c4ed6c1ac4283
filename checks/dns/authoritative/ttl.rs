//! Whether TTLs keep their bounds where they are made: in the zone.

use super::agree::questions;
use crate::checks::dns::observation::Walk;
use crate::checks::dns::settings::{DomainName, Settings};
use crate::checks::dns::ttl::Bound;
use crate::judging::{Groups, Tally};
use crate::model::Finding;

/// TTLs as the zone states them keep the bounds.
pub(super) fn judge(settings: &Settings, listed: &[DomainName], walk: &Walk) -> Vec<Finding> {
    let bounds = Bound::all(settings);
    let findings = bounds.flat_map(|bound| keeps(settings, listed, walk, bound));
    findings.collect()
}

fn keeps(settings: &Settings, listed: &[DomainName], walk: &Walk, bound: Bound) -> Vec<Finding> {
    let rule = bound.rule();
    let mut tally = Tally::new(rule, "record sets")
        .breaks(format!("have a TTL {} in the zone", bound.broken()))
        .expected(bound.expected());
    for (name, kind, exchanges) in questions(settings, listed, walk) {
        let mut outside = Groups::default();
        let (mut any, mut worst) = (false, None);
        for (label, exchange) in &exchanges {
            // The alias of another zone counts as well: its own TTL is stated here.
            let reply = exchange.reply().filter(|reply| reply.aa);
            for record in reply.into_iter().flat_map(|reply| &reply.records) {
                any = true;
                if !bound.is_kept_by(record.ttl) {
                    worst = Some(bound.worse(record.ttl, worst.unwrap_or(record.ttl)));
                    outside.add(format!("{} {} s", record.kind, record.ttl), label);
                }
            }
        }
        let subject = format!("{name} {kind} in the zone");
        match (any, worst) {
            (true, None) => tally.right(),
            (_, Some(worst)) => {
                let claim = format!(
                    "The TTL of {name} {kind} in the zone is {worst} s, {} allowed",
                    bound.expected()
                );
                let finding = rule.fail(subject, claim);
                tally.wrong(
                    format!("with a TTL {}", bound.broken()),
                    finding.observed(outside.text()),
                );
            }
            (false, None) => {
                let claim = format!("The zone's TTL of {name} {kind} was not seen");
                let finding = rule.error(subject, claim);
                tally.wrong(
                    "without a record",
                    finding
                        .observed("no record was seen")
                        .hint("find out why the zone's servers do not answer"),
                );
            }
        }
    }
    let claim = format!("No TTL in the zone is {}", bound.broken());
    tally.findings_or("all names in the zone", claim)
}
