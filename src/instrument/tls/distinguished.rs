//! Distinguished names in the form in which they are compared.
//!
//! Two names are equal although their bytes differ: `UTF8String` and `PrintableString`, upper and lower case, one blank
//! or two (RFC 5280 section 7.1, caseIgnoreMatch of RFC 4518). An authority that was renewed with other software
//! often has its name in another encoding than the certificates it issued before. OpenSSL compares names like this,
//! with ASCII letters alone folded, and so does this file.

use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

/// A name, prepared for comparison: one entry for each relative name, outermost first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Distinguished(Vec<Vec<u8>>);

impl Distinguished {
    /// Prepares a Name (DER). One that breaks the rules equals only the same bytes.
    pub fn read(der: &[u8]) -> Self {
        match X509Name::from_der(der) {
            Ok((_, name)) => Self::of(&name),
            Err(_) => Self(vec![der.to_vec()]),
        }
    }

    /// Prepares a name that was read.
    pub fn of(name: &X509Name<'_>) -> Self {
        let relative = name.iter_rdn().map(|relative| {
            let mut parts: Vec<Vec<u8>> = relative
                .iter()
                .map(|part| {
                    let value = part.attr_value();
                    let text = text(value.tag().0, value.data);
                    let mut bytes = part.attr_type().as_bytes().to_vec();
                    match text {
                        Some(text) => {
                            bytes.push(0x0c); // as a UTF8String
                            bytes.extend(folded(&text).into_bytes());
                        }
                        None => {
                            bytes.extend(value.tag().0.to_be_bytes());
                            bytes.extend(value.data);
                        }
                    }
                    bytes
                })
                .collect();
            parts.sort(); // a relative name is a set
            // Each part with its length, so that no two different sets look alike.
            parts
                .iter()
                .flat_map(|part| [&part.len().to_be_bytes()[..], part].concat())
                .collect()
        });
        Self(relative.collect())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this name is below that one, or is the same (RFC 5280 section 4.2.1.10).
    pub fn below(&self, base: &Self) -> bool {
        self.0.starts_with(&base.0)
    }
}

/// What a string of one of the types for names says.
fn text(tag: u32, bytes: &[u8]) -> Option<String> {
    match tag {
        12 | 19 | 22 | 26 => String::from_utf8(bytes.to_vec()).ok(), // UTF8, Printable, IA5, Visible
        20 => Some(bytes.iter().map(|byte| char::from(*byte)).collect()), // Teletex, taken for Latin-1
        28 => bytes
            .chunks(4)
            .map(|four| char::from_u32(u32::from_be_bytes(four.try_into().ok()?)))
            .collect(),
        30 => {
            let units = bytes.chunks(2).map(|two| two.try_into().ok());
            let units: Option<Vec<_>> = units.map(|two| two.map(u16::from_be_bytes)).collect();
            String::from_utf16(&units?).ok()
        }
        _ => None,
    }
}

/// Without blanks around it, with one in place of several, in lower case.
fn folded(text: &str) -> String {
    let words: Vec<_> = text.split_ascii_whitespace().collect();
    words.join(" ").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name of one common name: its tag, its bytes.
    fn name(tag: u8, text: &[u8]) -> Distinguished {
        let tlv = |tag: u8, contents: &[u8]| {
            let length = u8::try_from(contents.len()).unwrap();
            [&[tag, length], contents].concat()
        };
        let part = [&[6, 3, 0x55, 4, 3][..], &tlv(tag, text)].concat();
        Distinguished::read(&tlv(0x30, &tlv(0x31, &tlv(0x30, &part))))
    }

    #[test]
    fn names_are_equal_whatever_their_encoding_case_and_blanks() {
        let utf8 = name(12, b"Example CA");
        for (tag, text) in [
            (19, &b"Example CA"[..]),
            (22, b"example  ca"),
            (12, b" EXAMPLE CA "),
            (20, b"Example CA"),
            (30, b"\0E\0x\0a\0m\0p\0l\0e\0 \0C\0A"),
        ] {
            assert_eq!(name(tag, text), utf8, "{tag}");
        }
        assert_ne!(name(12, b"Example CB"), utf8);
        assert_ne!(name(12, b"ExampleCA"), utf8);
        assert_ne!(name(4, b"Example CA"), utf8); // an OCTET STRING is no text
        assert!(utf8.below(&Distinguished::default()));
        assert!(utf8.below(&utf8) && !Distinguished::default().below(&utf8));
    }
}
