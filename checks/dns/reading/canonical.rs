//! Names and data in one form, so that what is equal is equal text.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::instrument::dns::{Question, RecordType};

/// A name without its case and final dot, in its ASCII form.
pub(super) fn canonical_name(name: &str) -> String {
    let ascii = match (!name.is_ascii()).then(|| Question::canonical_name(name)) {
        Some(Ok(canonical)) => Cow::Owned(canonical),
        _ => Cow::Borrowed(name),
    };
    ascii.strip_suffix('.').unwrap_or(&ascii).to_lowercase()
}

/// Data so that equal records are equal text: addresses in their one form, names without case and final dot.
/// What case matters in (TXT strings, CAA values, parameters) stays as it is.
pub(crate) fn canonical(kind: RecordType, data: &str) -> String {
    let quotes = |text: &str| text.trim_matches('"').to_owned();
    match kind {
        // An IPv4 address that can be read has this one form.
        RecordType::A => data.to_owned(),
        RecordType::Aaaa => data
            .parse::<IpAddr>()
            .map_or_else(|_| data.to_owned(), |address| address.to_string()),
        RecordType::Txt => quotes(data),
        RecordType::Caa => {
            let mut words = data.splitn(3, ' ');
            let mut word = || words.next().unwrap_or_default();
            let (flags, tag) = (word(), word().to_lowercase());
            format!("{flags} {tag} {}", quotes(word()))
        }
        RecordType::Https => {
            let words = data.split_whitespace().enumerate();
            let words = words.map(|(place, word)| match place {
                0 | 1 => canonical_name(word),
                _ => word.replace('"', ""),
            });
            words.collect::<Vec<_>>().join(" ")
        }
        // Hexadecimal digits and Base64 may be in groups.
        RecordType::Ds | RecordType::Dnskey => {
            let words: Vec<_> = data.split_whitespace().collect();
            let (head, tail) = words.split_at(words.len().min(3));
            let text = format!("{} {}", head.join(" "), tail.concat());
            match kind {
                RecordType::Ds => text.to_lowercase(),
                _ => text,
            }
        }
        RecordType::Cname | RecordType::Mx | RecordType::Srv | RecordType::Ns | RecordType::Soa => {
            let words = data.split_whitespace().map(canonical_name);
            words.collect::<Vec<_>>().join(" ")
        }
    }
}
