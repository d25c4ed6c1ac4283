//! Records and codes as text, the way zone files write them.

use std::borrow::Cow;
use std::fmt::Write as _;

use data_encoding::{BASE64, HEXLOWER};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::svcb::{SvcParamKey, SvcParamValue};
use hickory_proto::rr::rdata::{SVCB, TXT};
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
        RData::PTR(name) => name.to_ascii(),
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
        RData::HTTPS(binding) => service(binding),
        RData::SVCB(binding) => service(binding),
        RData::CAA(caa) => format!("{} {} {}", caa.flags(), caa.tag, quoted(&caa.value)),
        RData::NAPTR(naptr) => format!(
            "{} {} {} {} {} {}",
            naptr.order,
            naptr.preference,
            quoted(&naptr.flags),
            quoted(&naptr.services),
            quoted(&naptr.regexp),
            naptr.replacement.to_ascii()
        ),
        RData::TLSA(tlsa) => format!(
            "{} {} {} {}",
            u8::from(tlsa.cert_usage),
            u8::from(tlsa.selector),
            u8::from(tlsa.matching),
            HEXLOWER.encode(&tlsa.cert_data)
        ),
        RData::SSHFP(sshfp) => format!(
            "{} {} {}",
            u8::from(sshfp.algorithm),
            u8::from(sshfp.fingerprint_type),
            HEXLOWER.encode(&sshfp.fingerprint)
        ),
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

/// A service binding as RFC 9460 section 2.1 writes it.
fn service(binding: &SVCB) -> String {
    let mut text = format!(
        "{} {}",
        binding.svc_priority,
        binding.target_name.to_ascii()
    );
    for (key, value) in &binding.svc_params {
        let key = match key {
            SvcParamKey::Unknown(number) | SvcParamKey::Key(number) => format!("key{number}"),
            known => known.to_string(),
        };
        let value = match value {
            SvcParamValue::NoDefaultAlpn => None,
            SvcParamValue::Alpn(alpn) => Some(quoted(alpn.0.join(",").as_bytes())),
            SvcParamValue::EchConfigList(list) => Some(BASE64.encode(&list.0)),
            SvcParamValue::Unknown(bytes) => Some(quoted(&bytes.0)),
            // The library ends every list with a comma; RFC 9460 appendix A.1 does not.
            value => Some(value.to_string().trim_end_matches(',').to_owned()),
        };
        text.push(' ');
        text.push_str(&key);
        if let Some(value) = value {
            text.push('=');
            text.push_str(&value);
        }
    }
    text
}

/// Bytes in quotes, as zone files escape them.
fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in bytes {
        let _ = match byte {
            b'"' | b'\\' => write!(out, "\\{}", char::from(*byte)),
            b' '..=b'~' => write!(out, "{}", char::from(*byte)),
            _ => write!(out, "\\{byte:03}"),
        }; // a String takes every write
    }
    out.push('"');
    out
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
        // One number, two names: in an answer to a question it is the version of EDNS (RFC 6891 section 9).
        ResponseCode::BADVERS | ResponseCode::BADSIG => "BADVERS",
        ResponseCode::YXDomain => "YXDOMAIN",
        ResponseCode::YXRRSet => "YXRRSET",
        ResponseCode::NXRRSet => "NXRRSET",
        ResponseCode::NotZone => "NOTZONE",
        ResponseCode::BADCOOKIE => "BADCOOKIE",
        other => return Cow::Owned(format!("RCODE{}", u16::from(other))),
    })
}
