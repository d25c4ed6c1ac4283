//! Questions as bytes, and bytes as replies. An answer is accepted if its id, its question and its shape are
//! right; what it says does not matter here.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsCode, EdnsOption};
use hickory_proto::rr::{self, Name, RData};

use super::{Kind, Record, Reply};

/// The largest datagram that is asked for: no fragments on any usual path (RFC 9715).
pub(super) const PAYLOAD: u16 = 1232;

/// The most records of one answer that are kept. Nothing one would launch has more, and a hostile server can
/// put thousands into 64 KiB.
const MOST_RECORDS: usize = 512;

/// How a question is put, beyond name and type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// RD: the server shall resolve. An authoritative server is asked without.
    pub recursion: bool,
    /// The largest datagram that is taken; none asks without EDNS, which means 512 bytes (RFC 6891).
    pub payload: Option<u16>,
    /// DO and CD: signatures shall come along, and what does not validate as well (RFC 4035 section 3.2).
    pub dnssec: bool,
    /// For whom the answer is meant: a network by address and prefix length (RFC 7871).
    pub subnet: Option<(IpAddr, u8)>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            recursion: true,
            payload: Some(PAYLOAD),
            dnssec: false,
            subnet: None,
        }
    }
}

/// A name and a type to ask for, encoded once.
#[derive(Clone, Debug)]
pub struct Question {
    query: Query,
    /// Network and prefix length, where it is put for one.
    subnet: Option<(IpAddr, u8)>,
    wire: Box<[u8]>,
}

/// Why something cannot be asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct QuestionError(String);

impl Question {
    /// A question for the records of one type at a name. International names are put into their ASCII form
    /// (RFC 5891).
    ///
    /// # Errors
    /// When it is not a domain name: labels of 1 to 63 bytes, 255 bytes in all (RFC 1035 section 2.3.4).
    pub fn new(name: &str, kind: Kind) -> Result<Self, QuestionError> {
        Self::put(name, kind, Form::default())
    }

    /// A question in another form than the usual one.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn put(name: &str, kind: Kind, form: Form) -> Result<Self, QuestionError> {
        let refused = |error: &dyn std::fmt::Display| QuestionError(error.to_string());
        let mut absolute = Self::name(name)?;
        absolute.set_fqdn(true);
        let query = Query::query(absolute, kind.wire());
        let mut message = Message::new(0, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = form.recursion;
        message.metadata.checking_disabled = form.dnssec;
        message.add_query(query.clone());
        let subnet = form.subnet.map(|(ip, prefix)| (masked(ip, prefix), prefix));
        if let Some(payload) = form.payload {
            let mut edns = Edns::new();
            edns.set_max_payload(payload).set_version(0);
            edns.set_dnssec_ok(form.dnssec);
            if let Some((address, prefix)) = subnet {
                let subnet = ClientSubnet::new(address, prefix, 0);
                edns.options_mut().insert(EdnsOption::Subnet(subnet));
            }
            message.set_edns(edns);
        }
        let wire = message.to_vec().map_err(|error| refused(&error))?;
        Ok(Self {
            query,
            subnet,
            wire: wire.into(),
        })
    }

    /// Reads a name as written, absolute or not.
    pub(super) fn name(text: &str) -> Result<Name, QuestionError> {
        if text.is_empty() {
            return Err(QuestionError("the name is empty".into()));
        }
        // Nearly every name is plain ASCII, and the tables of international names cost ten times as much.
        let plain = (text.is_ascii() && !text.contains("xn--")).then(|| Name::from_ascii(text));
        match plain {
            Some(Ok(name)) => Ok(name.to_lowercase()),
            _ => Name::from_str_relaxed(text).map_err(|error| QuestionError(error.to_string())),
        }
    }

