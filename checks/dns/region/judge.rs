//! Whether each region gets its addresses. An answer proves something about a region only if it was made for
//! it: a resolver that drops the client's network gives everyone what it gives us, and so does one that keeps
//! it but does not pass it on, which shows as a scope of no bits.

use std::collections::{BTreeSet, HashMap};

use crate::checks::dns::observation::{Observation, Regional};
use crate::checks::dns::reading::{Reading, canonical, join};
use crate::checks::dns::settings::{DomainName, Region, Settings};
use crate::checks::dns::tally::Tally;
use crate::instrument::dns::Kind;
use crate::model::{Exhibit, Finding, Status};

/// Rows of the table of answers.
const ROWS: usize = 200;

/// Every exchange by region, network, name, type and resolver.
type Met<'a> = HashMap<(&'a str, String, &'a str, Kind, &'a str), &'a Regional>;

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
    let wanted = |kind: Kind| -> BTreeSet<String> {
        let addresses = region.expect.iter().map(ToString::to_string);
        let addresses = addresses.map(|address| canonical(kind, &address));
        let of_kind = |address: &String| address.contains(':') == (kind == Kind::Aaaa);
        addresses.filter(of_kind).collect()
    };
    let all: Vec<_> = region.expect.iter().map(ToString::to_string).collect();
    let mut tally = Tally::new(
        format!("{called} ({subnet}) is sent to its addresses"),
        format!("{}, in answers made for {subnet}", join(&all)),
    );
    for (name, kind) in region.questions(settings, listed) {
        let wanted = wanted(kind);
        for resolver in resolvers {
            let key = (called, subnet.clone(), &**name.text(), kind, &**resolver);
            let verdict = Verdict::of(met.get(&key).copied(), &wanted, region);
            if verdict.status == Status::Pass {
                tally.right();
                continue;
            }
            let claim = format!("{name} {kind} is right for {called} at {resolver}");
            let finding = Finding::new(verdict.status, claim).observed(verdict.text);
            tally.wrong(finding.hint(verdict.hint));
        }
    }
    tally.findings("answers")
}

/// What one exchange says about its region.
struct Verdict {
    status: Status,
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
        let verdict = |status, text, hint| Self { status, text, hint };
        let unmade = |why: &str, hint| {
            let text = format!("could not be determined: {why}; it answers {seen}");
            verdict(Status::Error, text, hint)
        };
        match (&reading, scope) {
            (Reading::Answer(_) | Reading::NoData(_), None) => unmade(
                "resolver ignores client subnet",
                "ask a resolver that takes client subnets, or the zone's own server",
            ),
            // An authority says by it that the answer is for everyone; a cache perhaps that it asked for nobody.
            (Reading::Answer(_) | Reading::NoData(_), Some(0)) if !authority => unmade(
                "resolver ignores client subnet (its answer is for every network, scope 0)",
                "have the resolver pass client subnets on to the zone's servers (unbound: `send-client-subnet`), \
                 or ask one of those servers; a server of the zone that answers any network with scope 0 tells caches \
                 to give that answer to all",
            ),
            (Reading::Answer(answer), Some(scope)) => {
                let text = format!("{seen} for {}", network(region, scope));
                match (answer.data == *wanted, scope > source) {
                    (false, _) => verdict(
                        Status::Fail,
                        text,
                        "mend the zone's map of networks to addresses, or the expectation",
                    ),
                    (true, true) => verdict(
                        Status::Warn,
                        text,
                        "other clients of this region may get other addresses: make a region of each network",
                    ),
                    (true, false) => verdict(Status::Pass, text, ""),
                }
            }
            (reading, _) => verdict(
                reading.status(),
                seen,
                reading.hint().unwrap_or("see the resolver's log"),
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
    let all = observation.regions.len();
    let rows = observation.regions.iter().take(ROWS).map(|regional| {
        let exchange = &regional.exchange;
        let scope = exchange.reply().map(|reply| match reply.scope {
            None => "none".to_owned(),
            Some(scope) => format!("/{scope}"),
        });
        vec![
            regional.region.to_string(),
            regional.subnet.to_string(),
            exchange.name.to_string(),
            exchange.kind.to_string(),
            exchange.resolver.to_string(),
            Reading::of(Some(exchange), regional.error.as_deref()).text(),
            scope.unwrap_or_default(),
        ]
    });
    let columns = [
        "Region", "Subnet", "Name", "Type", "Resolver", "Answer", "Scope",
    ];
    (all > 0).then(|| Exhibit::Table {
        title: match all {
            0..=ROWS => "Answers by region".into(),
            _ => format!("Answers by region, the first {ROWS} of {all}"),
        },
        columns: columns.map(str::to_owned).to_vec(),
        rows: crate::model::Cell::old(rows),
        omitted: 0,
    })
}
