//! The signature's place in the file: `/ByteRange` is everything, the gap in it is exactly the hexadecimal string
//! of `/Contents`, and both are written in one way only.

use super::error::{Refusal, SignError};

/// Bytes reserved for the CMS object: a chain of several RSA certificates, and later a timestamp, fit.
pub(super) const RESERVED: usize = 16 * 1024;

/// How every signature dictionary begins. What follows has fixed width: the ranges, `/Contents`, the gap.
pub(super) const BEGIN: &[u8] =
    b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange";
const RANGES_WIDTH: usize = 36;
const CONTENTS: &[u8] = b"/Contents";

/// The bytes that the signature does not cover: `<`, hexadecimal digits, `>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Gap {
    /// Where the gap of a signature dictionary is that begins at `dictionary`.
    fn of(dictionary: usize) -> Self {
        let start = dictionary + BEGIN.len() + RANGES_WIDTH + CONTENTS.len();
        let end = start + 2 * RESERVED + 2;
        Self { start, end }
    }

    /// Writes the head of a signature dictionary with an empty gap; [`Self::set_ranges`] completes it.
    pub(super) fn write(pdf: &mut Vec<u8>) -> Self {
        let gap = Self::of(pdf.len());
        pdf.extend_from_slice(BEGIN);
        pdf.resize(pdf.len() + RANGES_WIDTH, b' ');
        pdf.extend_from_slice(CONTENTS);
        pdf.push(b'<');
        pdf.resize(gap.end - 1, b'0');
        pdf.push(b'>');
        gap
    }

    /// Fills the ranges in when the file has its length.
    pub(super) fn set_ranges(self, pdf: &mut [u8]) {
        let ranges = self.ranges(pdf.len());
        let at = self.start - CONTENTS.len() - RANGES_WIDTH;
        pdf[at..at + RANGES_WIDTH].copy_from_slice(ranges.as_bytes());
    }

    /// The value of `/ByteRange` for a file of this length, [`RANGES_WIDTH`] bytes below 10 GB.
    fn ranges(self, length: usize) -> String {
        let (start, end) = (self.start, self.end);
        let rest = length.saturating_sub(end);
        format!("[0 {start:<10} {end:<10} {rest:<10}]")
    }

    /// The digest of the file without the gap.
    pub(super) fn digest(self, pdf: &[u8], algorithm: &'static ring::digest::Algorithm) -> Vec<u8> {
        let mut context = ring::digest::Context::new(algorithm);
        context.update(&pdf[..self.start]);
        context.update(&pdf[self.end..]);
        context.finish().as_ref().to_vec()
    }

    /// Writes the CMS object in; the rest of the gap stays zero.
    pub(super) fn fill(self, pdf: &mut [u8], cms: &[u8]) -> Result<(), SignError> {
        if cms.len() > RESERVED {
            return Err(SignError::TooLarge {
                needed: cms.len(),
                reserved: RESERVED,
            });
        }
        let digits = pdf[self.start + 1..self.end - 1].chunks_exact_mut(2);
        for (pair, byte) in digits.zip(cms) {
            pair.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
        Ok(())
    }

    /// Finds the last signature of a file, and asserts that it covers the whole of it.
    ///
    /// Returns the position of its dictionary too.
    pub(super) fn find(pdf: &[u8]) -> Result<(usize, Self), Refusal> {
        // The gap has no `<` inside: this search skips it at once.
        let mut candidates = memchr::memrchr_iter(b'<', pdf);
        let dictionary = candidates
            .find(|&at| pdf[at..].starts_with(BEGIN))
            .ok_or(Refusal::NotSigned)?;
        let gap = Self::of(dictionary);
        let at = dictionary + BEGIN.len();
        let found = pdf.get(at..at + RANGES_WIDTH).ok_or(Refusal::NotSigned)?;
        let expected = gap.ranges(pdf.len());
        if found != expected.as_bytes() || gap.end > pdf.len() {
            return Err(gap.wrong_ranges(pdf, found, expected));
        }
        let frame = [
            (gap.start - CONTENTS.len(), CONTENTS),
            (gap.start, b"<".as_slice()),
            (gap.end - 1, b">".as_slice()),
        ];
        let broken = frame
            .iter()
            .find(|(at, text)| !pdf[*at..].starts_with(text));
        if let Some(&(offset, _)) = broken {
            let problem = "the signed ranges do not enclose exactly the signature";
            return Err(Refusal::Contents { offset, problem });
        }
        Ok((dictionary, gap))
    }

    /// Recognises the usual case: the right ranges for a file that was shorter.
    fn wrong_ranges(self, pdf: &[u8], found: &[u8], expected: String) -> Refusal {
        let found = String::from_utf8_lossy(found).into_owned();
        let signed = found
            .trim_end_matches([']', ' '])
            .rsplit(' ')
            .next()
            .and_then(|rest| rest.parse::<usize>().ok())
            .and_then(|rest| rest.checked_add(self.end));
        match signed {
            Some(signed) if signed < pdf.len() && self.ranges(signed) == found => {
                let bytes = (pdf.len() - signed) as u64;
                Refusal::Appended { bytes }
            }
            _ => Refusal::ByteRange { found, expected },
        }
    }

    /// The bytes in the gap, when they are written in lower-case hexadecimal as [`Self::fill`] does.
    pub(super) fn contents(self, pdf: &[u8]) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::with_capacity(RESERVED);
        let pairs = pdf[self.start + 1..self.end - 1].chunks_exact(2);
        for (at, pair) in pairs.enumerate() {
            match (hex_value(pair[0]), hex_value(pair[1])) {
                (Some(high), Some(low)) => bytes.push(high << 4 | low),
                _ => {
                    return Err(Refusal::Contents {
                        offset: self.start + 1 + 2 * at,
                        problem: "the signature is not written in lower-case hexadecimal",
                    });
                }
            }
        }
        Ok(bytes)
    }
}

/// Text in hexadecimal digits, lower case.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(hex_digit(digit))).collect()
}

/// The value of a lower-case hexadecimal digit.
pub(super) fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn hex_digit(value: u8) -> u8 {
    match value {
        0..10 => b'0' + value,
        _ => b'a' + value - 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(tail: &[u8]) -> (Vec<u8>, Gap) {
        let mut pdf = b"%PDF-1.7\n".to_vec();
        let gap = Gap::write(&mut pdf);
        pdf.extend_from_slice(tail);
        gap.set_ranges(&mut pdf);
        (pdf, gap)
    }

    #[test]
    fn what_is_written_is_found() {
        let (mut pdf, gap) = file(b">>tail");
        gap.fill(&mut pdf, b"\x01\xab").unwrap();
        assert_eq!(Gap::find(&pdf), Ok((9, gap)));
        let contents = gap.contents(&pdf).unwrap();
        assert_eq!(contents.len(), RESERVED);
        assert!(contents.starts_with(b"\x01\xab\x00"));
    }

    #[test]
    fn a_longer_file_says_how_much_follows() {
        let (mut pdf, _) = file(b">>tail");
        pdf.extend_from_slice(b"more");
        assert_eq!(Gap::find(&pdf), Err(Refusal::Appended { bytes: 4 }));
    }

    #[test]
    fn a_shorter_file_is_refused_at_every_length() {
        let (pdf, _) = file(b">>tail");
        for length in 0..pdf.len() {
            assert!(Gap::find(&pdf[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_signature_larger_than_its_room_is_an_error() {
        let (mut pdf, gap) = file(b">>");
        let error = gap.fill(&mut pdf, &[1; RESERVED + 1]).unwrap_err();
        assert!(error.to_string().contains("16385"), "{error}");
    }
}
