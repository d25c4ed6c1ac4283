//! Whether names that must not exist are NXDOMAIN at every resolver.

use crate::checks::dns::observation::{Absence, Observation};
use crate::checks::dns::reading::{Reading, canonical_name};
use crate::checks::dns::rules::{ABSENT_NAME, WILDCARD};
use crate::checks::dns::settings::{DomainName, Settings};
use crate::instrument::dns::Outcome;
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
            Reading::NoName(None) => return None,
            // A name below a DNAME exists no more than its counterpart (RFC 6672 section 3.1); an alias of its own does.
            Reading::NoName(Some(_)) if absence.is_some_and(below_dname) => return None,
            Reading::NoName(_) if !self.made_up => (
                Status::Fail,
                "remove the alias: it exists, and whoever registers its target answers for this name",
            ),
            Reading::Answer(_)
            | Reading::NoData(_)
            | Reading::NoName(_)
            | Reading::Unfollowed(_)
                if self.made_up =>
            {
                (
                    Status::Fail,
                    "a wildcard in the zone, or a resolver that rewrites NXDOMAIN: answers prove nothing there; remove the \
                 wildcard or use another resolver",
                )
            }
            Reading::Answer(_) => (
                Status::Fail,
                "remove the record, or look for a wildcard or a resolver that rewrites NXDOMAIN",
            ),
            Reading::NoData(_) => (
                Status::Fail,
                "the name still exists: it has records of other types, or names below it",
            ),
            Reading::Unfollowed(_) if absence.is_some_and(below_dname) => (
                Status::Error,
                "ask a recursive resolver: whether the name exists depends on another zone (DNAME)",
            ),
            Reading::Loop | Reading::Unfollowed(_) => (Status::Fail, "remove the alias"),
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

/// Whether a DNAME record above the name made the alias that came back.
fn below_dname(absence: &Absence) -> bool {
    absence.exchange.attempts.iter().any(|attempt| {
        let Outcome::Answer(reply) = &attempt.outcome else {
            return false;
        };
        let asked = reply.asked.as_deref().unwrap_or(&absence.exchange.name);
        let asked = canonical_name(asked);
        let mut owners = reply.records.iter().filter(|record| record.kind == "DNAME");
        owners.any(|record| {
            let owner = record.name.as_deref().map(canonical_name);
            owner.is_some_and(|owner| owner.is_empty() || asked.ends_with(&format!(".{owner}")))
        })
    })
}
