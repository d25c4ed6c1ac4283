//! Zone cuts and name servers. The guides are the configured authorities, where there are any, and otherwise the
//! resolvers of the check.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::checks::dns::observation::{Lost, Server, Zone};
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
const SERVERS: usize = 26;

/// The names of each zone, as the checklist writes them.
pub(super) type Zones = BTreeMap<Arc<str>, Vec<Arc<str>>>;

/// Whom to ask for the way.
pub(super) struct Guide<'a> {
    asking: Asking<'a>,
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
        let (mut zones, mut lost) = (Zones::new(), Vec::new());
        let mut open: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
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
        for _ in 0..STEPS {
            let asked: Vec<Query> = open
                .keys()
                .map(|name| (name.as_str().into(), RecordType::Soa))
                .collect();
            let answers = self.answers(&asked).await;
            let mut above: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
            for ((at, names), answer) in std::mem::take(&mut open).into_iter().zip(answers) {
                match answer.map(|reply| zone_of(&at, &reply)) {
                    Ok(Some(zone)) => zones.entry(zone.into()).or_default().extend(names),
                    Ok(None) if at != "." => {
                        let parent = at.split_once('.').map_or("", |(_, parent)| parent);
                        let parent = if parent.is_empty() { "." } else { parent };
                        above.entry(parent.to_owned()).or_default().extend(names);
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

    /// The servers of a zone: the configured ones, or every address of every name in its NS records.
    pub(super) async fn servers(&self, zone: &Arc<str>) -> Zone {
        let mut found = Zone {
            name: Arc::clone(zone),
            without_address: Vec::new(),
            servers: Vec::new(),
            error: None,
        };
        let server = |name: Option<Arc<str>>, address: SocketAddr| Server {
            name,
            address,
            exchanges: Vec::new(),
            tcp: None,
            smaller: None,
            error: None,
        };
        let named = self.asking.settings.authorities();
        if !named.is_empty() {
            found.servers = named.iter().map(|at| server(None, at.0)).collect();
            return found;
        }
        let mut answer = self.answers(&[(Arc::clone(zone), RecordType::Ns)]).await;
        let reply = match answer.pop() {
            Some(Ok(reply)) => reply,
            other => {
                let reason = other.and_then(Result::err).unwrap_or_default();
                found.error = Some(format!("NS of {zone}: {reason}"));
                return found;
            }
        };
        let names = reply.records.iter().filter(|record| record.kind == "NS");
        let names: BTreeSet<Arc<str>> = names
            .map(|record| record.data.to_lowercase().into())
            .collect();
        if names.is_empty() {
            found.error = Some(format!("{zone} has no NS record"));
        }
        let kinds = [RecordType::A, RecordType::Aaaa];
        let asked: Vec<Query> = names
            .iter()
            .flat_map(|name| kinds.map(|kind| (Arc::clone(name), kind)))
            .collect();
        let answers = self.answers(&asked).await;
        for (name, answers) in names.iter().zip(answers.chunks(kinds.len())) {
            let records = answers.iter().flatten().flat_map(|reply| &reply.records);
            let records = records.filter(|record| matches!(&*record.kind, "A" | "AAAA"));
            let addresses: BTreeSet<IpAddr> = records
                .filter_map(|record| record.data.parse().ok())
                .collect();
            if addresses.is_empty() {
                found.without_address.push(name.to_string());
            }
            let port = self.asking.settings.authority_port();
            let servers = addresses.into_iter().map(|ip| SocketAddr::new(ip, port));
            found
                .servers
                .extend(servers.map(|address| server(Some(Arc::clone(name)), address)));
        }
        found.servers.truncate(SERVERS);
        found
    }
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
