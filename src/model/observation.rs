//! What a probe writes down while it looks: an observation, which is plain data for the judge, and evidence,
//! which is raw bytes for the reader.
//!
//! A probe writes as it goes, so whatever ends it (a deadline, Ctrl-C, a panic), what it saw until then is
//! in its [`Notebook`] and is judged.

use std::collections::HashMap;
use std::fmt;
use std::io::{Read as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Redactor;
use super::digest::sha256_hex;
use super::struck::Struck;

/// The largest single piece of evidence that is kept; the rest is cut off and the name says so.
pub const EVIDENCE_LIMIT: usize = 1024 * 1024;

/// How much longer a piece is held until secrets are struck from it: a cut through the middle of a secret would
/// leave a half that is no longer recognised. No secret is expected to be longer.
const CUT: usize = 16 * 1024;

/// The most bytes of evidence that one check keeps: 16 MiB. A report carries the evidence of all checks.
pub const EVIDENCE_TOTAL: usize = 16 * EVIDENCE_LIMIT;

/// The most pieces of evidence that one check keeps.
pub const EVIDENCE_PIECES: usize = 10_000;

/// Media type of compressed evidence (RFC 6713): secrets are struck inside it.
const GZIP: &str = "application/gzip";

/// The most that a compressed piece may hold.
const UNPACKED: usize = 64 * EVIDENCE_LIMIT;

/// Name of the piece of evidence that lists what was not kept.
const LEFT_OUT: &str = "_left-out.txt";

/// Raw bytes that bear an observation out: a certificate, a DNS message, a program's output.
#[derive(Clone, PartialEq, Eq)]
pub struct Evidence {
    /// File name, unique within its check.
    pub name: String,
    /// Media type (RFC 6838).
    pub media_type: String,
    /// The bytes as they came, without secrets.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}, {} bytes)",
            self.name,
            self.media_type,
            self.bytes.len()
        )
    }
}

/// Where a probe writes down what it sees.
#[derive(Debug, Default)]
pub struct Notebook<O> {
    pages: Mutex<Pages<O>>,
}

#[derive(Debug, Default)]
struct Pages<O> {
    observation: O,
    evidence: Vec<Evidence>,
    /// The last number in front of each name.
    names: HashMap<String, usize>,
    kept: usize,
    left_out: LeftOut,
}

/// Evidence beyond what a check may keep.
#[derive(Clone, Copy, Debug, Default)]
struct LeftOut {
    pieces: usize,
    bytes: usize,
}

impl<O> Notebook<O> {
    /// Changes the observation. Call it for every single thing seen rather than once at the end.
    pub fn note(&self, change: impl FnOnce(&mut O)) {
        change(&mut self.pages().observation);
    }

    /// Looks something up in the observation: a probe that goes on from what it saw reads it back here.
    pub fn see<T>(&self, look: impl FnOnce(&O) -> T) -> T {
        look(&self.pages().observation)
    }

    /// A part of the notebook, for a topic that writes only its own part of the observation.
    pub fn part<P>(&self, part: fn(&mut O) -> &mut P) -> Part<'_, O, P> {
        Part { notes: self, part }
    }

    /// Keeps raw bytes under a name. What is longer than [`EVIDENCE_LIMIT`] is cut; a name used before gets a
    /// number. What goes beyond [`EVIDENCE_TOTAL`] or [`EVIDENCE_PIECES`] is left out, and a last piece of
    /// evidence says so.
    pub fn evidence(&self, name: impl Into<String>, media_type: &str, mut bytes: Vec<u8>) {
        // One flat name, whatever it was made of: it becomes the name of a file.
        let mut name = name.into().replace(['/', '\\'], "_");
        if bytes.len() > EVIDENCE_LIMIT {
            bytes.truncate(EVIDENCE_LIMIT + CUT);
            bytes.shrink_to_fit();
            name.push_str(".truncated");
        }
        let mut pages = self.pages();
        let full = pages.evidence.len() >= EVIDENCE_PIECES;
        let size = bytes.len().min(EVIDENCE_LIMIT);
        if full || pages.kept + size > EVIDENCE_TOTAL {
            pages.left_out.pieces += 1;
            pages.left_out.bytes += size;
            return;
        }
        pages.kept += size;
        let name = pages.unused(name);
        pages.evidence.push(Evidence {
            name,
            media_type: media_type.to_owned(),
            bytes,
        });
    }

    /// A panic in the middle of a note poisons the lock; what was written before it is still valid.
    fn pages(&self) -> MutexGuard<'_, Pages<O>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The part of a [`Notebook`] that belongs to one topic.
#[derive(Debug)]
pub struct Part<'a, O, P> {
    notes: &'a Notebook<O>,
    part: fn(&mut O) -> &mut P,
}

impl<O, P> Clone for Part<'_, O, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O, P> Copy for Part<'_, O, P> {}

