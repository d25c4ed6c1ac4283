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
