//! One exchange read as a resolver's client meets it: an answer, or the reason why there is none.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::IpAddr;

use super::observation::{AttemptRef, Exchange, ExchangeRef, packets};
use crate::instrument::dns::{Kind, Outcome, Question, Record, Reply, Transport};
use crate::model::Status;

/// What an exchange comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading<'a> {
    /// Records of the type asked for, at the end of a chain of aliases that may be empty.
    Answer(Answer<'a>),
    /// The name does not exist; the alias that leads there, if one does.
    NoName(Option<String>),
    /// The name exists and has no such record; the alias that leads there, if one does.
    NoData(Option<String>),
    /// Aliases that lead back to themselves.
    Loop,
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
    /// Nobody listens.
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
    /// The shortest and the longest TTL on the way, aliases included, in seconds. None for the hosts file.
    pub ttl: Option<(u32, u32)>,
    /// Whether an authoritative server said it.
    pub aa: bool,
    /// The reply.
    pub reply: &'a Reply,
}

impl<'a> Reading<'a> {
    /// Reads an exchange. `error` says why its resolver could not be asked, where it could not.
    pub(super) fn of(
        exchange: Option<impl Into<FinalAttempt<'a>>>,
        error: Option<&'a str>,
    ) -> Self {
        let Some(exchange) = exchange.map(Into::into) else {
            return Self::Missing(error);
        };
        let Some(last) = exchange.attempt else {
            return Self::Missing(error);
        };
        match last.outcome {
            Outcome::Answer(reply) if reply.tc => Self::Missing(error), // TCP was still to come
            Outcome::Answer(reply) => Self::of_reply(exchange.name, exchange.kind, reply, last),
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
            Outcome::Timeout if last.transport.is_shared() => Self::Silent(exchange.packets),
            Outcome::Refused if last.transport.is_shared() => {
                Self::Unconnected("the connection is refused")
            }
            Outcome::Network { text } if last.transport.is_shared() => Self::Unconnected(text),
            Outcome::Ended { reason } => Self::Lost(reason),
            Outcome::Untrusted { reason } => Self::Untrusted(reason),
            Outcome::Handshake { reason } => Self::Handshake(reason),
            outcome @ Outcome::Http { status, .. } => Self::Http(*status, outcome.to_string()),
            Outcome::Timeout => Self::Timeout(exchange.packets),
            Outcome::Refused => Self::Refused,
            Outcome::Malformed { reason } => Self::Malformed(reason),
            Outcome::Network { text } => Self::Network(text),
        }
    }