impl<O, P> Part<'_, O, P> {
    /// See [`Notebook::note`].
    pub fn note(&self, change: impl FnOnce(&mut P)) {
        self.notes
            .note(|observation| change((self.part)(observation)));
    }

    /// See [`Notebook::see`].
    pub fn see<T>(&self, look: impl FnOnce(&P) -> T) -> T {
        look((self.part)(&mut self.notes.pages().observation))
    }

    /// See [`Notebook::evidence`].
    pub fn evidence(&self, name: impl Into<String>, media_type: &str, bytes: Vec<u8>) {
        self.notes.evidence(name, media_type, bytes);
    }
}

impl<O> Pages<O> {
    /// The name, with a number in front when it was used before.
    fn unused(&mut self, name: String) -> String {
        let mut number = self.names.get(&name).copied().unwrap_or(0);
        let unused = loop {
            number += 1;
            let candidate = match number {
                1 => name.clone(),
                _ => format!("{number}-{name}"),
            };
            if !self.names.contains_key(&candidate) {
                break candidate;
            }
        };
        self.names.insert(unused.clone(), 1);
        self.names.insert(name, number);
        unused
    }
}

impl LeftOut {
    fn told(self) -> Option<Evidence> {
        let Self { pieces, bytes } = self;
        (pieces > 0).then(|| Evidence {
            name: LEFT_OUT.to_owned(),
            media_type: "text/plain".to_owned(),
            bytes: format!(
                "{pieces} more pieces of evidence with {bytes} bytes were not kept: a check keeps at most \
                 {EVIDENCE_PIECES} pieces and {EVIDENCE_TOTAL} bytes.\n"
            )
            .into_bytes(),
        })
    }
}

/// What is in a notebook, ready for the record: secrets struck out, the module's format number in front.
#[derive(Debug)]
pub struct Observed {
    /// `{"format": N, "evidence": [...], ...}`, with the digests of the evidence.
    pub observation: Box<RawValue>,
    /// The evidence in the order it was kept.
    pub evidence: Vec<Evidence>,
    /// The SHA-256 of each piece, hexadecimal.
    pub digests: Vec<String>,
}

/// A notebook whose observation type is hidden from the engine.
pub trait AnyNotebook: Send + Sync {
    /// Copies out what has been written so far.
    ///
    /// # Errors
    /// When the observation cannot be put into JSON, which is a defect of its module.
    fn read(&self, format: u32, redactor: &Redactor) -> Result<Observed, serde_json::Error>;
}

impl<O: Serialize + Send> AnyNotebook for Notebook<O> {
    fn read(&self, format: u32, redactor: &Redactor) -> Result<Observed, serde_json::Error> {
        #[derive(Serialize)]
        struct Envelope<'a, T> {
            format: u32,
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            evidence: &'a [String],
            #[serde(flatten)]
            observation: T,
        }
        let pages = self.pages();
        let evidence = pages.evidence.iter().cloned().chain(pages.left_out.told());
        let evidence: Vec<Evidence> = evidence
            .map(|kept| Evidence {
                name: redactor.text(kept.name),
                bytes: struck(kept.bytes, &kept.media_type, redactor),
                ..kept
            })
            .collect();
        let digests: Vec<String> = evidence
            .iter()
            .map(|kept| sha256_hex(&kept.bytes))
            .collect();
        let json = serde_json::to_string(&Envelope {
            format,
            evidence: &digests,
            observation: Struck::new(&pages.observation, redactor),
        })?;
        Ok(Observed {
            observation: RawValue::from_string(json)?,
            evidence,
            digests,
        })
    }
}

/// The bytes without secrets, and without what may be the first half of one where they were cut.
fn struck(bytes: Vec<u8>, media_type: &str, redactor: &Redactor) -> Vec<u8> {
    let was_cut = bytes.len() == EVIDENCE_LIMIT + CUT;
    let mut bytes = match media_type {
        GZIP if !redactor.is_empty() => struck_inside(&bytes, redactor),
        _ => redactor.bytes(bytes),
    };
    if was_cut {
        bytes.truncate(bytes.len().saturating_sub(CUT));
    }
    bytes.truncate(EVIDENCE_LIMIT);
    bytes
}

