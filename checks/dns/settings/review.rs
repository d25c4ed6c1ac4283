//! What is wrong with settings that the types of the settings cannot tell.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use super::{MOST_ROUNDS, Resolver, Settings, belongs};
use crate::instrument::dns::{Kind, MOST_IN_FLIGHT, MOST_QPS};
use crate::model::Complaint;

impl Settings {
    /// Rules that the types of the settings cannot tell.
    pub fn review(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if self.names_file.is_none() || !self.names.is_empty() {
            complaints.extend(list("names", &self.names));
        }
        complaints.extend(list("types", &self.types));
        complaints.extend(list("resolvers", &self.resolvers));
        if !(1..=10).contains(&self.tries) {
            complaints.push(Complaint::new("tries", "expected 1 to 10 packets"));
        }
        if !(1..=MOST_ROUNDS).contains(&self.rounds) {
            let range = format!("expected 1 to {MOST_ROUNDS} rounds");
            complaints.push(Complaint::new("rounds", range));
        }
        let warm = [
            ("warm-min", self.warm_min.is_some()),
            ("warm-p95-max", self.warm_p95_max.is_some()),
        ];
        for (key, _) in warm.into_iter().filter(|(_, set)| *set && self.rounds < 2) {
            let problem = "is judged by the rounds after the first, and there is only one";
            complaints.push(Complaint::new(key, problem).help("write `rounds = 2` or more"));
        }
        if !(1..=MOST_QPS).contains(&self.qps) {
            let range = format!("expected 1 to {MOST_QPS} packets a second");
            complaints.push(Complaint::new("qps", range));
        }
        if !(1..=MOST_IN_FLIGHT).contains(&self.in_flight) {
            let range = format!("expected 1 to {MOST_IN_FLIGHT} questions");
            complaints.push(Complaint::new("in-flight", range));
        }
        if let (Some(min), Some(max)) = (self.ttl_min, self.ttl_max)
            && min > max
        {
            complaints.push(Complaint::new("ttl-min", "is longer than `ttl-max`"));
        }
        complaints.extend(self.review_expect());
        complaints.extend(self.review_rules());
        complaints.extend(self.review_regions());
        complaints.extend(self.review_dnssec());
        complaints
    }

    fn review_rules(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let asks = |kind| self.types.contains(&kind);
        if self.dual_stack && !(asks(Kind::A) && asks(Kind::Aaaa)) {
            let help = "write `types = [\"A\", \"AAAA\"]`";
            let problem = "needs both A and AAAA among the `types`";
            complaints.push(Complaint::new("dual-stack", problem).help(help));
        }
        if !(self.connect.is_empty() || asks(Kind::A) || asks(Kind::Aaaa)) {
            let problem = "needs A or AAAA among the `types`, or there is no address to connect to";
            complaints.push(Complaint::new("connect", problem));
        }
        for gone in &self.gone {
            let kind = if gone.is_ipv4() { Kind::A } else { Kind::Aaaa };
            if !asks(kind) {
                let problem = format!("\"{gone}\" can only be met by asking for {kind}");
                let help = "add the type to `types`";
                complaints.push(Complaint::new("gone", problem).help(help));
            }
            let wanted = self.expect.values().flatten();
            if wanted.into_iter().any(|value| value.parse() == Ok(*gone)) {
                let problem = format!("\"{gone}\" is also expected by `expect`");
                complaints.push(Complaint::new("gone", problem));
            }
        }
        if !self.authoritative && !self.authorities.is_empty() {
            let problem = "is of no use without `authoritative = true`";
            complaints.push(Complaint::new("authorities", problem));
        }
        if self.ca_file.is_some() && !self.resolvers.iter().any(Resolver::is_encrypted) {
            let problem = "is of no use without an encrypted resolver";
            complaints.push(Complaint::new("ca-file", problem));
        }
        if self.authority_port == 0 {
            complaints.push(Complaint::new("authority-port", "expected 1 to 65535"));
        }
        let names: BTreeSet<_> = self.names.iter().collect();
        if let Some(name) = self.absent.iter().find(|name| names.contains(name)) {
            let problem = format!("\"{name}\" is also among the `names` that must resolve");
            complaints.push(Complaint::new("absent", problem));
        }
        complaints
    }

