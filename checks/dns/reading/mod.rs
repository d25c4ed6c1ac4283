//! One exchange read as a resolver's client sees it: an answer, or the reason why there is none.

mod canonical;
pub(super) mod system;
mod words;
mod zone_file;

pub(super) use canonical::{canonical, canonical_expected, canonical_name};

use std::collections::BTreeSet;

use super::observation::{AnyExchange, AttemptRef, packets};
use crate::instrument::dns::{Outcome, Record, RecordType, Reply, Transport};
use crate::model::Status;

/// The system's resolver as checklists write it.
const SYSTEM: &str = "system";

/// What an exchange comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading<'a> {
    /// Records of the type asked for, at the end of a chain of aliases that may be empty.
    Answer(Answer<'a>),
    /// The name does not exist; the alias that leads there, if one does.
    NoName(Option<String>),
    /// The name exists and has no such record; the alias that leads there, if one does.
    NoData(Option<String>),
    /// An alias that leads out of what an authoritative server knows; where to.
    Unfollowed(String),
    /// Aliases that lead back to themselves.
    Loop,
    /// Records that no server may put together; what is wrong with them.
    Broken(String),
    /// Nothing, from a server that neither has the zone nor resolves; its response code.
    Lame(&'a str),
    /// A referral to other servers: this one does not resolve.
    Referral,
    /// A response code that is no answer, with the server's reasons.
    Code(&'a str, &'a [String]),
    /// Truncated, and TCP is refused or broken; why.
    NoTcp(String),
    /// Truncated, and over TCP nothing was heard; what happened there.
    MuteTcp(&'a str),
    /// No answer to any of so many packets; the packets of the system resolver are not known.
    Timeout(usize),
    /// getaddrinfo(3) finds no address; its words.
    NotFound(&'a str),
    /// getaddrinfo(3) could not find out; its words.
    NotResolved(&'a str),
    /// Nothing listens there.
    Refused,
    /// No acceptable answer; why.
    Malformed(&'a str),
    /// The network took no packet; its words.
    Network(&'a str),
    /// No answer to any of so many questions that shared a connection.
    Silent(usize),
    /// The connection ended before the answer; how.
    Lost(&'a str),
    /// There was no connection; why.
    Unconnected(&'a str),
    /// The server's certificate was refused; why.
    Untrusted(&'a str),
    /// The server broke the handshake; how.
    Handshake(&'a str),
    /// HTTP, but no DNS message: the status, and all of it in words.
    Http(u16, String),
    /// The probe did not come to an end here; why, where it is known.
    Missing(Option<&'a str>),
}

/// The records that answer a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer<'a> {
    /// The data of each record, canonical.
    pub data: BTreeSet<String>,
    /// Aliases on the way.
    pub aliases: usize,
    /// Where they lead, canonical.
    pub chain: BTreeSet<String>,
    /// The shortest and the longest TTL on the way, aliases included, in seconds. None for the hosts file.
    pub ttl: Option<(u32, u32)>,
    /// Whether an authoritative server said it.
    pub aa: bool,
    /// The reply.
    pub reply: &'a Reply,
}

impl<'a> Reading<'a> {
    /// Reads an exchange. `error` says why its resolver could not be asked, where it could not.
    pub(super) fn of(exchange: Option<impl AnyExchange<'a>>, error: Option<&'a str>) -> Self {
        let Some(exchange) = exchange else {
            return Self::Missing(error);
        };
        if exchange.resolver() == SYSTEM && exchange.kind().is_address() {
            return system::of(exchange, error);
        }
        match exchange.attempts().last() {
            Some(last) => Self::of_last(exchange, last, error),
            None => Self::Missing(error),
        }
    }

    /// Reads the attempt that decides.
    fn of_last(
        exchange: impl AnyExchange<'a>,
        last: AttemptRef<'a>,
        error: Option<&'a str>,
    ) -> Self {
        let sent = || packets(exchange.attempts()).0;
        match last.outcome {
            Outcome::Answer(reply) if reply.tc => Self::Missing(error), // TCP was still to come
            Outcome::Answer(reply) => Self::of_reply(exchange.name(), exchange.kind(), reply, last),
            Outcome::Refused if last.transport == Transport::Tcp => {
                Self::NoTcp("the connection is refused".into())
            }
            Outcome::Malformed { reason } if last.transport == Transport::Tcp => {
                Self::NoTcp(reason.clone())
            }
            Outcome::Timeout if last.transport == Transport::Tcp => {
                Self::MuteTcp("no answer in time")
            }
            Outcome::Network { text } if last.transport == Transport::Tcp => Self::MuteTcp(text),
            Outcome::Timeout if last.transport.is_shared() => Self::Silent(sent()),
            Outcome::Refused if last.transport.is_shared() => {
                Self::Unconnected("the connection is refused")
            }
            Outcome::Network { text } if last.transport.is_shared() => Self::Unconnected(text),
            Outcome::Ended { reason } => Self::Lost(reason),
            Outcome::Untrusted { reason } => Self::Untrusted(reason),
            Outcome::Handshake { reason } => Self::Handshake(reason),
            outcome @ Outcome::Http { status, .. } => Self::Http(*status, outcome.to_string()),
            Outcome::Timeout => Self::Timeout(sent()),
            Outcome::Refused => Self::Refused,
            Outcome::Malformed { reason } => Self::Malformed(reason),
            Outcome::Network { text } => Self::Network(text),
            Outcome::NoAddress { text } => Self::NotFound(text),
            Outcome::LookupFailed { text } => Self::NotResolved(text),
        }
    }

    fn of_reply(name: &str, kind: RecordType, reply: &'a Reply, tried: AttemptRef<'a>) -> Self {
        if !matches!(&*reply.rcode, "NOERROR" | "NXDOMAIN") {
            return Self::Code(&reply.rcode, &reply.reasons);
        }
        // What the system's resolver gives is no message of a server.
        let is_message = !matches!(tried.transport, Transport::System | Transport::Hosts);
        if is_message && is_lame(reply) {
            return Self::Lame(&reply.rcode);
        }
        let asked = canonical_name(reply.asked.as_deref().unwrap_or(name));
        let owner = |record: &Record| {
            record
                .name
                .as_deref()
                .map_or_else(|| asked.clone(), canonical_name)
        };
        let mut at = asked.clone();
        let mut passed = BTreeSet::new();
        let mut chain = BTreeSet::new();
        let mut ttl: Option<(u32, u32)> = None;
        let mut note_ttl = |record: usize| {
            let seen = tried.ttl(record);
            let (least, most) = ttl.unwrap_or((seen, seen));
            ttl = Some((least.min(seen), most.max(seen)));
        };
        loop {
            let here = |record: &Record, kind: &str| record.kind == kind && owner(record) == at;
            let records = || reply.records.iter().enumerate();
            let data: BTreeSet<String> = records()
                .filter(|(_, record)| here(record, kind.as_str()))
                .inspect(|(place, _)| note_ttl(*place))
                .map(|(_, record)| canonical(kind, &record.data))
                .collect();
            let aliases = records().filter(|(_, record)| here(record, "CNAME"));
            let aliases: Vec<_> = aliases.collect();
            if is_message && let Some(wrong) = wrong_aliases(&at, kind, &aliases, !data.is_empty())
            {
                return Self::Broken(wrong);
            }
            if !data.is_empty() && reply.rcode == "NXDOMAIN" {
                return Self::Broken(format!("NXDOMAIN together with {kind} records"));
            }
            if !data.is_empty() {
                let ttl = ttl.filter(|_| tried.transport != Transport::Hosts);
                let aa = reply.aa;
                return Self::Answer(Answer {
                    data,
                    aliases: passed.len(),
                    chain,
                    ttl,
                    aa,
                    reply,
                });
            }
            let Some((place, alias)) = aliases.first() else {
                let led_here = (at != asked).then_some(at);
                return match &*reply.rcode {
                    _ if led_here.is_none() && !reply.records.is_empty() => {
                        Self::Broken("only records of other names or types".into())
                    }
                    "NXDOMAIN" => Self::NoName(led_here),
                    _ if reply.referral => Self::Referral,
                    // It says nothing of the target: neither that it looked it up (RA) nor in which zone it is absent.
                    _ if is_message && !reply.ra && reply.zone.is_none() && led_here.is_some() => {
                        Self::Unfollowed(led_here.unwrap_or_default())
                    }
                    _ => Self::NoData(led_here),
                };
            };
            note_ttl(*place);
            let target = canonical_name(&alias.data);
            chain.insert(target.clone());
            if !passed.insert(std::mem::replace(&mut at, target)) {
                return Self::Loop;
            }
        }
    }

    /// What it means for a name that has to resolve. A wrong answer fails; what could not be determined is an
    /// error.
    pub(super) fn status(&self) -> Status {
        match self {
            Self::Answer(_) => Status::Pass,
            Self::NoName(_) | Self::NoData(_) | Self::Loop | Self::Broken(_) => Status::Fail,
            Self::NotFound(_) => Status::Fail,
            // Clients take it for NXDOMAIN; that it is true is another matter.
            Self::Lame("NXDOMAIN") | Self::NoTcp(_) => Status::Fail,
            Self::Code("SERVFAIL", _) | Self::Untrusted(_) | Self::Handshake(_) => Status::Fail,
            // Turned away, as by REFUSED: others may be served (RFC 9110 section 15.5, RFC 6585 section 4).
            Self::Http(401 | 403 | 407 | 429, _) => Status::Error,
            Self::Http(..) => Status::Fail,
            Self::Code(..)
            | Self::Referral
            | Self::Unfollowed(_)
            | Self::Lame(_)
            | Self::MuteTcp(_)
            | Self::Timeout(_)
            | Self::NotResolved(_)
            | Self::Refused
            | Self::Malformed(_)
            | Self::Network(_)
            | Self::Silent(_)
            | Self::Lost(_)
            | Self::Unconnected(_)
            | Self::Missing(_) => Status::Error,
        }
    }
}

/// Whether an answer says nothing, and its sender neither is an authority nor resolves: without AA, RA and a SOA
/// record nothing backs the absence (RFC 2308 section 2, RFC 1034 section 4.3.1).
fn is_lame(reply: &Reply) -> bool {
    let speaks = reply.aa || reply.ra || reply.zone.is_some() || reply.referral;
    reply.records.is_empty() && !speaks
}

/// What is wrong with the aliases at one name, of which there may be one, and then nothing else (RFC 1034 section
/// 3.6.2, RFC 2181 section 10.1).
fn wrong_aliases(
    at: &str,
    kind: RecordType,
    aliases: &[(usize, &Record)],
    has_data: bool,
) -> Option<String> {
    let targets = aliases.iter().map(|(_, alias)| canonical_name(&alias.data));
    let targets: BTreeSet<_> = targets.collect();
    match (aliases.len(), targets.len()) {
        (0, _) => None,
        (1, _) if has_data && kind != RecordType::Cname => {
            Some(format!("a CNAME record beside {kind} records at {at}"))
        }
        (1, _) => None,
        (times, 1) => Some(format!("the same CNAME record {times} times at {at}")),
        (_, different) => Some(format!("{different} different CNAME records at {at}")),
    }
}
