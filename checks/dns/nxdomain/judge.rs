//! Whether names that must not exist are NXDOMAIN at every resolver.

use crate::checks::dns::observation::{Absence, Observation};
use crate::checks::dns::reading::Reading;
use crate::checks::dns::rules::{ABSENT_NAME, WILDCARD};
use crate::checks::dns::settings::{DomainName, Settings};
use crate::judging::Tally;
use crate::model::{Finding, Rule, Status};

/// Both kinds of names that must not exist, where the settings name any.
pub(crate) fn judge(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    let named = Names {
        rule: ABSENT_NAME,
        names: &settings.absent,
        made_up: false,
    };
    let made_up = Names {
        rule: WILDCARD,
        names: &settings.absent_under,
        made_up: true,
    };
    let all = [named, made_up].into_iter();
    let all = all.filter(|names| !names.names.is_empty());
    all.flat_map(|names| names.judge(settings, observation))
        .collect()
}

/// Names of one kind.
struct Names<'a> {
    rule: Rule,
    names: &'a [DomainName],
    /// Whether these are zones, under which the names are random.
    made_up: bool,
}

impl Names<'_> {
    fn judge(&self, settings: &Settings, observation: &Observation) -> Vec<Finding> {
        let mut tally = Tally::new(self.rule, "names and resolvers")
            .breaks("exist, or could not be checked")
            .expected("NXDOMAIN");
        for name in self.names {
            for resolver in &settings.resolvers {
                let resolver = resolver.to_string();
                let mut absences = observation.absences.iter();
                let absence = absences.find(|absence| self.is_of(absence, name, &resolver));
                match self.finding(name, &resolver, absence) {
                    None => tally.right(),
                    Some((word, finding)) => tally.wrong(word, finding),
                }
            }
        }
        let claim = match self.made_up {
            true => "Random names do not exist",
            false => "Names that must be absent are absent",
        };
        tally.findings_or("all names", claim)
    }

    fn is_of(&self, absence: &Absence, name: &DomainName, resolver: &str) -> bool {
        let of = absence.under.as_ref().filter(|_| self.made_up);
        let of = of.unwrap_or(&absence.exchange.name);
        absence.under.is_some() == self.made_up
            && of == name.text()
            && *absence.exchange.resolver == *resolver
    }

    /// What is wrong, and the word under which it is counted; nothing where the name does not exist.
    fn finding(
        &self,
        name: &DomainName,
        resolver: &str,
        absence: Option<&Absence>,
    ) -> Option<(&'static str, Finding)> {
        let error = absence.and_then(|absence| absence.error.as_deref());
        let reading = Reading::of(absence.map(|absence| &absence.exchange), error);
        let (status, hint) = match &reading {
            Reading::NoName(_) => return None,
            Reading::Answer(_) | Reading::NoData(_) if self.made_up => (
                Status::Fail,
                "a wildcard in the zone, or a resolver that rewrites NXDOMAIN: answers prove nothing there; remove the \
                 wildcard or use another resolver",
            ),
            Reading::Answer(_) => (
                Status::Fail,
                "remove the record, or look for a wildcard or a resolver that rewrites NXDOMAIN",
            ),
            Reading::NoData(_) => (
                Status::Fail,
                "the name still exists: it has records of other types, or names below it",
            ),
            Reading::Loop => (Status::Fail, "remove the alias"),
            Reading::Lame(_) => (
                Status::Error,
                "ask another server: this one neither has the zone (AA) nor resolves for this machine (RA)",
            ),
            Reading::Broken(_) => (
                Status::Error,
                "compare the answers of the zone's own servers: what excludes each other was put together",
            ),
            other => (
                Status::Error,
                other.hint().unwrap_or("check the resolver's log"),
            ),
        };
        let (subject, what) = match self.made_up {
            true => (
                format!("*.{name} at {resolver}"),
                format!("A random name under {name}"),
            ),
            false => (format!("{name} at {resolver}"), name.to_string()),
        };
        let claim = match status {
            Status::Fail => format!("{what} exists at {resolver}"),
            _ => format!("{what} could not be checked at {resolver}"),
        };
        let observed = match (self.made_up, absence) {
            (true, Some(absence)) => format!("{} A: {}", absence.exchange.name, reading.text()),
            _ => format!("A: {}", reading.text()),
        };
        let finding = self.rule.finding(status, subject, claim);
        Some((reading.word(), finding.observed(observed).hint(hint)))
    }
}
