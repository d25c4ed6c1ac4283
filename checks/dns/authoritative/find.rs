//! Zone cuts and name servers. The guides are the configured authorities, where there are any, and otherwise the
//! resolvers of the check.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::checks::dns::observation::{Above, Host, Lost, Server, Zone};
use crate::checks::dns::queries::{self, Asking, Query};
use crate::checks::dns::settings::DomainName;
use crate::instrument::dns::{
    Attempt, Outcome, QueryOptions, Question, RecordType, Reply, Resolver,
};

/// Guides that are tried one after the other.
const GUIDES: usize = 3;
/// Names whose zone is looked for; aliases at every step up.
const STEPS: usize = 8;
/// Zones that are visited.
const ZONES: usize = 100;
/// Addresses of one zone's servers; the root has 26.
pub(super) const SERVERS: usize = 26;

/// The names of each zone, as the checklist writes them.
pub(super) type Zones = BTreeMap<Arc<str>, Vec<Arc<str>>>;

/// What is looked for, by the name at which it is looked for next.
pub(super) type Open = BTreeMap<String, Vec<Arc<str>>>;

/// Whom to ask for the way.
pub(super) struct Guide<'a> {
    pub(super) asking: Asking<'a>,
    guides: Vec<Resolver>,
}

impl<'a> Guide<'a> {
    pub(super) fn new(asking: Asking<'a>) -> Self {
        let settings = asking.settings;
        let servers = settings.authorities();
        let guides = match servers.is_empty() {
            true => settings.resolvers.clone(),
            false => servers.iter().map(|at| Resolver::Server(at.0)).collect(),
        };
        Self { asking, guides }
    }

    /// The answers to questions, or why there is none, each by the first guide that has one.
    async fn answers(&self, asked: &[Query]) -> Vec<Result<Reply, String>> {
        let mut answers = vec![Err("no answer".to_owned()); asked.len()];
        for guide in self.guides.iter().take(GUIDES) {
            let open: Vec<usize> = (0..asked.len())
                .filter(|place| answers[*place].is_err())
                .collect();
            if open.is_empty() {
                break;
            }
            let questions: Vec<Query> = open.iter().map(|place| asked[*place].clone()).collect();
            let mut write = |question: usize, attempt: Attempt| {
                answers[open[question]] = match attempt.outcome {
                    Outcome::Answer(reply) if reply.referral => {
                        Err("a referral to other servers".to_owned())
                    }
                    Outcome::Answer(reply) => match &*reply.rcode {
                        "NOERROR" | "NXDOMAIN" => Ok(reply),
                        code => Err(code.to_owned()),
                    },
                    nothing => Err(nothing.to_string()),
                };
            };
            let form = QueryOptions::default();
            let end = queries::ask(&self.asking, guide, &questions, form, &mut write);
            if let Err(error) = end.await {
                for place in open {
                    if answers[place].is_err() {
                        answers[place] = Err(error.to_string());
                    }
                }
            }
        }
        answers
    }

    /// The zone of every name: the SOA record at the name, or the one that came with its absence. Where an
    /// alias is in the way, the name above it is asked for, since there is no alias at the top of a zone.
    pub(super) async fn zones(&self, names: &[DomainName]) -> (Zones, Vec<Lost>) {
        let mut lost = Vec::new();
        let mut open = Open::new();
        for name in names {
            match Question::new(name.text(), RecordType::Soa) {
                Ok(question) => open
                    .entry(question.canonical())
                    .or_default()
                    .push(name.text().clone()),
                Err(error) => lost.push(Lost {
                    name: name.text().clone(),
                    reason: error.to_string(),
                }),
            }
        }
        let (mut zones, more) = self.tops(open).await;
        lost.extend(more);
        while zones.len() > ZONES
            && let Some((zone, names)) = zones.pop_last()
        {
            let reason = format!("{zone} is beyond the {ZONES} zones that one check visits");
            let beyond = |name| Lost {
                name,
                reason: reason.clone(),
            };
            lost.extend(names.into_iter().map(beyond));
        }
        (zones, lost)
    }

    /// The zone of every name by its canonical form, where one is found going up.
    pub(super) async fn tops(&self, mut open: Open) -> (Zones, Vec<Lost>) {
        let (mut zones, mut lost) = (Zones::new(), Vec::new());
        for _ in 0..STEPS {
            let asked: Vec<Query> = open
                .keys()
                .map(|name| (name.as_str().into(), RecordType::Soa))
                .collect();
            let answers = self.answers(&asked).await;
            let mut above = Open::new();
            for ((at, names), answer) in std::mem::take(&mut open).into_iter().zip(answers) {
                match answer.map(|reply| zone_of(&at, &reply)) {
                    Ok(Some(zone)) => zones.entry(zone.into()).or_default().extend(names),
                    Ok(None) if at != "." => {
                        above.entry(above_of(&at)).or_default().extend(names);
                    }
                    Ok(None) => lost.extend(names.into_iter().map(|name| Lost {
                        name,
                        reason: "no SOA record up to the root".into(),
                    })),
                    Err(reason) => lost.extend(names.into_iter().map(|name| Lost {
                        name,
                        reason: format!("SOA of {at}: {reason}"),
                    })),
                }
            }
            open = above;
            if open.is_empty() {
                break;
            }
        }
        let too_deep = open.into_values().flatten();
        lost.extend(too_deep.map(|name| Lost {
            name,
            reason: format!("no SOA record within {STEPS} labels"),
        }));
        (zones, lost)
    }

