//! What is asked: a name, a type and the form of the question, as bytes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsOption};
use hickory_proto::rr::{DNSClass, Name};

use super::message::{Rejection, reply, subnet};
use super::presentation::mnemonic;
use super::{RecordType, Reply};

/// The largest datagram that is asked for: no fragments on any usual path (RFC 9715).
pub(super) const PAYLOAD: u16 = 1232;

/// Bytes of the record that speaks EDNS, without options (RFC 6891 section 6.1.2).
const OPT: usize = 11;

/// How a question is put, beyond name and type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryOptions {
    /// RD: the server shall resolve. An authoritative server is asked without.
    pub recursion: bool,
    /// The largest datagram that is taken; none asks without EDNS, which means 512 bytes (RFC 6891).
    pub payload: Option<u16>,
    /// DO and CD: signatures shall come along, and what does not validate as well (RFC 4035 section 3.2).
    pub dnssec: bool,
    /// For whom the answer is meant: a network by address and prefix length (RFC 7871).
    pub subnet: Option<(IpAddr, u8)>,
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            recursion: true,
            payload: Some(PAYLOAD),
            dnssec: false,
            subnet: None,
        }
    }
}

/// Why a text is no domain name.
fn refusal(text: &str) -> String {
    let relative = text.strip_suffix('.').unwrap_or(text);
    let strange = |char: &char| char.is_ascii() && !char.is_ascii_alphanumeric();
    let strange = text
        .chars()
        .find(|char| strange(char) && !"-_.*\\".contains(*char));
    if text.contains("://") {
        "this is a URL, the name is a part of it".to_owned()
    } else if relative.split('.').any(str::is_empty) {
        "nothing stands between two dots, or in front of the first".to_owned()
    } else if let Some(strange) = strange {
        format!("a name has no {strange:?} in it")
    } else if relative.split('.').any(|label| label.len() > 63) {
        "a part between two dots is longer than 63 bytes".to_owned()
    } else if relative.len() > 253 {
        "it is longer than 255 bytes".to_owned()
    } else {
        "it has no ASCII form (IDNA)".to_owned()
    }
}

/// A name and a type to ask for, encoded once.
#[derive(Clone, Debug)]
pub struct Question {
    query: Query,
    /// Network and prefix length, where it is put for one.
    subnet: Option<(IpAddr, u8)>,
    /// How many bytes at the end are there for EDNS, where they can be left out.
    edns: Option<usize>,
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
    pub fn new(name: &str, kind: RecordType) -> Result<Self, QuestionError> {
        Self::put(name, kind, QueryOptions::default())
    }

    /// A question in another form than the usual one.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn put(name: &str, kind: RecordType, form: QueryOptions) -> Result<Self, QuestionError> {
        let refused = |error: &dyn std::fmt::Display| QuestionError(error.to_string());
        let mut absolute = match Self::reverse(name, kind) {
            Some(reverse) => Self::name(&reverse)?,
            None => Self::name(name)?,
        };
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
        let spare = form.payload.is_some() && !form.dnssec && subnet.is_none();
        Ok(Self {
            query,
            subnet,
            edns: spare.then_some(OPT),
            wire: wire.into(),
        })
    }

    /// The name under which the PTR record of an address is (RFC 1035 section 3.5, RFC 3596 section 2.5).
    pub(super) fn reverse(name: &str, kind: RecordType) -> Option<String> {
        let address: IpAddr = name.parse().ok().filter(|_| kind == RecordType::Ptr)?;
        Some(Name::from(address).to_ascii())
    }

    /// Reads a name as written, absolute or not.
    pub(super) fn name(text: &str) -> Result<Name, QuestionError> {
        if text.is_empty() {
            return Err(QuestionError("the name is empty".into()));
        }
        if text.contains('@') {
            return Err(QuestionError(
                "a name has no user information in front of an `@`".into(),
            ));
        }
        // Nearly every name is plain ASCII, and the tables of international names cost ten times as much.
        let plain = (text.is_ascii() && !text.contains("xn--")).then(|| Name::from_ascii(text));
        match plain {
            Some(Ok(name)) => Ok(name.to_lowercase()),
            _ => Name::from_str_relaxed(text).map_err(|_| QuestionError(refusal(text))),
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

    /// A name in lower case and in its ASCII form, absolute or not as it is written.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn ascii(text: &str) -> Result<String, QuestionError> {
        Ok(Self::name(text)?.to_ascii())
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

    /// The same question without EDNS, where that asks for the same: neither signatures nor a network are left out.
    pub(super) fn plain(&self) -> Option<Self> {
        let end = self.wire.len().checked_sub(self.edns?)?;
        let mut wire = self.wire.get(..end)?.to_vec();
        wire.get_mut(10..12)?.fill(0); // no additional record is left
        Some(Self {
            query: self.query.clone(),
            subnet: None,
            edns: None,
            wire: wire.into(),
        })
    }

    /// Whether it can be asked without EDNS.
    pub(super) fn has_plain(&self) -> bool {
        self.edns.is_some()
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
        let message = match Message::from_vec(wire) {
            Ok(message) => message,
            Err(error) => cut(wire).ok_or_else(|| Rejection::Malformed(error.to_string()))?,
        };
        let meta = &message.metadata;
        if meta.message_type != MessageType::Response {
            return Err(Rejection::NoAnswer("a query came back".into()));
        }
        if meta.op_code != OpCode::Query {
            let code = u8::from(meta.op_code);
            return Err(Rejection::NoAnswer(format!(
                "an answer to another operation (opcode {code})"
            )));
        }
        match message.queries.as_slice() {
            [query] if *query == self.query => {
                self.is_for_the_subnet(&message)?;
                self.is_of_the_class(&message)?;
                reply(&message, self.query.name())
            }
            // A server that cannot read the question cannot repeat it (RFC 9619 section 4): the code alone can make
            // nothing resolve, so it may end the wait.
            [] if message.answers.is_empty() && is_refusal(meta.response_code) => {
                reply(&message, self.query.name())
            }
            [] => Err(Rejection::WrongQuestion(format!(
                "{} without the question it answers",
                mnemonic(meta.response_code)
            ))),
            [query] => {
                let class = match query.query_class() {
                    DNSClass::IN => String::new(),
                    class => format!(" in class {class}"),
                };
                Err(Rejection::WrongQuestion(format!(
                    "an answer to the question {} {}{class}",
                    query.name(),
                    query.query_type()
                )))
            }
            _ => Err(Rejection::WrongQuestion("several questions".into())),
        }
    }

    /// Records of another class are no answer (RFC 1034 section 3.6).
    fn is_of_the_class(&self, message: &Message) -> Result<(), Rejection> {
        let mut records = message.answers.iter();
        match records.find(|record| record.dns_class != DNSClass::IN) {
            None => Ok(()),
            Some(record) => Err(Rejection::NoAnswer(format!(
                "a record of class {} in the answer",
                record.dns_class
            ))),
        }
    }
}

/// A message that was cut off in the middle of a record, and says that it was truncated: header and question.
fn cut(wire: &[u8]) -> Option<Message> {
    let mut wire = wire.to_vec();
    wire.get_mut(6..12)?.fill(0); // the counts of all sections but the question's
    let message = Message::from_vec(&wire).ok()?;
    message.metadata.truncation.then_some(message)
}

/// Whether a code says that the server does nothing with the question.
fn is_refusal(code: ResponseCode) -> bool {
    !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain)
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
