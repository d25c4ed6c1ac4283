//! One question the way glibc brings it to its servers: the names that a search list makes of it, and at each the
//! servers in order (res_search(3)). The first that answers decides, for the worse too: a later server is asked only after
//! silence, SERVFAIL, NOTIMP, REFUSED or an answer of a server that is lame.

use futures_util::future::FutureExt as _;
use tokio::time::Instant;

use super::{Families, Seen, System, attempt, said, tell};
use crate::instrument::dns::question::Question;
use crate::instrument::dns::send_queue::Limits;
use crate::instrument::dns::{Attempt, DnsEvent, Outcome, RecordType, Reply, Transport, udp};

/// One question.
pub(super) struct Search<'a> {
    pub(super) system: &'a System,
    /// Its place.
    pub(super) question: usize,
    pub(super) kind: RecordType,
    /// What getaddrinfo found, where it has ended.
    pub(super) found: Option<Families>,
    pub(super) limits: Limits,
    pub(super) epoch: Instant,
    pub(super) seen: &'a Seen<'a>,
}

/// Attempts at one name, in order, with what came.
type Group = Vec<(Attempt, Option<Vec<u8>>)>;

/// What the servers say of one name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// It has such records.
    Data,
    /// It exists without them.
    NoData,
    NoName,
    /// Every server failed, which lets the search go on.
    ServFail,
    /// Nothing that can be relied on.
    Unknown,
}