    fn review_regions(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let mut complain = |problem: String, help: &str| {
            complaints.push(Complaint::new("region", problem).help(help));
        };
        let names: BTreeSet<_> = self.names.iter().collect();
        let mut met = BTreeSet::new();
        for region in &self.region {
            let called = &region.name;
            if called.trim().is_empty() {
                complain(
                    format!("the region of {} has no name", region.subnet),
                    "give it the name that the report shall show",
                );
            }
            if !met.insert(called) {
                complain(
                    format!("two regions are called \"{called}\""),
                    "give each a name of its own",
                );
            }
            if region.expect.is_empty() {
                complain(
                    format!("nothing is expected for \"{called}\""),
                    "list the addresses that its clients must be sent to",
                );
            }
            let unknown = region.names.iter().find(|name| !names.contains(name));
            if let (Some(name), None) = (unknown, &self.names_file) {
                complain(
                    format!("\"{name}\" of \"{called}\" is not among the names of this check"),
                    "add it to `names`, or mend its spelling",
                );
            }
        }
        if !self.region.is_empty() && self.servers().next().is_none() {
            complain(
                "needs a resolver that is given by address".into(),
                "the system's own resolver cannot be shown a client's network",
            );
        }
        complaints
    }

    fn review_dnssec(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let mut complain = |key, problem: &str, help: &str| {
            complaints.push(Complaint::new(key, problem).help(help));
        };
        if self.dnssec.is_none() && self.trust_anchor.is_some() {
            let help = "write `dnssec = \"require\"`, or \"allow\"";
            complain("trust-anchor", "is of no use without `dnssec`", help);
        }
        if self.dnssec.is_some() && self.servers().next().is_none() {
            let help = "the system's own resolver cannot be asked for signatures";
            complain("dnssec", "needs a resolver that is given by address", help);
        }
        complaints
    }

    fn review_expect(&self) -> impl Iterator<Item = Complaint> {
        let names: BTreeSet<_> = self.names.iter().collect();
        let texts = self.types.iter().filter(|kind| !kind.is_address()).count();
        self.expect.iter().filter_map(move |(name, values)| {
            let complain =
                |problem: String, help: &str| Some(Complaint::new("expect", problem).help(help));
            let stray = |value: &&String| !self.types.iter().any(|kind| belongs(value, *kind));
            if !names.contains(name) && self.names_file.is_none() {
                let problem = format!("\"{name}\" is not among the names of this check");
                complain(problem, "add it to `names`, or mend its spelling")
            } else if values.is_empty() {
                let problem = format!("nothing is expected of \"{name}\"");
                complain(
                    problem,
                    "list its answers, or leave the name out to accept any answer",
                )
            } else if let Some(value) = values.iter().find(stray) {
                let problem = format!("\"{value}\" cannot be an answer to any of the `types`");
                complain(problem, "A takes IPv4 addresses, AAAA takes IPv6 addresses")
            } else if texts > 1 && values.iter().any(|value| value.parse::<IpAddr>().is_err()) {
                let problem = format!("it is open which of the `types` at \"{name}\" is meant");
                complain(
                    problem,
                    "ask for each type with expected answers in a check of its own",
                )
            } else {
                None
            }
        })
    }
}

/// What is wrong with a list that must have entries, each once.
fn list<T: Ord + fmt::Display>(key: &'static str, entries: &[T]) -> Option<Complaint> {
    let mut met = BTreeSet::new();
    if entries.is_empty() {
        return Some(Complaint::new(key, "expected at least one entry"));
    }
    let twice = entries.iter().find(|entry| !met.insert(*entry))?;
    Some(Complaint::new(
        key,
        format!("\"{twice}\" stands in the list twice"),
    ))
}
