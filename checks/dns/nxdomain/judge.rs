//! Whether names that must not exist are NXDOMAIN at every resolver.

use crate::checks::dns::observation::Observation;
use crate::checks::dns::reading::Reading;
use crate::checks::dns::settings::Settings;
use crate::checks::dns::tally::Tally;
use crate::model::{Finding, Status};

/// Every one of them is NXDOMAIN at every resolver.
pub(crate) fn judge(settings: &Settings, observation: &Observation) -> Vec<Finding> {
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
