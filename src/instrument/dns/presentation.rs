//! Records and codes as text, the way zone files write them.

use std::borrow::Cow;
use std::fmt::Write as _;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{self, Name, RData};

use super::Record;

/// A record as plain data; its name only where it is not the one asked for.
pub(super) fn plain(record: &rr::Record, asked: &Name) -> Record {
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

/// A response code by its name.
pub(super) fn mnemonic(code: ResponseCode) -> Cow<'static, str> {
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
