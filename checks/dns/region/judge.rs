//! Whether each region gets its addresses. An answer proves something about a region only if it was made for
//! it: a resolver that drops the client's network gives everyone what it gives us, and so does one that keeps
//! it but does not pass it on, which shows as a scope of no bits.

use std::collections::{BTreeSet, HashMap};

use crate::checks::dns::observation::{Observation, Regional};
use crate::checks::dns::reading::{Reading, canonical};
use crate::checks::dns::rules::REGION;
use crate::checks::dns::settings::{DomainName, Region, Settings};
use crate::instrument::dns::RecordType;
use crate::judging::Tally;
use crate::judging::text::list;
use crate::model::{Cell, Exhibit, Finding, Status};

/// Every exchange by region, network, name, type and resolver.
type Met<'a> = HashMap<(&'a str, String, &'a str, RecordType, &'a str), &'a Regional>;

/// The findings of all regions.
pub(crate) fn judge(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    let met: Met<'_> = observation
        .regions
        .iter()
        .map(|regional| {
            let exchange = &regional.exchange;
            let subnet = regional.subnet.to_string();
            let key = (
                &*regional.region,
                subnet,
                &*exchange.name,
                exchange.kind,
                &*exchange.resolver,
            );
            (key, regional)
        })
        .collect();
    let resolvers: Vec<_> = settings.servers().map(ToString::to_string).collect();
    let listed = observation.listed_names();
    let of_region = |region| judge_region(settings, listed, region, &resolvers, &met);
    settings.region.iter().flat_map(of_region).collect()
}

fn judge_region(
    settings: &Settings,
    listed: &[DomainName],
    region: &Region,
    resolvers: &[String],
    met: &Met<'_>,
) -> Vec<Finding> {
    let (called, subnet) = (&*region.name, region.subnet.to_string());
    let wanted = |kind: RecordType| -> BTreeSet<String> {
        let addresses = region.expect.iter().map(ToString::to_string);
        let addresses = addresses.map(|address| canonical(kind, &address));
        let of_kind = |address: &String| address.contains(':') == (kind == RecordType::Aaaa);
        addresses.filter(of_kind).collect()
    };
    let addresses = list(&region.expect);
    let mut tally = Tally::new(REGION, "answers")
        .breaks(format!("are not shown to be right for {called}"))
        .expected(format!("{addresses}, in answers made for {subnet}"));
    for (name, kind) in region.questions(settings, listed) {
        let wanted = wanted(kind);
        for resolver in resolvers {
            let key = (called, subnet.clone(), &**name.text(), kind, &**resolver);
            let verdict = Verdict::of(met.get(&key).copied(), &wanted, region);
            if verdict.status == Status::Pass {
                tally.right();
                continue;
            }
            let subject = format!("{name} {kind} for {called} at {resolver}");
            let claim = match verdict.status {
                Status::Fail => {
                    format!("{resolver} gives clients in {called} a wrong answer for {name} {kind}")
                }
                Status::Warn => {
                    format!("{resolver} answers {name} {kind} for a part of {called} only")
                }
                _ => format!(
                    "{resolver} does not show what clients in {called} get for {name} {kind}"
                ),
            };
            let finding = REGION.finding(verdict.status, subject, claim);
            let finding = finding.observed(verdict.text);
            tally.wrong(verdict.word, finding.hint(verdict.hint));
        }
    }
    tally.findings_or(
        called,
        format!("Clients in {called} ({subnet}) get its addresses"),
    )
}

/// What one exchange says about its region.
struct Verdict {
    status: Status,
    /// The word under which it is counted.
    word: &'static str,
    text: String,
    hint: &'static str,
}

impl Verdict {
    fn of(regional: Option<&Regional>, wanted: &BTreeSet<String>, region: &Region) -> Self {
        let error = regional.and_then(|regional| regional.error.as_deref());
        let reading = Reading::of(regional.map(|regional| &regional.exchange), error);
        let reply = regional.and_then(|regional| regional.exchange.reply());
        let scope = reply.and_then(|reply| reply.scope);
        let authority = reply.is_some_and(|reply| reply.aa);
        let seen = reading.text();
        let (_, source) = region.subnet.parts();
        let verdict = |status, word, text, hint| Self {
            status,
            word,
            text,
            hint,
        };
        let unmade = |why: &str, hint| {
            let text = format!("could not be determined: {why}; it answers {seen}");
            verdict(Status::Error, "not made for it", text, hint)
        };
        match (&reading, scope) {
            (Reading::Answer(_) | Reading::NoData(_), None) => unmade(
                "resolver ignores client subnet",
                "ask a resolver that takes client subnets, or the zone's own server",
            ),
            // From an authority it means that the answer is for everyone, from a cache perhaps that it passed no subnet on.
            (Reading::Answer(_) | Reading::NoData(_), Some(0)) if !authority => unmade(
                "resolver ignores client subnet (its answer is for every network, scope 0)",
                "have the resolver pass client subnets on to the zone's servers (unbound: `send-client-subnet`), \
                 or ask one of those servers; a server of the zone that answers any network with scope 0 has caches \
                 give that answer to all",
            ),
            (Reading::Answer(answer), Some(scope)) => {
                let text = format!("{seen} for {}", network(region, scope));
                match (answer.data == *wanted, scope > source) {
                    (false, _) => verdict(
                        Status::Fail,
                        "with other addresses",
                        text,
                        "correct the zone's map of networks to addresses, or `expect`",
                    ),
                    (true, true) => verdict(
                        Status::Warn,
                        "for a part of it",
                        text,
                        "other clients of this region may get other addresses: make a region of each network",
                    ),
                    (true, false) => verdict(Status::Pass, "right", text, ""),
                }
            }
            (reading, _) => verdict(
                reading.status(),
                reading.word(),
                seen,
                reading.hint().unwrap_or("check the resolver's log"),
            ),
        }
    }
}

/// The network that an answer is meant for.
fn network(region: &Region, scope: u8) -> String {
    let (address, source) = region.subnet.parts();
    match scope {
        0 => "every network (scope 0)".to_owned(),
        _ if scope > source => format!("a /{scope} in {address}/{source} alone (scope {scope})"),
        _ => format!("{address}/{source} (scope {scope})"),
    }
}

/// What each region is answered.
pub(crate) fn exhibit(observation: &Observation) -> Option<Exhibit> {
    let columns = [
        "Region", "Subnet", "Name", "Type", "Resolver", "Answer", "Scope",
    ];
    let rows = observation.regions.iter().map(|regional| {
        let exchange = &regional.exchange;
        let scope = exchange.reply().map(|reply| match reply.scope {
            None => "none".to_owned(),
            Some(scope) => format!("/{scope}"),
        });
        [
            Cell::text(&*regional.region),
            Cell::text(regional.subnet.to_string()),
            Cell::text(&*exchange.name),
            Cell::text(exchange.kind.as_str()),
            Cell::text(&*exchange.resolver),
            Cell::text(Reading::of(Some(exchange), regional.error.as_deref()).text()),
            Cell::maybe(scope),
        ]
    });
    Exhibit::table("Answers by region", columns, rows)
}
