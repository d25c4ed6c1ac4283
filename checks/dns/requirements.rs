//! What answers must and must not say: addresses that are gone, both address families, length of alias chains.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::reading::Reading;
use super::rules::{ALIAS_CHAIN, DUAL_STACK, GONE_ADDRESS};
use super::usable::against;
use super::view::View;
use crate::instrument::dns::RecordType;
use crate::judging::Tally;
use crate::judging::text::clipped_list;
use crate::judging::usable::Against;
use crate::model::{Finding, Status};

/// The findings of all that the settings ask for.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let gone = view.settings.gone.iter().map(|ip| gone(view, *ip));
    let mut findings: Vec<_> = gone.collect();
    findings.extend(dual_stack(view));
    findings.extend(chains(view));
    findings
}

/// No resolver returns an address that was taken away.
fn gone(view: &View<'_>, gone: IpAddr) -> Finding {
    let kind = match gone {
        IpAddr::V4(_) => RecordType::A,
        IpAddr::V6(_) => RecordType::Aaaa,
    };
    let (mut answers, mut stale, mut open) = (0, Vec::new(), Vec::new());
    for (row, resolver, cell) in view.cells().filter(|(row, ..)| row.kind == kind) {
        let at = || format!("{} at {resolver}", row.name);
        match &cell.reading {
            Reading::Answer(answer) => {
                answers += 1;
                if answer.data.contains(&gone.to_string()) {
                    let ttl = answer.ttl.map(|(least, _)| format!(", {least} s left"));
                    stale.push(format!("{}{}", at(), ttl.unwrap_or_default()));
                }
            }
            Reading::NoName(_) | Reading::NoData(_) => answers += 1,
            _ => open.push(at()),
        }
    }
    let finding = match (stale.len(), open.is_empty() && answers > 0) {
        (0, true) => GONE_ADDRESS
            .pass(gone.to_string(), format!("{gone} is no longer returned"))
            .observed(format!("in none of {answers} answers")),
        (0, false) => GONE_ADDRESS
            .error(
                gone.to_string(),
                format!("Not every resolver said whether it still returns {gone}"),
            )
            .observed(format!("no answer for {}", clipped_list(&open)))
            .hint("find out why there is no answer"),
        (_, _) => GONE_ADDRESS
            .fail(gone.to_string(), format!("{gone} is still returned"))
            .observed(clipped_list(&stale))
            .hint(GONE_ADDRESS.fix),
    };
    finding.expected("no answer with this address")
}

/// Every name has addresses of both families at every resolver.
fn dual_stack(view: &View<'_>) -> Vec<Finding> {
    if !view.settings.dual_stack {
        return Vec::new();
    }
    let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (row, resolver, cell) in view.cells().filter(|(row, ..)| row.kind.is_address()) {
        let cells = by_name.entry((row.name, resolver)).or_default();
        cells.push((row.kind, cell.reading));
    }
    let mut tally = Tally::new(DUAL_STACK, "names and resolvers")
        .breaks("lack IPv4 or IPv6 addresses")
        .expected("an answer to A and an answer to AAAA");
    for ((name, resolver), readings) in by_name {
        let lacking = readings.iter();
        let lacking = lacking.filter_map(|(kind, reading)| {
            let (status, text) = lack(view, resolver, reading)?;
            Some((kind, status, text, matches!(reading, Reading::Answer(_))))
        });
        let lacking: Vec<_> = lacking.collect();
        if lacking.is_empty() {
            tally.right();
            continue;
        }
        let status = Status::worst(lacking.iter().map(|(_, status, ..)| *status));
        let kinds: Vec<_> = lacking.iter().map(|(kind, ..)| kind.as_str()).collect();
        let kinds = kinds.join(" and ");
        let texts = lacking
            .iter()
            .map(|(kind, _, text, _)| format!("{kind}: {text}"));
        let claim = match status {
            Status::Fail if lacking.iter().all(|(.., answered)| *answered) => {
                format!(
                    "{name} has no {kinds} record that clients elsewhere can use, at {resolver}"
                )
            }
            Status::Fail => format!("{name} has no {kinds} record at {resolver}"),
            Status::Warn => {
                format!("{name} has {kinds} records that are of use here only, at {resolver}")
            }
            _ => format!("{name} could not be checked for {kinds} at {resolver}"),
        };
        let finding = DUAL_STACK
            .finding(status, format!("{name} at {resolver}"), claim)
            .observed(clipped_list(texts));
        tally.wrong(format!("without {kinds}"), finding);
    }
    tally.findings_or("all names", "Every name has IPv4 and IPv6 addresses")
}

/// What is wrong with what came back for one family: no answer, or no address in it that clients elsewhere could use
/// as one of this family.
fn lack(view: &View<'_>, resolver: &str, reading: &Reading<'_>) -> Option<(Status, String)> {
    let Reading::Answer(answer) = reading else {
        return Some((reading.status(), reading.text()));
    };
    let addresses = answer.data.iter().filter_map(|data| data.parse().ok());
    let useless = addresses.map(|address: IpAddr| {
        let against = against(view, address, [resolver])?;
        let local = matches!(against, Against::Special(_)) && against.is_local();
        let local = local.then_some(Status::Warn);
        let status = if against.lacks_family() {
            Some(Status::Fail)
        } else {
            local
        }?;
        Some((status, format!("{address} {}", against.words())))
    });
    // One good address is enough.
    let useless: Vec<_> = useless.collect::<Option<_>>()?;
    let status = match useless.iter().any(|(status, _)| *status == Status::Warn) {
        true => Status::Warn,
        false => Status::Fail,
    };
    Some((status, clipped_list(useless.iter().map(|(_, words)| words))))
}

/// No chain of aliases is longer than allowed, goes round, or leads nowhere.
fn chains(view: &View<'_>) -> Vec<Finding> {
    let Some(most) = view.settings.cname_max else {
        return Vec::new();
    };
    let mut tally = Tally::new(ALIAS_CHAIN, "answers")
        .breaks("have an alias chain that is too long or broken")
        .expected(format!(
            "at most {most} CNAME records, and an answer at their end"
        ));
    for (row, resolver, cell) in view.cells() {
        let asked = format!("{} {}", row.name, row.kind);
        let (word, claim, observed) = match &cell.reading {
            Reading::Answer(answer) if answer.aliases <= most as usize => {
                tally.right();
                continue;
            }
            Reading::Answer(answer) => (
                "too long",
                format!(
                    "{asked} is {} aliases away at {resolver}, at most {most} allowed",
                    answer.aliases
                ),
                format!("{} aliases", answer.aliases),
            ),
            Reading::Loop => (
                "looped",
                format!("The aliases of {asked} form a loop at {resolver}"),
                "a loop of aliases".to_owned(),
            ),
            Reading::NoName(Some(at)) => (
                "dangling",
                format!("The alias of {asked} leads nowhere at {resolver}"),
                format!("dangling: the target {at} does not exist"),
            ),
            Reading::NoData(Some(at)) => (
                "dangling",
                format!("The alias of {asked} leads nowhere at {resolver}"),
                format!("dangling: the target {at} has no {}", row.kind),
            ),
            _ => continue, // no alias was seen; the missing answer is a finding of its own
        };
        let finding = ALIAS_CHAIN
            .fail(format!("{asked} at {resolver}"), claim)
            .observed(observed);
        tally.wrong(word, finding);
    }
    tally.findings_or(
        "all names",
        format!("No answer is more than {most} aliases away"),
    )
}
