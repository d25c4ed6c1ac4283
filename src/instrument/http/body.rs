//! The body of an answer: its beginning is kept, its digest covers all that was read, and no more is read than is
//! allowed.

use serde::{Deserialize, Serialize};

use super::request::Limits;
use crate::model::digest::Sha256;

/// A body as far as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Body {
    /// How many bytes were read.
    pub size: u64,
    /// SHA-256 of them, hexadecimal; empty where nothing was read.
    pub sha256: String,
    /// Whether that is all of it, as the protocol says.
    pub complete: bool,
    /// Its beginning.
    #[serde(
        with = "crate::instrument::base64_bytes",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub kept: Vec<u8>,
}

/// Takes a body in, piece by piece.
#[derive(Default)]
pub(super) struct Collector {
    size: u64,
    digest: Option<Sha256>,
    kept: Vec<u8>,
    complete: bool,
}

impl Collector {
    /// Takes the next piece. Says whether more may come.
    pub(super) fn take(&mut self, piece: &[u8], limits: Limits) -> bool {
        let left = limits.read.saturating_sub(self.size);
        let fits = piece.len() as u64 <= left;
        let piece = if fits { piece } else { &piece[..left as usize] };
        self.size += piece.len() as u64;
        self.digest.get_or_insert_default().update(piece);
        let room = limits.keep.saturating_sub(self.kept.len());
        self.kept.extend_from_slice(&piece[..room.min(piece.len())]);
        fits
    }

    /// The body is whole.
    pub(super) fn end(&mut self) {
        self.complete = true;
    }

    pub(super) fn finish(self) -> Body {
        Body {
            size: self.size,
            sha256: self.digest.map(Sha256::hex).unwrap_or_default(),
            complete: self.complete,
            kept: self.kept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::digest::sha256_hex;

    #[test]
    fn a_body_is_read_and_kept_as_far_as_the_limits() {
        let limits = Limits {
            read: 6,
            keep: 2,
            ..Limits::default()
        };
        let mut body = Collector::default();
        assert!(body.take(b"abc", limits));
        assert!(body.take(b"def", limits), "exactly as much as is allowed");
        assert!(!body.take(b"g", limits));
        let body = body.finish();
        let wanted = Body {
            size: 6,
            sha256: sha256_hex(b"abcdef"),
            complete: false,
            kept: b"ab".to_vec(),
        };
        assert_eq!(body, wanted);
    }
}