impl Search<'_> {
    /// Finds out why getaddrinfo gave what it gave; for other types, what there is.
    pub(super) async fn explain(&self, name: &str) {
        let system = self.system;
        if self.kind.is_address() {
            let listed = system.hosts.addresses(name);
            if let (Some(addresses), true) = (listed, system.configuration.begins_with_files()) {
                let outcome = Outcome::Answer(said(self.kind, addresses));
                let attempt = attempt(Transport::Hosts, Instant::now(), self.epoch, outcome);
                return tell(self.seen, self.question, attempt);
            }
            if !system.configuration.goes_beyond_files() {
                return;
            }
        }
        let reverse = Question::reverse(name, self.kind);
        self.names(reverse.as_deref().unwrap_or(name)).await;
    }

    async fn names(&self, name: &str) {
        let configuration = &self.system.configuration;
        let first = configuration.is_asked_first(name);
        let mut groups: Vec<Group> = Vec::new();
        // Which of them decides, and how much weight its end has.
        let mut decides: Option<(u8, usize)> = None;
        for (place, candidate) in configuration.candidates(name).iter().enumerate() {
            let group = self.servers(name, candidate).boxed().await;
            let end = group
                .last()
                .map_or(End::Unknown, |(last, _)| self.end(&last.outcome));
            groups.push(group);
            let weight = match end {
                End::Data | End::Unknown => 4,
                // What was said of the name as it is stays, unless the search finds something.
                _ if place == 0 && first => 3,
                End::NoData => 2,
                End::ServFail => 1,
                End::NoName => 0,
            };
            if decides.is_none_or(|(most, _)| weight > most || weight == 0 && most == 0) {
                decides = Some((weight, place));
            }
            let other = matches!(
                (self.kind, self.found),
                (RecordType::A, Some(Families(false, true)))
                    | (RecordType::Aaaa, Some(Families(true, false)))
            );
            if weight == 4 || end == End::NoData && other {
                decides = Some((weight, place));
                break;
            }
        }
        if let (true, Some((_, place)), Some(candidate)) = (
            configuration.rotate,
            decides,
            decides.and_then(|(_, place)| configuration.candidates(name).into_iter().nth(place)),
        ) {
            // Any of them may be the first to be asked.
            let asked: Vec<_> = groups[place]
                .iter()
                .map(|(attempt, _)| attempt.server)
                .collect();
            for server in 0..self.system.servers.len() {
                if !asked.contains(&Some(server as u8)) {
                    let mut group = Group::new();
                    self.server(name, &candidate, server, &mut group).await;
                    groups.push(group);
                }
            }
        }
        let last = decides.map(|(_, place)| std::mem::take(&mut groups[place]));
        for (attempt, wire) in groups
            .into_iter()
            .flatten()
            .chain(last.into_iter().flatten())
        {
            (self.seen)(DnsEvent::Attempt {
                question: self.question,
                attempt,
                wire: wire.as_deref(),
            });
        }
    }

    /// One name at the servers, until one answers.
    async fn servers(&self, name: &str, candidate: &str) -> Group {
        let configuration = &self.system.configuration;
        // An explanation needs no repetition: getaddrinfo has made them.
        let passes = if self.kind.is_address() {
            1
        } else {
            configuration.attempts.max(1)
        };
        let mut group = Group::new();
        for _ in 0..passes {
            for server in 0..self.system.servers.len() {
                self.server(name, candidate, server, &mut group).await;
                let last = group.last();
                if last.is_some_and(|(last, _)| settles(&last.outcome)) {
                    return group;
                }
            }
        }
        group
    }

    /// One name at one server.
    async fn server(&self, name: &str, candidate: &str, server: usize, group: &mut Group) {
        let begin = Instant::now();
        let place = Some(server as u8);
        let question = match Question::new(candidate, self.kind) {
            Ok(question) => question,
            Err(error) => {
                let text = error.to_string();
                let attempt = attempt(
                    Transport::System,
                    begin,
                    self.epoch,
                    Outcome::Network { text },
                );
                return group.push((attempt, None));
            }
        };
        let mut patience = self.system.configuration.patience(server);
        if self.kind.is_address() {
            patience = patience.min(self.limits.timeout);
        }
        let limits = Limits {
            timeout: patience,
            tries: 1,
            plain: false,
            tries_plain: false,
            ..self.limits
        };
        let is_completed = candidate.trim_end_matches('.') != name.trim_end_matches('.');
        let mut taken = Group::new();
        let mut seen = |event: DnsEvent<'_>| match event {
            DnsEvent::Attempt {
                mut attempt, wire, ..
            } => {
                attempt.server = place;
                if let (true, Outcome::Answer(reply)) = (is_completed, &mut attempt.outcome) {
                    reply.asked = Some(question.canonical());
                }
                taken.push((attempt, wire.map(<[u8]>::to_vec)));
            }
            other => (self.seen)(other),
        };
        let at = self.system.servers[server];
        let asked = udp::ask(
            at,
            std::slice::from_ref(&question),
            limits,
            self.epoch,
            &mut seen,
        );
        let end = asked.await;
        group.append(&mut taken);
        if let Err(error) = end {
            let text = error.to_string();
            let mut attempt = attempt(Transport::Udp, begin, self.epoch, Outcome::Network { text });
            attempt.server = place;
            group.push((attempt, None));
        }
    }

    fn end(&self, outcome: &Outcome) -> End {
        let Outcome::Answer(reply) = outcome else {
            return End::Unknown;
        };
        let has = reply
            .records
            .iter()
            .any(|record| record.kind == self.kind.as_str());
        match &*reply.rcode {
            "NOERROR" if has => End::Data,
            "NOERROR" if !is_lame(reply) => End::NoData,
            "NXDOMAIN" => End::NoName,
            "SERVFAIL" => End::ServFail,
            _ => End::Unknown,
        }
    }
}

/// Whether glibc takes it for the answer, and asks no other server.
fn settles(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Answer(reply) => {
            let turned_away = matches!(&*reply.rcode, "SERVFAIL" | "NOTIMP" | "REFUSED");
            !turned_away && !is_lame(reply)
        }
        _ => false,
    }
}

/// An empty answer of a server that neither has the zone nor resolves.
fn is_lame(reply: &Reply) -> bool {
    let is_empty = reply.rcode == "NOERROR" && reply.records.is_empty();
    is_empty && !reply.aa && !reply.ra && reply.zone.is_none()
}