    /// A name in lower case, in its ASCII form, with the final dot: what is the same name is the same text.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn canonical_name(text: &str) -> Result<String, QuestionError> {
        let mut name = Self::name(text)?;
        name.set_fqdn(true);
        Ok(name.to_lowercase().to_ascii())
    }

    /// The name in lower case, in its ASCII form, with the final dot.
    pub fn canonical(&self) -> String {
        self.query.name().to_lowercase().to_ascii()
    }

    /// The message that asks it under an id.
    pub(super) fn encode(&self, id: u16) -> Vec<u8> {
        let mut wire = self.wire.to_vec();
        for (place, byte) in wire.iter_mut().zip(id.to_be_bytes()) {
            *place = byte;
        }
        wire
    }

    /// An answer that was made for another network than the one shown must be dropped (RFC 7871 section 7.3).
    fn is_for_the_subnet(&self, message: &Message) -> Result<(), Rejection> {
        let echoed = message.edns.as_ref().and_then(subnet);
        let (Some(shown), Some(echoed)) = (self.subnet, echoed) else {
            return Ok(());
        };
        let (address, prefix) = (echoed.addr(), echoed.source_prefix());
        match (address, prefix) == shown {
            true => Ok(()),
            false => Err(Rejection::WrongQuestion(format!(
                "an answer for the client subnet {address}/{prefix}"
            ))),
        }
    }

    /// Reads a message that came under the id of this question.
    pub(super) fn read(&self, wire: &[u8]) -> Result<Reply, Rejection> {
        let message =
            Message::from_vec(wire).map_err(|error| Rejection::Malformed(error.to_string()))?;
        if message.metadata.message_type != MessageType::Response {
            return Err(Rejection::Malformed("a question came back".into()));
        }
        match message.queries.as_slice() {
            [query] if *query == self.query => {
                self.is_for_the_subnet(&message)?;
                reply(&message, self.query.name())
            }
            [] => Err(Rejection::WrongQuestion(format!(
                "{} without the question it answers",
                mnemonic(message.metadata.response_code)
            ))),
            [query] => Err(Rejection::WrongQuestion(format!(
                "an answer to the question {} {}",
                query.name(),
                query.query_type()
            ))),
            _ => Err(Rejection::WrongQuestion("several questions".into())),
        }
    }
}

/// The network that a message names, where it names one.
fn subnet(edns: &Edns) -> Option<&ClientSubnet> {
    match edns.option(EdnsCode::Subnet)? {
        EdnsOption::Subnet(subnet) => Some(subnet),
        _ => None,
    }
}

/// An address without the bits beyond its prefix: they must be zero (RFC 7871 section 6).
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(prefix.into()));
            (ip & Ipv4Addr::from(mask.unwrap_or(0))).into()
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(prefix.into()));
            (ip & Ipv6Addr::from(mask.unwrap_or(0))).into()
        }
    }
}

/// Why a message is not the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    /// It answers something else.
    WrongQuestion(String),
    /// It cannot be read.
    Malformed(String),
}

impl Rejection {
    /// The reason in words.
    pub(super) fn into_reason(self) -> String {
        match self {
            Self::WrongQuestion(reason) | Self::Malformed(reason) => reason,
        }
    }
}

/// The id a message bears, if it is long enough for one.
pub(super) fn id(wire: &[u8]) -> Option<u16> {
    wire.first_chunk().copied().map(u16::from_be_bytes)
}

/// A message as plain data.
pub(super) fn reply(message: &Message, asked: &Name) -> Result<Reply, Rejection> {
    if message.answers.len() > MOST_RECORDS {
        return Err(Rejection::Malformed(format!(
            "{} records in one answer, more than the {MOST_RECORDS} that are read",
            message.answers.len()
        )));
    }
    let meta = &message.metadata;
    let soa = message
        .authorities
        .iter()
        .find_map(|record| match &record.data {
            RData::SOA(soa) => Some((record, soa)),
            _ => None,
        });
    let points_elsewhere = || {
        let delegates = |record: &rr::Record| record.record_type() == rr::RecordType::NS;
        message.authorities.iter().any(delegates)
    };
    let empty = message.answers.is_empty();
    Ok(Reply {
        rcode: mnemonic(meta.response_code),
        aa: meta.authoritative,
        tc: meta.truncation,
        ra: meta.recursion_available,
        ad: meta.authentic_data,
        records: message
            .answers
            .iter()
            .map(|record| plain(record, asked))
            .collect(),
        negative_ttl: soa.map(|(record, soa)| record.ttl.min(soa.minimum)),
        zone: soa.map(|(record, _)| record.name.to_lowercase().to_ascii()),
        scope: message.edns.as_ref().and_then(scope),
        referral: empty
            && meta.response_code == ResponseCode::NoError
            && !meta.authoritative
            && soa.is_none()
            && points_elsewhere(),
        asked: None,
        reasons: message.edns.as_ref().map(reasons).unwrap_or_default(),
    })
}

fn plain(record: &rr::Record, asked: &Name) -> Record {
    let owner = (record.name != *asked).then(|| record.name.to_lowercase().to_ascii());
    Record {
        name: owner,
        kind: match record.record_type() {
            rr::RecordType::Unknown(number) => Cow::Owned(format!("TYPE{number}")),
            known => Cow::Borrowed(known.into()),
        },
        ttl: record.ttl,
        data: presentation(&record.data),
    }
}

