//! Names and data in one form, so that what is equal is equal text.

use std::borrow::Cow;
use std::net::IpAddr;

use super::zone_file::{shown, words};
use crate::instrument::dns::{Question, RecordType};

/// A name without its case and final dot, in its ASCII form.
pub(crate) fn canonical_name(name: &str) -> String {
    let ascii = match (!name.is_ascii()).then(|| Question::canonical_name(name)) {
        Some(Ok(canonical)) => Cow::Owned(canonical),
        _ => Cow::Borrowed(name),
    };
    ascii.strip_suffix('.').unwrap_or(&ascii).to_lowercase()
}

/// Expected data as people write it, or as `dig +short` prints it.
pub(crate) fn canonical_expected(kind: RecordType, text: &str) -> String {
    let text = text.trim();
    match kind {
        // Strings in quotes are those of a zone file; without quotes it is the text itself.
        RecordType::Txt if text.starts_with('"') => shown(&words(text).concat()),
        _ => canonical(kind, text),
    }
}

/// Data so that equal records are equal text: addresses in their one form, names without case and final dot.
/// What case matters in (TXT strings, CAA values, parameters) stays as it is.
pub(crate) fn canonical(kind: RecordType, data: &str) -> String {
    match kind {
        // An IPv4 address that can be read has this one form. TXT strings are joined already.
        RecordType::A | RecordType::Txt => data.to_owned(),
        RecordType::Aaaa => address(data),
        RecordType::Caa => {
            let words = words(data);
            let text = |place: usize| {
                words
                    .get(place)
                    .map_or_else(String::new, |word| shown(word))
            };
            let value: Vec<_> = words.iter().skip(2).map(|word| shown(word)).collect();
            format!("{} {} {}", text(0), text(1).to_lowercase(), value.join(" "))
        }
        RecordType::Https | RecordType::Svcb => service(data),
        RecordType::Naptr => {
            // The replacement is a name, in which a backslash is another one's.
            let (rest, name) = data
                .trim_end()
                .rsplit_once([' ', '\t'])
                .unwrap_or((data, ""));
            let words = words(rest);
            let words = words.iter().enumerate().map(|(place, word)| match place {
                2 | 3 => format!("\"{}\"", shown(word).to_lowercase()),
                4 => format!("\"{}\"", shown(word)),
                _ => shown(word),
            });
            let words: Vec<_> = words.collect();
            format!("{} {}", words.join(" "), canonical_name(name))
        }
        // Hexadecimal digits and Base64 may be in groups.
        RecordType::Ds | RecordType::Tlsa => grouped(data, 3).to_lowercase(),
        RecordType::Sshfp => grouped(data, 2).to_lowercase(),
        RecordType::Dnskey => grouped(data, 3),
        RecordType::Cname
        | RecordType::Mx
        | RecordType::Srv
        | RecordType::Ns
        | RecordType::Ptr
        | RecordType::Soa => {
            let words = data.split_whitespace().map(canonical_name);
            words.collect::<Vec<_>>().join(" ")
        }
    }
}

fn address(text: &str) -> String {
    let address = text.parse::<IpAddr>();
    address.map_or_else(|_| text.to_owned(), |address| address.to_string())
}

/// So many fields, and then digits.
fn grouped(data: &str, fields: usize) -> String {
    let words: Vec<_> = data.split_whitespace().collect();
    let (head, tail) = words.split_at(words.len().min(fields));
    format!("{} {}", head.join(" "), tail.concat())
}

/// A service binding: priority, target, and parameters in any order (RFC 9460 section 2.1).
fn service(data: &str) -> String {
    let mut rest = data.trim();
    let mut head = [""; 2];
    for word in &mut head {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        (*word, rest) = rest.split_at(end);
        rest = rest.trim_start();
    }
    let parameter = |word: Vec<u8>| {
        let text = shown(&word);
        match text.split_once('=') {
            None => text.to_lowercase(),
            Some((key, value)) => {
                let key = key.to_lowercase();
                let value = match key.as_str() {
                    "ipv6hint" => value.split(',').map(address).collect::<Vec<_>>().join(","),
                    _ => value.to_owned(),
                };
                match value.is_empty() {
                    true => key,
                    false => format!("{key}={value}"),
                }
            }
        }
    };
    let mut parameters: Vec<_> = words(rest).into_iter().map(parameter).collect();
    parameters.sort_unstable();
    let head = head.map(canonical_name);
    head.into_iter()
        .chain(parameters)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dig_prints_is_what_a_record_holds() {
        use RecordType::{Aaaa, Caa, Dnskey, Ds, Https, Mx, Naptr, Soa, Sshfp, Svcb, Tlsa, Txt};
        for (kind, printed, data) in [
            (Aaaa, "2001:DB8:0:0::1", "2001:db8::1"),
            (Mx, "10  Mail.Test.", "10 mail.test"),
            (
                Soa,
                "Ns.test. h.test. 1 2 3 4 5",
                "ns.test h.test 1 2 3 4 5",
            ),
            (Txt, "\"v=spf1 \" \"-all\"", "v=spf1 -all"),
            (Txt, "v=spf1 -all", "v=spf1 -all"),
            (
                Txt,
                r#""say \"hi\"; back\\slash""#,
                r#"say "hi"; back\slash"#,
            ),
            (Txt, r#""\195\188\255""#, "ü\\255"),
            (Txt, "\"\"", ""),
            (
                Caa,
                "0 issue \"ca.example; a=1\"",
                "0 ISSUE \"ca.example; a=1\"",
            ),
            (Caa, "0 issue ca.example", "0 issue \"ca.example\""),
            (
                Naptr,
                r#"100 10 "U" "E2U+sip" "!^.*$!sip:\\1@a.test!" ."#,
                r#"100 10 "u" "E2U+sip" "!^.*$!sip:\\1@a.test!" ."#,
            ),
            (Tlsa, "3 1 1 AB CD", "3 1 1 abcd"),
            (Sshfp, "4 2 AB CD", "4 2 abcd"),
            (Ds, "1 13 2 AB CD", "1 13 2 abcd"),
            (Dnskey, "257 3 13 aB cD", "257 3 13 aBcD"),
            (
                Https,
                "1 . alpn=\"h2,h3\" port=443 ipv6hint=2001:DB8::1",
                "1 . port=\"443\" ipv6hint=2001:db8:0::1 alpn=h2,h3",
            ),
            (Svcb, "0 Other.Test.", "0 other.test."),
            (
                Svcb,
                "1 a.test. no-default-alpn",
                "1 a.test. no-default-alpn=",
            ),
        ] {
            assert_eq!(
                canonical_expected(kind, printed),
                canonical(kind, data),
                "{printed}"
            );
        }
        for (kind, one, other) in [
            (Txt, "\"a\" \"b\"", "a b"),
            (Caa, "0 issue \"A.example\"", "0 issue \"a.example\""),
            (Dnskey, "257 3 13 abcd", "257 3 13 aBcD"),
            (Https, "1 . alpn=h2", "1 . alpn=h3"),
        ] {
            assert_ne!(
                canonical_expected(kind, one),
                canonical(kind, other),
                "{one}"
            );
        }
    }
}
