//! What is wrong with settings that the types of the settings cannot express.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Settings;
use super::nested::{MOST_ROUNDS, MOST_TRIES};
use crate::instrument::dns::{MOST_IN_FLIGHT, MOST_QPS, RecordType, Resolver};
use crate::model::Complaint;
use crate::model::tls_settings::TlsSettings;

impl Settings {
    /// Rules that the types of the settings cannot express.
    pub fn review(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let asks_other_names = !self.absent.is_empty() || !self.absent_under.is_empty();
        if (self.names_file.is_none() && !asks_other_names) || !self.names.is_empty() {
            complaints.extend(Complaint::list("names", &self.names));
        }
        complaints.extend(Complaint::list("types", &self.types));
        complaints.extend(Complaint::list("resolvers", &self.resolvers));
        complaints.extend(self.review_without_names());
        complaints.extend(self.review_ranges());
        if let (Some(min), Some(max)) = (self.ttl_min, self.ttl_max)
            && min > max
        {
            complaints.push(Complaint::new("ttl-min", "is longer than `ttl-max`"));
        }
        complaints.extend(self.review_expect());
        complaints.extend(self.review_rules());
        complaints.extend(self.review_regions());
        complaints.extend(self.review_dnssec());
        complaints.extend(self.review_tls());
        complaints
    }

    /// What is judged by the answers to `names` has nothing to judge where only absent names are asked for.
    fn review_without_names(&self) -> Vec<Complaint> {
        let asks_other_names = !self.absent.is_empty() || !self.absent_under.is_empty();
        if !asks_other_names || !self.names.is_empty() || self.names_file.is_some() {
            return Vec::new();
        }
        let needs_names = [
            ("ttl-min", self.ttl_min.is_some()),
            ("ttl-max", self.ttl_max.is_some()),
            ("latency-max", self.latency_max.is_some()),
            ("reachable", self.reachable.is_some()),
            ("gone", !self.gone.is_empty()),
            ("dual-stack", self.dual_stack),
            ("cname-max", self.cname_max.is_some()),
            ("region", !self.region.is_empty()),
            ("dnssec", self.dnssec.is_some()),
            ("authoritative", self.authoritative.is_some()),
            ("warm", self.warm.is_some()),
        ];
        let set = needs_names.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(key, _)| {
            Complaint::new(
                key,
                "needs `names`: it says nothing about names that must be absent",
            )
            .help("add the names that must resolve to `names`, or leave the setting out")
        })
        .collect()
    }

    fn review_ranges(&self) -> impl Iterator<Item = Complaint> {
        let query = &self.query;
        let ports = self.reachable.as_ref().map_or(1, |at| at.ports.len());
        let rounds = self.warm.as_ref().map_or(2, |warm| warm.rounds) as usize;
        let port = usize::from(self.authority_port());
        let ranges = [
            (
                "query.tries",
                query.tries as usize,
                1,
                MOST_TRIES as usize,
                "packets",
            ),
            (
                "query.qps",
                query.qps as usize,
                1,
                MOST_QPS as usize,
                "packets per second",
            ),
            (
                "query.in-flight",
                query.in_flight,
                1,
                MOST_IN_FLIGHT,
                "questions",
            ),
            ("warm.rounds", rounds, 2, MOST_ROUNDS as usize, "rounds"),
            ("authoritative.port", port, 1, 65_535, "as a port"),
            ("reachable.ports", ports, 1, 65_535, "ports"),
        ];
        ranges
            .into_iter()
            .filter_map(|(key, value, least, most, unit)| {
                let range = format!("expected {least} to {most} {unit}");
                (!(least..=most).contains(&value)).then(|| Complaint::new(key, range))
            })
    }

    fn review_rules(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let asks = |kind| self.types.contains(&kind);
        if self.dual_stack && !(asks(RecordType::A) && asks(RecordType::Aaaa)) {
            let help = "write `types = [\"A\", \"AAAA\"]`";
            let problem = "needs both A and AAAA among the `types`";
            complaints.push(Complaint::new("dual-stack", problem).help(help));
        }
        if self.reachable.is_some() && !(asks(RecordType::A) || asks(RecordType::Aaaa)) {
            let problem = "needs A or AAAA among the `types`, or there is no address to connect to";
            complaints.push(Complaint::new("reachable", problem));
        }
        for gone in &self.gone {
            let kind = if gone.is_ipv4() {
                RecordType::A
            } else {
                RecordType::Aaaa
            };
            if !asks(kind) {
                let problem = format!("\"{gone}\" is only returned when {kind} is asked for");
                let help = "add the type to `types`";
                complaints.push(Complaint::new("gone", problem).help(help));
            }
            let wanted = self.expect.values().flat_map(|expected| &expected.values);
            if wanted.into_iter().any(|value| value.parse() == Ok(*gone)) {
                let problem = format!("\"{gone}\" is also expected by `expect`");
                complaints.push(Complaint::new("gone", problem));
            }
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
                    "give it the name that the report is to show",
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
                    "list the addresses that its clients must get",
                );
            }
            let unknown = region.names.iter().find(|name| !names.contains(name));
            if let (Some(name), None) = (unknown, &self.names_file) {
                complain(
                    format!("\"{name}\" of \"{called}\" is not among the names of this check"),
                    "add it to `names`, or correct its spelling",
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

    fn review_dnssec(&self) -> Option<Complaint> {
        let lacks = self.dnssec.is_some() && self.servers().next().is_none();
        lacks.then(|| {
            let help = "the system's own resolver cannot be asked for signatures";
            Complaint::new("dnssec", "needs a resolver that is given by address").help(help)
        })
    }

    fn review_tls(&self) -> Vec<Complaint> {
        let mut complaints = self.tls.review();
        let is_used = self.resolvers.iter().any(Resolver::is_encrypted);
        if self.tls != TlsSettings::default() && !is_used {
            let problem = "has no effect without an encrypted resolver";
            complaints.push(Complaint::new("tls", problem));
        }
        complaints
    }

    fn review_expect(&self) -> impl Iterator<Item = Complaint> {
        let names: BTreeSet<_> = self.names.iter().collect();
        let texts = self.types.iter().filter(|kind| !kind.is_address()).count();
        self.expect.iter().filter_map(move |(name, expectation)| {
            let values = &expectation.values;
            let complain =
                |problem: String, help: &str| Some(Complaint::new("expect", problem).help(help));
            let stray = |value: &&String| !self.types.iter().any(|kind| self.belongs(value, *kind));
            if !names.contains(name) && self.names_file.is_none() {
                let problem = format!("\"{name}\" is not among the names of this check");
                complain(problem, "add it to `names`, or correct its spelling")
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
                let problem =
                    format!("it is not clear which of the `types` at \"{name}\" is meant");
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
