//! Bytes as replies. An answer is accepted if its id, its question and its shape are right; what it says does not
//! matter here.

use hickory_proto::op::{Edns, Message, ResponseCode};
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsCode, EdnsOption};
use hickory_proto::rr::{self, Name, RData};

use super::Reply;
use super::extended::reasons;
use super::presentation::{mnemonic, plain};

/// The most records of one answer that are kept. Nothing one would launch has more, and a hostile server can
/// put thousands into 64 KiB.
const MOST_RECORDS: usize = 512;

/// Why a message is not the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    /// It answers something else.
    WrongQuestion(String),
    /// It cannot be read.
    Malformed(String),
    /// It is no answer to any question of ours: a query, another operation, another class.
    NoAnswer(String),
}

impl Rejection {
    /// The reason in words.
    pub(super) fn into_reason(self) -> String {
        match self {
            Self::WrongQuestion(reason) | Self::Malformed(reason) | Self::NoAnswer(reason) => {
                reason
            }
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

/// The network that a message names, where it names one.
pub(super) fn subnet(edns: &Edns) -> Option<&ClientSubnet> {
    match edns.option(EdnsCode::Subnet)? {
        EdnsOption::Subnet(subnet) => Some(subnet),
        _ => None,
    }
}

/// How much of the client's network the answer is meant for, where the server says so (RFC 7871 section 7.2).
fn scope(edns: &Edns) -> Option<u8> {
    subnet(edns).map(ClientSubnet::scope_prefix)
}
