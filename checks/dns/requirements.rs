//! Rules on what answers may say: addresses that must be gone, both address families, length of alias chains.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::reading::{Reading, join};
use super::tally::Tally;
use super::view::View;
use crate::instrument::dns::Kind;
use crate::model::{Finding, Status};

/// The findings of all rules that the settings turn on.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let mut findings = gone(view);
    findings.extend(dual_stack(view));
    findings.extend(chains(view));
    findings
}

/// No resolver returns an address that was taken away.
fn gone(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for gone in &view.settings.gone {
        let mut asked = 0;
        let mut stale = Vec::new();
        let mut open = Vec::new();
        for (row, resolver, cell) in view.cells() {
            let kind = match gone {
                IpAddr::V4(_) => Kind::A,
                IpAddr::V6(_) => Kind::Aaaa,
            };
            if row.kind != kind {
                continue;
            }
            let at = || format!("{} at {resolver}", row.name);
            match &cell.reading {
                Reading::Answer(answer) => {
                    asked += 1;
                    if answer.data.contains(&gone.to_string()) {
                        let ttl = answer.ttl.map(|(least, _)| format!(", {least} s left"));
                        stale.push(format!("{}{}", at(), ttl.unwrap_or_default()));
                    }
                }
                Reading::NoName(_) | Reading::NoData(_) => asked += 1,
                _ => open.push(at()),
            }
        }
        let claim = format!("{gone} is no longer returned");
        let expected = "no answer with this address";
        let finding = match (stale.is_empty(), open.is_empty() && asked > 0) {
            (false, _) => Finding::fail(claim).observed(join(&stale)).hint(
                "take it out of the zone, or wait until the old TTL has run out there; clients that resolve once \
                 keep it longer: have them resolve again",
            ),
            (true, false) => Finding::error(claim)
                .observed(format!("no answer to tell by: {}", join(&open)))
                .hint("see why there is no answer"),
            (true, true) => Finding::pass(claim).observed(format!("in none of {asked} answers")),
        };
        findings.push(finding.expected(expected));
    }
    findings
}

/// Every name has addresses of both families at every resolver.
fn dual_stack(view: &View<'_>) -> Vec<Finding> {
    if !view.settings.dual_stack {
        return Vec::new();
    }
    let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (row, resolver, cell) in view.cells() {
        if row.kind.is_address() {
            let cells = by_name.entry((row.name, resolver)).or_default();
            cells.push((row.kind, cell.reading));
        }
    }
    let mut tally = Tally::new(
        "Every name has IPv4 and IPv6 addresses",
        "an answer to A and an answer to AAAA",
    );
    for ((name, resolver), readings) in by_name {
        let lacking = readings
            .iter()
            .filter(|(_, reading)| !matches!(reading, Reading::Answer(_)));
        let lacking: Vec<_> = lacking.collect();
        if lacking.is_empty() {
            tally.right();
            continue;
        }
        let status = Status::worst(lacking.iter().map(|(_, reading)| reading.status()));
        let texts: Vec<_> = lacking
            .iter()
            .map(|(kind, reading)| format!("{kind}: {}", reading.text()))
            .collect();
        let claim = format!("{name} has IPv4 and IPv6 addresses at {resolver}");
        tally.wrong(Finding::new(status, claim).observed(join(&texts)).hint(
            "add the missing record: clients of the other family cannot connect, or wait for a fall-back",
        ));
    }
    tally.findings("names and resolvers")
}

/// No chain of aliases is longer than allowed, goes round, or leads nowhere.
fn chains(view: &View<'_>) -> Vec<Finding> {
    let Some(most) = view.settings.cname_max else {
        return Vec::new();
    };
    let mut tally = Tally::new(
        format!("No answer is more than {most} aliases away"),
        format!("at most {most} CNAME records, and an answer at their end"),
    );
    for (row, resolver, cell) in view.cells() {
        let text = match &cell.reading {
            Reading::Answer(answer) if answer.aliases <= most as usize => {
                tally.right();
                continue;
            }
            Reading::Answer(answer) => format!("{} aliases", answer.aliases),
            Reading::Loop => "a loop of aliases".to_owned(),
            Reading::NoName(Some(at)) => format!("dangling: the target {at} does not exist"),
            Reading::NoData(Some(at)) => format!("dangling: the target {at} has no {}", row.kind),
            _ => continue, // no alias was seen; the missing answer is a finding of its own
        };
        let claim = format!(
            "{} {} is at most {most} aliases away at {resolver}",
            row.name, row.kind
        );
        tally.wrong(Finding::fail(claim).observed(text).hint(
            "every alias is one more lookup and one more zone that can fail: point the name at its last target, \
             and take aliases without target away",
        ));
    }
    tally.findings("answers")
}