/// The data of a record as zone files write it, names in their ASCII form: what a peer sends is not to be
/// turned into letters that look like others.
fn presentation(data: &RData) -> String {
    match data {
        RData::CNAME(name) => name.to_ascii(),
        RData::NS(name) => name.to_ascii(),
        RData::MX(mail) => format!("{} {}", mail.preference, mail.exchange.to_ascii()),
        RData::SRV(service) => format!(
            "{} {} {} {}",
            service.priority,
            service.weight,
            service.port,
            service.target.to_ascii()
        ),
        RData::SOA(soa) => format!(
            "{} {} {} {} {} {} {}",
            soa.mname.to_ascii(),
            soa.rname.to_ascii(),
            soa.serial,
            soa.refresh,
            soa.retry,
            soa.expire,
            soa.minimum
        ),
        RData::TXT(text) => strings(text),
        RData::HTTPS(binding) => {
            // The library ends every list with a comma; RFC 9460 appendix A.1 does not.
            let text = binding.to_string();
            let words = text.split(' ').map(|word| word.trim_end_matches(','));
            words.collect::<Vec<_>>().join(" ")
        }
        other => {
            let mut text = String::new();
            // Types without a presentation of their own refuse to be written.
            match write!(text, "{other}") {
                Ok(()) => text,
                Err(_) => String::from("\\#"),
            }
        }
    }
}

/// The strings of a TXT record as its readers take them: joined (RFC 7208 section 3.3), bytes that are not
/// UTF-8 as `\DDD`.
fn strings(text: &TXT) -> String {
    let bytes = text.txt_data.concat();
    bytes.utf8_chunks().fold(String::new(), |mut out, chunk| {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\{byte:03}"); // a String takes every write
        }
        out
    })
}

fn mnemonic(code: ResponseCode) -> Cow<'static, str> {
    Cow::Borrowed(match code {
        ResponseCode::NoError => "NOERROR",
        ResponseCode::FormErr => "FORMERR",
        ResponseCode::ServFail => "SERVFAIL",
        ResponseCode::NXDomain => "NXDOMAIN",
        ResponseCode::NotImp => "NOTIMP",
        ResponseCode::Refused => "REFUSED",
        ResponseCode::NotAuth => "NOTAUTH",
        ResponseCode::BADVERS => "BADVERS",
        ResponseCode::BADCOOKIE => "BADCOOKIE",
        other => return Cow::Owned(format!("RCODE{}", u16::from(other))),
    })
}

/// How much of the client's network the answer is meant for, where the server says so (RFC 7871 section 7.2).
fn scope(edns: &Edns) -> Option<u8> {
    subnet(edns).map(ClientSubnet::scope_prefix)
}

/// Option code of extended errors.
const EXTENDED_ERROR: u16 = 15;

/// What the codes of extended errors mean, from zero (RFC 8914 section 5.2 and the registry it made).
const REASONS: [&str; 31] = [
    "other error",
    "unsupported DNSKEY algorithm",
    "unsupported DS digest type",
    "stale answer",
    "forged answer",
    "DNSSEC indeterminate",
    "DNSSEC bogus",
    "signature expired",
    "signature not yet valid",
    "DNSKEY missing",
    "RRSIGs missing",
    "no zone key bit set",
    "NSEC missing",
    "cached error",
    "not ready",
    "blocked",
    "censored",
    "filtered",
    "prohibited",
    "stale NXDOMAIN answer",
    "not authoritative",
    "not supported",
    "no reachable authority",
    "network error",
    "invalid data",
    "signature expired before valid",
    "too early",
    "unsupported NSEC3 iterations",
    "unable to conform to policy",
    "synthesized",
    "invalid query type",
];

/// Extended errors, the code in words and the server's own text after it (RFC 8914 section 2).
fn reasons(edns: &Edns) -> Vec<String> {
    let options = edns.options().as_ref().iter();
    let extended = options.filter_map(|(_, option)| match option {
        EdnsOption::Unknown(EXTENDED_ERROR, bytes) => bytes.split_first_chunk::<2>(),
        _ => None,
    });
    extended
        .take(8)
        .map(|(code, text)| {
            let code = u16::from_be_bytes(*code);
            let meaning = REASONS.get(usize::from(code)).copied();
            let meaning = meaning.map_or_else(|| format!("extended error {code}"), str::to_owned);
            match String::from_utf8_lossy(text).trim_end_matches('\0') {
                "" => meaning,
                text => format!("{meaning}: {text}"),
            }
        })
        .collect()
}
