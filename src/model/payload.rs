//! Bytes in a checklist and in a record: text as it is, or hexadecimal digits after `hex:`.

use std::fmt;
use std::str::FromStr;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

use super::text_value::{TextValue, refused, text_value};

/// The most bytes of a payload.
pub const MOST: usize = 4096;

const HEX: &str = "hex:";

/// Bytes to send to a service, or that came back: at least one, and at most [`MOST`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload(Vec<u8>);

impl Payload {
    /// These bytes, up to [`MOST`]; none for no bytes.
    pub fn new(mut bytes: Vec<u8>) -> Option<Self> {
        bytes.truncate(MOST);
        (!bytes.is_empty()).then_some(Self(bytes))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Payload {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = match text.strip_prefix(HEX) {
            Some(digits) => HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok(),
            None => Some(text.as_bytes().to_vec()),
        };
        let bytes = bytes.filter(|bytes| bytes.len() <= MOST);
        let payload = bytes.and_then(Self::new);
        payload.ok_or_else(|| refused::<Self>(text))
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match str::from_utf8(&self.0) {
            Ok(text) if !text.starts_with(HEX) => f.write_str(text),
            _ => write!(f, "{HEX}{}", HEXLOWER.encode(&self.0)),
        }
    }
}

impl TextValue for Payload {
    const EXPECTED: &'static str = "1 to 4096 bytes: text, or digits such as \"hex:ffffffff54\"";
}

text_value!(Payload);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_the_same() {
        for bytes in [&b"PING\r\n"[..], b"\xff\0", b"hex:00", " ü".as_bytes()] {
            let payload = Payload::new(bytes.to_vec()).unwrap();
            assert_eq!(payload.to_string().parse(), Ok(payload));
        }
        assert_eq!("hex:FF00".parse::<Payload>().unwrap().bytes(), [0xff, 0]);
        let long = "x".repeat(MOST + 1);
        for wrong in ["", "hex:", "hex:0", "hex:xy", &long] {
            assert!(wrong.parse::<Payload>().is_err(), "{wrong}");
        }
    }
}
