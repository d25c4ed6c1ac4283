//! DER (ITU-T X.690) inside JSON: base64 text.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Bytes of a certificate or a part of one; base64 (RFC 4648 section 4) in records.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Der(#[serde(with = "crate::instrument::base64_bytes")] pub Vec<u8>);

impl fmt::Debug for Der {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of DER", self.0.len())
    }
}

impl From<&[u8]> for Der {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

/// What follows the tag and length of a DER value.
pub fn contents(der: &[u8]) -> &[u8] {
    let header = match der.get(1) {
        Some(long) if *long >= 0x80 => 2 + usize::from(long & 0x7f),
        _ => 2,
    };
    der.get(header..).unwrap_or_default()
}

/// A SEQUENCE with these contents.
pub fn sequence(contents: &[u8]) -> Vec<u8> {
    let length = contents.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut der = vec![0x30];
    match length.as_slice() {
        [] => der.push(0),
        [short] if *short < 0x80 => der.push(*short),
        long => {
            der.push(0x80 | long.len() as u8);
            der.extend(long);
        }
    }
    der.extend(contents);
    der
}
