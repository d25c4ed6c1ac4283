//! What is odd in the encoding of a certificate. Parsers differ in what they forgive, and a certificate that a client
//! cannot parse is one that it refuses.

use x509_parser::certificate::X509Certificate;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Name;

use super::clients::Kind;
use crate::checks::tls::key::Signature;
use crate::instrument::tls::contents;

/// What is odd, and in words that follow the certificate's name.
pub(super) type Oddity = (Kind, &'static str);

/// What is odd outside of the extensions.
pub(super) fn oddities(certificate: &X509Certificate<'_>) -> Vec<Oddity> {
    let mut odd = Vec::new();
    odd.extend(serial(certificate.raw_serial()));
    odd.extend(dates(certificate.tbs_certificate.as_ref()));
    for name in [certificate.subject(), certificate.issuer()] {
        odd.extend(name_type(name));
    }
    if certificate.version().0 > 2 {
        odd.push((Kind::EncodingForGo, "is of an X.509 version above 3"));
    }
    odd.extend(key(certificate));
    let signature = Signature::of(&certificate.signature_algorithm);
    if signature.name.starts_with("algorithm ") {
        odd.push((Kind::UnknownAlgorithm, "is signed by an unknown algorithm"));
    }
    odd
}

/// The elements of a DER value, each with its tag; nothing more after one that is broken.
pub(super) fn elements(mut der: &[u8]) -> Vec<(u8, &[u8])> {
    let mut found = Vec::new();
    while let [tag, length, ..] = *der {
        let (header, length) = match length {
            short @ ..0x80 => (2, usize::from(short)),
            long => {
                let bytes = usize::from(long & 0x7f);
                let Some(digits) = der.get(2..2 + bytes).filter(|_| bytes <= 4) else {
                    break;
                };
                let length = digits
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                (2 + bytes, length)
            }
        };
        let Some(value) = der.get(header..header + length) else {
            break;
        };
        found.push((tag, value));
        der = &der[header + length..];
    }
    found
}

fn serial(bytes: &[u8]) -> Option<Oddity> {
    let needless = match bytes {
        [] => true,
        [0, second, ..] => *second < 0x80,
        [0xff, second, ..] => *second >= 0x80,
        _ => false,
    };
    needless.then_some((
        Kind::BadEncoding,
        "has a serial number that is not valid DER",
    ))
}

/// Instants end in Z, and have seconds (RFC 5280 section 4.1.2.5).
fn dates(tbs: &[u8]) -> Option<Oddity> {
    let fields = elements(contents(tbs));
    let validity = fields.iter().filter(|(tag, _)| *tag == 0x30).nth(2)?;
    let mut worst = None;
    for (tag, text) in elements(validity.1) {
        let whole = match tag {
            0x17 => 13,
            _ => 15,
        };
        let (last, digits) = text.split_last()?;
        let zulu = *last == b'Z' && digits.iter().all(u8::is_ascii_digit);
        if !zulu || text.len() != whole && text.len() + 2 != whole {
            return Some((
                Kind::BadEncoding,
                "has a date in a form that clients do not read",
            ));
        }
        if text.len() != whole {
            worst = Some((Kind::EncodingForOpenSsl, "has a date without seconds"));
        }
    }
    worst
}

fn name_type(name: &X509Name<'_>) -> Option<Oddity> {
    const BAD: Oddity = (Kind::BadEncoding, "has a name that is not valid text");
    const UNREAD: Oddity = (
        Kind::EncodingForGo,
        "has a name with letters that its string type does not have",
    );
    let printable = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(byte);
    let mut odd = None;
    for part in name.iter_attributes() {
        let value = part.attr_value();
        let bytes = value.data;
        odd = odd.or(match value.tag().0 {
            12 => std::str::from_utf8(bytes).is_err().then_some(BAD),
            30 => (bytes.len() % 2 != 0).then_some(BAD),
            18 | 22 => (!bytes.is_ascii()).then_some(UNREAD),
            19 => (!bytes.iter().all(printable)).then_some(UNREAD),
            20 => None,
            3 | 16 | 21 | 25..=28 => Some(UNREAD),
            _ => Some(BAD),
        });
    }
    odd
}

fn key(certificate: &X509Certificate<'_>) -> Option<Oddity> {
    const FOR_GO: Kind = Kind::EncodingForGo;
    let key = certificate.public_key();
    let parameters = key.algorithm.parameters.as_ref();
    match key.algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.1" => match key.parsed() {
            _ if parameters.is_none() => Some((FOR_GO, "has an RSA key without parameters")),
            Ok(PublicKey::RSA(rsa)) if rsa.modulus.first().is_some_and(|first| *first >= 0x80) => {
                Some((FOR_GO, "has an RSA key with a negative modulus"))
            }
            _ => None,
        },
        "1.2.840.10045.2.1" => {
            let curve = parameters.and_then(|parameters| parameters.as_oid().ok());
            let curve = curve.map(|curve| curve.to_id_string()).unwrap_or_default();
            let known = ["1.3.132.0.", "1.3.36.3.3.2.8.1.1.", "1.2.840.10045.3."];
            let compressed = matches!(key.subject_public_key.data.first(), Some(2 | 3));
            match curve.as_str() {
                "" => Some((
                    Kind::BadEncoding,
                    "has a key whose curve is written out instead of named",
                )),
                "1.3.132.0.33" | "1.2.840.10045.3.1.7" | "1.3.132.0.34" | "1.3.132.0.35" => {
                    compressed.then_some((FOR_GO, "has a key of a compressed point"))
                }
                other if known.iter().any(|known| other.starts_with(known)) => {
                    Some((FOR_GO, "has a key on a curve that few clients know"))
                }
                _ => Some((Kind::BadEncoding, "has a key on an unknown curve")),
            }
        }
        "1.2.840.113549.1.1.10" => Some((Kind::KeyForGo, "has a key for RSA-PSS alone")),
        "1.3.101.110" | "1.3.101.111" | "1.3.101.113" => {
            Some((Kind::KeyForGo, "has a key of a kind that few clients know"))
        }
        "1.3.101.112" | "1.2.840.10040.4.1" => None,
        _ => Some((Kind::UnknownKey, "has a key of an unknown kind")),
    }
}