/// Compressed bytes without the secrets inside, which cannot be found from outside. What does not unpack within a bound
/// is left out whole.
fn struck_inside(bytes: &[u8], redactor: &Redactor) -> Vec<u8> {
    let mut inside = Vec::new();
    let read = MultiGzDecoder::new(bytes)
        .take(UNPACKED as u64 + 1)
        .read_to_end(&mut inside);
    if read.is_err() || inside.len() > UNPACKED {
        return Vec::new();
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(&redactor.bytes(inside));
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}

/// The part of every observation that says how to read the rest.
#[derive(Deserialize)]
pub struct Format {
    /// The module's format number when it observed.
    pub format: u32,
}

/// The digests of the evidence that an observation refers to.
///
/// # Errors
/// When it is not an observation.
pub fn evidence_of(observation: &RawValue) -> Result<Vec<String>, serde_json::Error> {
    #[derive(Deserialize)]
    struct References {
        #[serde(default)]
        evidence: Vec<String>,
    }
    let References { evidence } = serde_json::from_str(observation.get())?;
    Ok(evidence)
}

#[cfg(test)]
mod tests {
    use super::super::Secret;
    use super::*;

    #[derive(Debug, Default, Serialize)]
    struct Seen {
        lines: Vec<String>,
    }

    #[test]
    fn what_was_noted_before_a_panic_is_read() {
        let notes = Notebook::<Seen>::default();
        notes.note(|seen| seen.lines.push("first".into()));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            notes.note(|_| panic!("in the middle"));
        }));
        assert!(panicked.is_err());
        let observed = notes.read(3, &Redactor::default()).unwrap();
        assert_eq!(
            observed.observation.get(),
            r#"{"format":3,"lines":["first"]}"#
        );
    }

    #[test]
    fn evidence_is_bounded_and_its_names_are_unique() {
        let notes = Notebook::<Seen>::default();
        notes.evidence("out.txt", "text/plain", b"a".to_vec());
        notes.evidence("out.txt", "text/plain", b"b".to_vec());
        notes.evidence("big", "text/plain", vec![b'x'; EVIDENCE_LIMIT + 1]);
        let observed = notes.read(1, &Redactor::default()).unwrap();
        let names: Vec<_> = observed
            .evidence
            .iter()
            .map(|kept| kept.name.as_str())
            .collect();
        assert_eq!(names, ["out.txt", "2-out.txt", "big.truncated"]);
        let bytes = observed.evidence.iter().map(|kept| sha256_hex(&kept.bytes));
        let digests: Vec<_> = bytes.collect();
        assert_eq!(evidence_of(&observed.observation).unwrap(), digests);
        assert_eq!(observed.digests, digests);
        assert_eq!(observed.evidence[2].bytes.len(), EVIDENCE_LIMIT);
    }

    #[test]
    fn evidence_of_a_check_is_bounded_and_says_what_it_left_out() {
        let notes = Notebook::<Seen>::default();
        for _ in 0..20 {
            notes.evidence("page", "text/plain", vec![b'x'; EVIDENCE_LIMIT]);
        }
        let evidence = notes.read(1, &Redactor::default()).unwrap().evidence;
        let sizes = evidence[..16].iter().map(|kept| kept.bytes.len());
        assert_eq!(sizes.sum::<usize>(), EVIDENCE_TOTAL);
        assert_eq!(evidence[15].name, "16-page");
        assert_eq!(evidence.len(), 17);
        let told = String::from_utf8(evidence[16].bytes.clone()).unwrap();
        assert!(
            told.starts_with("4 more pieces of evidence with 4194304 bytes"),
            "{told}"
        );
    }

    #[test]
    fn the_number_of_pieces_is_bounded() {
        let notes = Notebook::<Seen>::default();
        for _ in 0..=EVIDENCE_PIECES {
            notes.evidence("page", "text/plain", Vec::new());
        }
        let evidence = notes.read(1, &Redactor::default()).unwrap().evidence;
        assert_eq!(evidence.len(), EVIDENCE_PIECES + 1);
        assert_eq!(
            evidence[EVIDENCE_PIECES - 1].name,
            format!("{EVIDENCE_PIECES}-page")
        );
    }

    #[test]
    fn a_numbered_name_does_not_meet_one_that_was_given() {
        let notes = Notebook::<Seen>::default();
        for name in ["a", "2-a", "a", "a"] {
            notes.evidence(name, "text/plain", Vec::new());
        }
        let evidence = notes.read(1, &Redactor::default()).unwrap().evidence;
        let names: Vec<_> = evidence.iter().map(|kept| kept.name.as_str()).collect();
        assert_eq!(names, ["a", "2-a", "3-a", "4-a"]);
    }

    #[test]
    fn a_secret_is_struck_inside_compressed_evidence() {
        let redactor = Redactor::new(&[Secret::from("hunter2hunter")]);
        let notes = Notebook::<Seen>::default();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(b"a,hunter2hunter\n").unwrap();
        notes.evidence("lines.gz", GZIP, encoder.finish().unwrap());
        notes.evidence("none.gz", GZIP, b"hunter2hunter".to_vec());
        let evidence = notes.read(1, &redactor).unwrap().evidence;
        let mut text = String::new();
        let mut decoder = MultiGzDecoder::new(&*evidence[0].bytes);
        decoder.read_to_string(&mut text).unwrap();
        assert_eq!(text, "a,***\n");
        assert!(evidence[1].bytes.is_empty(), "what cannot be searched");
    }

    #[test]
    fn a_cut_leaves_no_half_of_a_secret() {
        let redactor = Redactor::new(&[Secret::from("hunter2hunter")]);
        let notes = Notebook::<Seen>::default();
        let text = b"hunter2hunter ".repeat(EVIDENCE_LIMIT / 7);
        notes.evidence("hunter2hunter.txt", "text/plain", text);
        notes.evidence("filled", "text/plain", {
            let mut bytes = vec![b'x'; EVIDENCE_LIMIT - 5];
            bytes.extend_from_slice(b"hunter2hunter and more");
            bytes
        });
        for kept in notes.read(1, &redactor).unwrap().evidence {
            let text = String::from_utf8(kept.bytes).unwrap();
            assert!(!text.contains("hunt"), "{}", kept.name);
            assert!(!kept.name.contains("hunt"), "{}", kept.name);
        }
    }
}
