//! Names that must not exist, and random ones that cannot: a wildcard or a resolver that rewrites NXDOMAIN
//! answers for them, and then no answer proves that a name was created.

use std::sync::Arc;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::asking::{self, Asked};
use super::probe::{Exchange, Observation};
use super::reading::Reading;
use super::settings::Settings;
use super::tally::Tally;
use crate::instrument::dns::{Form, Kind};
use crate::model::{Finding, Notebook, Status};

/// A name that must be NXDOMAIN at one resolver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// The zone under which the name was made up, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<Arc<str>>,
    /// What was asked and what came.
    pub exchange: Exchange,
    /// Why the resolver could not be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Asks every resolver for every such name.
pub(super) async fn look(settings: &Settings, notes: &Notebook<Observation>, epoch: Instant) {
    let named = settings
        .absent
        .iter()
        .map(|name| (None, name.text().clone()));
    let made_up = settings.absent_under.iter().map(|zone| {
        let zone = zone.text();
        // 64 random bits: nobody has created it. The final dot keeps the search list away.
        let name = format!(
            "tminus-{:016x}.{}.",
            rand::random::<u64>(),
            zone.trim_end_matches('.')
        );
        (Some(zone.clone()), name.into())
    });
    let names: Vec<(Option<Arc<str>>, Arc<str>)> = named.chain(made_up).collect();
    let asked: Vec<Asked> = names
        .iter()
        .map(|(_, name)| (name.clone(), Kind::A))
        .collect();
    notes.note(|seen| {
        for resolver in &settings.resolvers {
            let resolver: Arc<str> = resolver.to_string().into();
            seen.absences
                .extend(names.iter().map(|(under, name)| Absence {
                    under: under.clone(),
                    exchange: Exchange {
                        name: name.clone(),
                        kind: Kind::A,
                        resolver: Arc::clone(&resolver),
                        round: 0,
                        attempts: Vec::new(),
                    },
                    error: None,
                }));
        }
    });
    let asked = &asked;
    join_all(
        settings
            .resolvers
            .iter()
            .enumerate()
            .map(|(place, resolver)| async move {
                let first = place * asked.len();
                let mut write = |question: usize, attempt| {
                    notes.note(|seen| {
                        seen.absences[first + question]
                            .exchange
                            .attempts
                            .push(attempt);
                    });
                };
                let end = asking::ask(
                    resolver,
                    asked,
                    Form::default(),
                    settings,
                    epoch,
                    &mut write,
                )
                .await;
                if let Err(error) = end {
                    notes.note(|seen| {
                        for absence in &mut seen.absences[first..first + asked.len()] {
                            absence.error = Some(error.to_string());
                        }
                    });
                }
            }),
    )
    .await;
}

/// Every one of them is NXDOMAIN at every resolver.
pub(super) fn judge(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    let named = settings.absent.iter().map(|name| (name, false));
    let zones = settings.absent_under.iter().map(|zone| (zone, true));
    let mut findings = Vec::new();
    let mut names = Tally::new("Names that must be absent are absent", "NXDOMAIN");
    let mut traps = Tally::new("Random names do not exist", "NXDOMAIN");
    for (name, made_up) in named.chain(zones) {
        for resolver in &settings.resolvers {
            let resolver = resolver.to_string();
            let absence = observation.absences.iter().find(|absence| {
                let of = absence.under.as_ref().filter(|_| made_up);
                let of = of.unwrap_or(&absence.exchange.name);
                absence.under.is_some() == made_up
                    && of == name.text()
                    && *absence.exchange.resolver == *resolver
            });
            let error = absence.and_then(|absence| absence.error.as_deref());
            let reading = Reading::of(absence.map(|absence| &absence.exchange), error);
            let tally = if made_up { &mut traps } else { &mut names };
            let (status, hint) = match &reading {
                Reading::NoName(_) => {
                    tally.right();
                    continue;
                }
                Reading::Answer(_) | Reading::NoData(_) if made_up => (
                    Status::Fail,
                    "a wildcard in the zone, or a resolver that rewrites NXDOMAIN: answers prove nothing there; \
                     remove the wildcard or use another resolver",
                ),
                Reading::Answer(_) => (
                    Status::Fail,
                    "remove the record, look for a wildcard, or for a resolver that rewrites NXDOMAIN",
                ),
                Reading::NoData(_) => (
                    Status::Fail,
                    "the name still exists: it has records of other types, or names below it",
                ),
                Reading::Loop => (Status::Fail, "remove the alias"),
                other => (
                    Status::Error,
                    other.hint().unwrap_or("see the resolver's log"),
                ),
            };
            let asked = absence.map_or(&**name.text(), |absence| &*absence.exchange.name);
            let claim = match made_up {
                true => format!("A random name under {name} does not exist at {resolver}"),
                false => format!("{name} does not exist at {resolver}"),
            };
            let observed = match made_up {
                true => format!("{asked} A: {}", reading.text()),
                false => format!("A: {}", reading.text()),
            };
            tally.wrong(Finding::new(status, claim).observed(observed).hint(hint));
        }
    }
    for (asked, tally) in [(&settings.absent, names), (&settings.absent_under, traps)] {
        if !asked.is_empty() {
            findings.extend(tally.findings("names and resolvers"));
        }
    }
    findings
}