    /// The servers of a zone: the configured ones, or every address of every name in its NS records and in those of the
    /// zone above.
    pub(super) async fn servers(&self, zone: &Arc<str>, above: Option<Above>) -> Zone {
        let mut found = Zone {
            name: Arc::clone(zone),
            above,
            ..Zone::default()
        };
        let named = self.asking.settings.authorities();
        if !named.is_empty() {
            found.servers = named.iter().map(|at| Server::at(None, at.0)).collect();
            return found;
        }
        match self.hosts(zone).await {
            Ok(hosts) => found.hosts = hosts,
            Err(reason) => found.error = Some(reason),
        }
        let referrers = found.above.iter().flat_map(|above| &above.servers);
        let delegated: BTreeSet<Arc<str>> = referrers
            .flat_map(|referrer| referrer.ns.keys().cloned())
            .collect();
        let known: BTreeSet<_> = found.hosts.iter().map(|host| &host.name).collect();
        let more = delegated.iter().filter(|name| !known.contains(name));
        let more = self.addresses(more.cloned().collect()).await;
        let port = self.asking.settings.authority_port();
        let glue = |name: &Arc<str>| {
            let referrers = found.above.iter().flat_map(|above| &above.servers);
            let glue = referrers.filter_map(|referrer| referrer.ns.get(name));
            glue.flatten().copied().collect::<Vec<_>>()
        };
        for host in found.hosts.iter().chain(&more) {
            if host.addresses.is_empty() {
                found.without_address.push(host.name.to_string());
            }
            let addresses: BTreeSet<IpAddr> = host
                .addresses
                .iter()
                .copied()
                .chain(glue(&host.name))
                .collect();
            let servers = addresses.into_iter().map(|ip| SocketAddr::new(ip, port));
            let name = Some(Arc::clone(&host.name));
            found
                .servers
                .extend(servers.map(|address| Server::at(name.clone(), address)));
        }
        found.hosts.extend(more);
        found.servers.truncate(SERVERS);
        found
    }

    /// The servers that the NS records of a zone name, with their addresses.
    pub(super) async fn hosts(&self, zone: &Arc<str>) -> Result<Vec<Host>, String> {
        let mut answer = self.answers(&[(Arc::clone(zone), RecordType::Ns)]).await;
        let reply = match answer.pop() {
            Some(Ok(reply)) => reply,
            other => {
                let reason = other.and_then(Result::err).unwrap_or_default();
                return Err(format!("NS of {zone}: {reason}"));
            }
        };
        let names = reply.records.iter().filter(|record| record.kind == "NS");
        let names: BTreeSet<Arc<str>> = names
            .map(|record| record.data.to_lowercase().into())
            .collect();
        match names.is_empty() {
            true => Err(format!("{zone} has no NS record")),
            false => Ok(self.addresses(names).await),
        }
    }

    /// The addresses of servers.
    async fn addresses(&self, names: BTreeSet<Arc<str>>) -> Vec<Host> {
        let kinds = [RecordType::A, RecordType::Aaaa];
        let asked: Vec<Query> = names
            .iter()
            .flat_map(|name| kinds.map(|kind| (Arc::clone(name), kind)))
            .collect();
        let answers = self.answers(&asked).await;
        let hosts = names.into_iter().zip(answers.chunks(kinds.len()));
        let hosts = hosts.map(|(name, answers)| {
            let records = answers.iter().flatten().flat_map(|reply| &reply.records);
            let mut aliases = records.clone().filter(|record| record.kind == "CNAME");
            let alias = aliases.find(|record| record.name.is_none());
            let addresses = records.filter(|record| matches!(&*record.kind, "A" | "AAAA"));
            let addresses: BTreeSet<IpAddr> = addresses
                .filter_map(|record| record.data.parse().ok())
                .collect();
            Host {
                name,
                alias: alias.map(|record| record.data.to_lowercase()),
                addresses: addresses.into_iter().collect(),
            }
        });
        hosts.collect()
    }
}

/// The name above one.
pub(super) fn above_of(name: &str) -> String {
    let parent = name.split_once('.').map_or("", |(_, parent)| parent);
    if parent.is_empty() { "." } else { parent }.to_owned()
}

/// The zone that an answer to a question for the SOA record of `at` names.
fn zone_of(at: &str, reply: &Reply) -> Option<String> {
    let here = |kind: &str| {
        reply
            .records
            .iter()
            .any(|record| record.kind == kind && record.name.is_none())
    };
    if here("SOA") {
        return Some(at.to_owned());
    }
    if !reply.records.is_empty() {
        return None; // an alias: what follows is about its target
    }
    let zone = reply.zone.as_deref()?;
    let below = zone == "." || at == zone || at.ends_with(&format!(".{zone}"));
    below.then(|| zone.to_owned())
}
