//! Output of any length in bounded memory.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// How much of the beginning and of the end of an [`Excerpt`] is kept, each.
pub const KEPT: usize = 32 * 1024;

/// The beginning of some output, its end, and the number of bytes between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Text", into = "Text")]
pub struct Excerpt {
    head: Vec<u8>,
    omitted: u64,
    tail: VecDeque<u8>,
}

/// An excerpt in a record. What is not UTF-8 shows as U+FFFD.
#[derive(Serialize, Deserialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "is_zero", default)]
    omitted_bytes: u64,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    end: String,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Excerpt {
    /// Adds what was printed next.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = KEPT - self.head.len().min(KEPT);
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(head);
        let (skipped, last) = rest.split_at(rest.len().saturating_sub(KEPT));
        let surplus = (self.tail.len() + last.len()).saturating_sub(KEPT);
        self.tail.drain(..surplus);
        self.tail.extend(last);
        self.omitted += (skipped.len() + surplus) as u64;
    }

    /// Whether nothing was printed.
    pub fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// Bytes that were printed and not kept.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    /// The kept text in one piece, or in two with something missing between them.
    pub fn pieces(&self) -> Vec<Cow<'_, str>> {
        if self.omitted > 0 {
            let (front, back) = self.tail.as_slices();
            let end = String::from_utf8_lossy(&[front, back].concat()).into_owned();
            vec![String::from_utf8_lossy(&self.head), Cow::Owned(end)]
        } else {
            vec![Cow::Owned(
                String::from_utf8_lossy(&self.kept()).into_owned(),
            )]
        }
    }

    /// The bytes as evidence; a line in the middle tells how many are missing there.
    pub fn bytes(&self) -> Vec<u8> {
        if self.omitted == 0 {
            return self.kept();
        }
        let gap = format!("\n[... {} bytes omitted ...]\n", self.omitted);
        let tail = self.tail.iter().copied();
        let head = self.head.iter().copied();
        head.chain(gap.into_bytes()).chain(tail).collect()
    }

    fn kept(&self) -> Vec<u8> {
        self.head.iter().chain(&self.tail).copied().collect()
    }
}

impl From<Excerpt> for Text {
    fn from(excerpt: Excerpt) -> Self {
        let mut pieces = excerpt.pieces().into_iter().map(Cow::into_owned);
        Self {
            text: pieces.next().unwrap_or_default(),
            omitted_bytes: excerpt.omitted,
            end: pieces.next().unwrap_or_default(),
        }
    }
}

/// Keeps a recorded text as it is, also where replacement characters made it longer than [`KEPT`].
impl From<Text> for Excerpt {
    fn from(text: Text) -> Self {
        Self {
            head: text.text.into_bytes(),
            omitted: text.omitted_bytes,
            tail: text.end.into_bytes().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(pieces: &[&[u8]]) -> Excerpt {
        let mut excerpt = Excerpt::default();
        pieces.iter().for_each(|piece| excerpt.push(piece));
        excerpt
    }

    #[test]
    fn what_fits_is_kept_in_one_piece() {
        let bytes: Vec<u8> = (0..2 * KEPT).map(|at| b'a' + (at % 26) as u8).collect();
        for size in [1, 7, KEPT - 1, KEPT, KEPT + 1, 2 * KEPT] {
            let chunks: Vec<_> = bytes.chunks(size).collect();
            let excerpt = excerpt(&chunks);
            assert_eq!(excerpt.omitted(), 0, "chunks of {size}");
            assert_eq!(excerpt.bytes(), bytes, "chunks of {size}");
            assert_eq!(excerpt.pieces().len(), 1);
        }
    }

    #[test]
    fn of_what_does_not_fit_the_middle_is_counted() {
        let bytes: Vec<u8> = (0..5 * KEPT).map(|at| b'a' + (at % 26) as u8).collect();
        for size in [1, 1000, KEPT, 3 * KEPT, 5 * KEPT] {
            let chunks: Vec<_> = bytes.chunks(size).collect();
            let excerpt = excerpt(&chunks);
            assert_eq!(excerpt.omitted(), 3 * KEPT as u64, "chunks of {size}");
            let pieces = excerpt.pieces();
            assert_eq!(pieces[0].as_bytes(), &bytes[..KEPT]);
            assert_eq!(pieces[1].as_bytes(), &bytes[4 * KEPT..]);
        }
    }

    #[test]
    fn a_record_of_it_reads_back_the_same() {
        let short = excerpt(&[b"caf\xc3", b"\xa9 \xff"]);
        let json = serde_json::to_string(&short).unwrap();
        assert_eq!(json, "{\"text\":\"caf\u{e9} \u{fffd}\"}");
        for excerpt in [short, excerpt(&[&[b'x'; KEPT], &[b'y'; KEPT], b"end"])] {
            let json = serde_json::to_string(&excerpt).unwrap();
            let read: Excerpt = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
            assert_eq!(read.omitted(), excerpt.omitted());
            assert_eq!(read.pieces(), excerpt.pieces());
        }
    }
}