/// Basic constraints, as they are written: whether it is an authority, and how many may stand below it.
pub(super) struct Basic {
    pub(super) authority: bool,
    pub(super) most_below: Option<u32>,
    pub(super) odd: Option<Oddity>,
}

/// Reads basic constraints (RFC 5280 section 4.2.1.9); none where they are broken.
pub(super) fn basic(value: &[u8]) -> Option<Basic> {
    let [(0x30, fields)] = elements(value)[..] else {
        return None;
    };
    let mut basic = Basic {
        authority: false,
        most_below: None,
        odd: None,
    };
    for (tag, value) in elements(fields) {
        match (tag, value) {
            (0x01, [byte]) => {
                basic.authority = *byte != 0;
                if !matches!(byte, 0 | 0xff) {
                    basic.odd = Some((
                        Kind::EncodingForGo,
                        "has basic constraints that are not valid DER",
                    ));
                }
            }
            (0x02, [first, ..]) if *first >= 0x80 => {
                basic.odd = Some((Kind::EncodingForOpenSsl, "has a negative path length"));
            }
            (0x02, [_, ..]) => {
                let most = value.iter().fold(0_u64, |sum, byte| {
                    sum.saturating_mul(256).saturating_add(u64::from(*byte))
                });
                basic.most_below = Some(u32::try_from(most).unwrap_or(u32::MAX));
            }
            _ => return None,
        }
    }
    Some(basic)
}

/// What is odd in name constraints: distances, which are never used, and bases that Go cannot parse.
pub(super) fn constraints(value: &[u8]) -> Vec<Oddity> {
    let mut odd = Vec::new();
    let trees: Vec<_> = elements(contents(value))
        .into_iter()
        .flat_map(|(_, trees)| elements(trees))
        .map(|(_, tree)| elements(tree))
        .collect();
    if trees.is_empty() {
        odd.push((Kind::EncodingForGo, "has name constraints without any"));
    }
    for tree in trees {
        let Some(((tag, base), distances)) = tree.split_first() else {
            continue;
        };
        let set = |(tag, distance): &(u8, &[u8])| {
            *tag & 0x1f == 1 || distance.iter().any(|byte| *byte != 0)
        };
        if distances.iter().any(set) {
            odd.push((
                Kind::EncodingForOpenSsl,
                "has name constraints with a minimum or a maximum",
            ));
        }
        let readable = match tag & 0x1f {
            1 | 2 | 6 => base.is_ascii(),
            7 => matches!(base.len(), 8 | 32) && whole(&base[base.len() / 2..]),
            _ => true,
        };
        if !readable {
            odd.push((
                Kind::EncodingForGo,
                "has name constraints with a malformed base",
            ));
        }
    }
    odd
}

/// Whether a mask has no holes.
fn whole(mask: &[u8]) -> bool {
    let bits = mask
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    bits.skip_while(|bit| *bit == 1).all(|bit| bit == 0)
}