    fn of_reply(name: &str, kind: Kind, reply: &'a Reply, tried: AttemptRef<'a>) -> Self {
        if !matches!(&*reply.rcode, "NOERROR" | "NXDOMAIN") {
            return Self::Code(&reply.rcode, &reply.reasons);
        }
        let asked = canonical_name(reply.asked.as_deref().unwrap_or(name));
        let owner = |record: &Record| {
            record
                .name
                .as_deref()
                .map_or_else(|| asked.clone(), canonical_name)
        };
        let mut at = asked.clone();
        let mut met = BTreeSet::new();
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
            if !data.is_empty() {
                let ttl = ttl.filter(|_| tried.transport != Transport::Hosts);
                let aa = reply.aa;
                return Self::Answer(Answer {
                    data,
                    aliases: met.len(),
                    ttl,
                    aa,
                    reply,
                });
            }
            let Some((place, alias)) = records().find(|(_, record)| here(record, "CNAME")) else {
                let led_here = (at != asked).then_some(at);
                return match &*reply.rcode {
                    "NXDOMAIN" => Self::NoName(led_here),
                    _ if reply.referral => Self::Referral,
                    _ => Self::NoData(led_here),
                };
            };
            note_ttl(place);
            if !met.insert(std::mem::replace(&mut at, canonical_name(&alias.data))) {
                return Self::Loop;
            }
        }
    }

    /// What it means for a name that has to resolve. A wrong answer fails; what could not be determined is an
    /// error.
    pub(super) fn status(&self) -> Status {
        match self {
            Self::Answer(_) => Status::Pass,
            Self::NoName(_) | Self::NoData(_) | Self::Loop | Self::NoTcp(_) => Status::Fail,
            Self::Code("SERVFAIL", _) | Self::Untrusted(_) | Self::Handshake(_) => Status::Fail,
            // Turned away, as by REFUSED: others may be served (RFC 9110 section 15.5, RFC 6585 section 4).
            Self::Http(401 | 403 | 407 | 429, _) => Status::Error,
            Self::Http(..) => Status::Fail,
            Self::Code(..)
            | Self::Referral
            | Self::MuteTcp(_)
            | Self::Timeout(_)
            | Self::Refused
            | Self::Malformed(_)
            | Self::Network(_)
            | Self::Silent(_)
            | Self::Lost(_)
            | Self::Unconnected(_)
            | Self::Missing(_) => Status::Error,
        }
    }

    /// What was seen, in words.
    pub(super) fn text(&self) -> String {
        let led = |at: &Option<String>| {
            at.as_ref()
                .map_or_else(String::new, |at| format!(" at the alias target {at}"))
        };
        match self {
            Self::Answer(answer) => join(&answer.data),
            Self::NoName(at) => format!("NXDOMAIN{}", led(at)),
            Self::NoData(at) => format!("no record of this type (NODATA){}", led(at)),
            Self::Loop => "aliases in a loop".into(),
            Self::Referral => "a referral to other servers".into(),
            Self::Code(code, []) => (*code).into(),
            Self::Code(code, reasons) => format!("{code} ({})", reasons.join("; ")),
            Self::NoTcp(reason) => format!("truncated, and over TCP: {reason}"),
            Self::MuteTcp(what) => format!("truncated, and over TCP: {what}"),
            Self::Timeout(0) => "no answer in time".into(),
            Self::Timeout(1) => "no answer to 1 packet".into(),
            Self::Timeout(packets) => format!("no answer to {packets} packets"),
            Self::Refused => "port unreachable".into(),
            Self::Malformed(reason) => format!("no acceptable answer: {reason}"),
            Self::Network(text) => format!("network error: {text}"),
            Self::Silent(1) => "no answer to 1 question".into(),
            Self::Silent(times) => format!("no answer, asked {times} times"),
            Self::Lost(how) => format!("the connection was {how}"),
            Self::Unconnected(why) => format!("no connection: {why}"),
            Self::Untrusted(why) => format!("the certificate is refused: {why}"),
            Self::Handshake(how) => format!("no handshake: {how}"),
            Self::Http(_, text) => text.clone(),
            Self::Missing(Some(error)) => format!("not observed: {error}"),
            Self::Missing(None) => "not observed".into(),
        }
    }

    /// The kind of it in a word or two, to be counted by.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Answer(_) => "answered",
            Self::NoName(_) => "NXDOMAIN",
            Self::NoData(_) => "NODATA",
            Self::Loop => "aliases in a loop",
            Self::Referral => "a referral",
            Self::Code("SERVFAIL", _) => "SERVFAIL",
            Self::Code("REFUSED", _) => "REFUSED",
            Self::Code(..) => "another response code",
            Self::NoTcp(_) | Self::MuteTcp(_) => "truncated without TCP",
            Self::Timeout(_) => "no answer",
            Self::Refused => "port unreachable",
            Self::Malformed(_) => "no acceptable answer",
            Self::Network(_) => "network error",
            Self::Silent(_) => "no answer",
            Self::Lost(_) => "connection lost",
            Self::Unconnected(_) => "no connection",
            Self::Untrusted(_) => "certificate refused",
            Self::Handshake(_) => "no handshake",
            Self::Http(..) => "HTTP without a DNS message",
            Self::Missing(_) => "not observed",
        }
    }

    /// How to mend it.
    pub(super) fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Answer(_) => return None,
            Self::NoName(None) => {
                "create the name in its zone; where it was created lately, wait until the cached absence expires"
            }
            Self::NoName(Some(_)) | Self::NoData(Some(_)) => {
                "the alias points to a name without this record: mend the alias or create its target"
            }
            Self::NoData(None) => "add a record of this type, or do not ask for it",
            Self::Loop => "break the loop of CNAME records in the zone",
            Self::Referral => {
                "ask a recursive resolver, or the server that is authoritative for this zone"
            }
            Self::Code("SERVFAIL", _) => {
                "the resolver reached no working server of the zone, or could not validate it: see its log"
            }
            Self::Code("REFUSED", _) => {
                "allow this machine in the resolver's access list, or ask from where it is allowed"
            }
            Self::Code(..) => "the server does not understand the question: see its log",
            Self::NoTcp(_) | Self::MuteTcp(_) => {
                "open TCP port 53 of the resolver: large answers need it (RFC 7766)"
            }
            Self::Timeout(_) => {
                "see whether the resolver runs and a firewall lets UDP port 53 through"
            }
            Self::Refused => {
                "nothing listens at this address and port: start the resolver or mend the address"
            }
            Self::Malformed(_) => {
                "look at the message in the evidence: a broken server, or someone in between"
            }
            Self::Network(_) => "see whether this machine has a route to the resolver",
            Self::Silent(_) => {
                "see the resolver's load and log: it took the question and said nothing"
            }
            Self::Lost(_) => "see the resolver's log and its limits on connections",
            Self::Unconnected(_) => {
                "see whether the resolver listens there and a firewall lets its port through"
            }
            Self::Untrusted(_) => {
                "mend the resolver's certificate, or give the root of its authority as `ca-file`"
            }
            Self::Handshake(_) => {
                "see whether the resolver speaks TLS at this port, with HTTP/2 for `https://`"
            }
            Self::Http(401 | 403 | 407, _) => {
                "allow this machine in the resolver's access list, or ask from where it is allowed"
            }
            Self::Http(429, _) => "lower `qps`: the resolver limits the rate of questions",
            Self::Http(404 | 405 | 415, _) | Self::Http(200, _) => {
                "mend the path of the resolver's URL, in most cases /dns-query"
            }
            Self::Http(..) => "see the log of the resolver, or of the web server in front of it",
            Self::Missing(Some(_)) => "mend what kept the resolver from being asked",
            Self::Missing(None) => "give the check a longer `timeout`, or ask for less",
        })
    }
}

/// What an exchange came to: enough to read it.
#[derive(Clone, Copy)]
pub(super) struct FinalAttempt<'a> {
    /// The name as the checklist writes it.
    pub name: &'a str,
    /// The record type.
    pub kind: Kind,
    /// Datagrams that were sent.
    pub packets: usize,
    /// The last attempt; none where the probe was cut short before one ended.
    pub attempt: Option<AttemptRef<'a>>,
}

impl<'a> From<ExchangeRef<'a>> for FinalAttempt<'a> {
    fn from(entry: ExchangeRef<'a>) -> Self {
        Self {
            name: entry.name(),
            kind: entry.kind(),
            packets: entry.packets().0,
            attempt: entry.attempts().last(),
        }
    }
}

impl<'a> From<&'a Exchange> for FinalAttempt<'a> {
    fn from(exchange: &'a Exchange) -> Self {
        let attempts = || exchange.attempts.iter().map(AttemptRef::from);
        Self {
            name: &exchange.name,
            kind: exchange.kind,
            packets: packets(attempts()).0,
            attempt: attempts().next_back(),
        }
    }
}

/// A name without its case and final dot, in its ASCII form.
fn canonical_name(name: &str) -> String {
    let ascii = match (!name.is_ascii()).then(|| Question::canonical_name(name)) {
        Some(Ok(canonical)) => Cow::Owned(canonical),
        _ => Cow::Borrowed(name),
    };
    ascii.strip_suffix('.').unwrap_or(&ascii).to_lowercase()
}

/// Data so that equal records are equal text: addresses in their one form, names without case and final dot.
/// What case matters in (TXT strings, CAA values, parameters) stays as it is.
pub(super) fn canonical(kind: Kind, data: &str) -> String {
    let quotes = |text: &str| text.trim_matches('"').to_owned();
    match kind {
        // An IPv4 address that can be read has this one form.
        Kind::A => data.to_owned(),
        Kind::Aaaa => data
            .parse::<IpAddr>()
            .map_or_else(|_| data.to_owned(), |address| address.to_string()),
        Kind::Txt => quotes(data),
        Kind::Caa => {
            let mut words = data.splitn(3, ' ');
            let mut word = || words.next().unwrap_or_default();
            let (flags, tag) = (word(), word().to_lowercase());
            format!("{flags} {tag} {}", quotes(word()))
        }
        Kind::Https => {
            let words = data.split_whitespace().enumerate();
            let words = words.map(|(place, word)| match place {
                0 | 1 => canonical_name(word),
                _ => word.replace('"', ""),
            });
            words.collect::<Vec<_>>().join(" ")
        }
        // Hexadecimal digits and Base64 may stand in groups.
        Kind::Ds | Kind::Dnskey => {
            let words: Vec<_> = data.split_whitespace().collect();
            let (head, tail) = words.split_at(words.len().min(3));
            let text = format!("{} {}", head.join(" "), tail.concat());
            match kind {
                Kind::Ds => text.to_lowercase(),
                _ => text,
            }
        }
        Kind::Cname | Kind::Mx | Kind::Srv | Kind::Ns | Kind::Soa => {
            let words = data.split_whitespace().map(canonical_name);
            words.collect::<Vec<_>>().join(" ")
        }
    }
}

/// The longest list of answers that is spelt out.
const SPELT: usize = 12;

/// Answers as one line, bounded.
pub(super) fn join<'a>(answers: impl IntoIterator<Item = &'a String>) -> String {
    let all: Vec<_> = answers.into_iter().map(|answer| clip(answer)).collect();
    match all.len().checked_sub(SPELT) {
        None | Some(0) => all.join(", "),
        Some(more) => format!("{} and {more} more", all[..SPELT].join(", ")),
    }
}

fn clip(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}
