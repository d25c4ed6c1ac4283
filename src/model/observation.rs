//! What a probe writes down while it looks: an observation, which is plain data for the judge, and evidence,
//! which is raw bytes for the reader.
//!
//! A probe writes as it goes, so whatever ends it (a deadline, Ctrl-C, a panic), what it saw until then stands
//! in its [`Notebook`] and is judged.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::secret::Redactor;

/// The largest single piece of evidence that is kept; the rest is cut off and the name says so.
pub const EVIDENCE_LIMIT: usize = 1024 * 1024;

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
}

impl<O> Notebook<O> {
    /// Changes the observation. Call it for every single thing seen rather than once at the end.
    pub fn note(&self, change: impl FnOnce(&mut O)) {
        change(&mut self.pages().observation);
    }

    /// Keeps raw bytes under a name. What is longer than [`EVIDENCE_LIMIT`] is cut; a name used before gets a
    /// number.
    pub fn evidence(&self, name: impl Into<String>, media_type: &str, mut bytes: Vec<u8>) {
        let mut name = name.into();
        if bytes.len() > EVIDENCE_LIMIT {
            bytes.truncate(EVIDENCE_LIMIT);
            name.push_str(".truncated");
        }
        let mut pages = self.pages();
        let taken = |name: &str| pages.evidence.iter().any(|evidence| evidence.name == name);
        if taken(&name) {
            let mut numbered = (2..).map(|number| format!("{number}-{name}"));
            name = numbered.find(|name| !taken(name)).unwrap_or(name);
        }
        pages.evidence.push(Evidence {
            name,
            media_type: media_type.to_owned(),
            bytes,
        });
    }

    /// A panic in the middle of a note poisons the lock; what was written before it still stands.
    fn pages(&self) -> MutexGuard<'_, Pages<O>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What stands in a notebook, ready for the record: secrets struck out, the module's format number in front.
#[derive(Debug)]
pub struct Observed {
    /// `{"format": N, ...}`.
    pub observation: Box<RawValue>,
    /// The evidence in the order it was kept.
    pub evidence: Vec<Evidence>,
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
        struct Envelope<'a, O> {
            format: u32,
            #[serde(flatten)]
            observation: &'a O,
        }
        let pages = self.pages();
        let json = serde_json::to_string(&Envelope {
            format,
            observation: &pages.observation,
        })?;
        let evidence = pages.evidence.iter().cloned();
        Ok(Observed {
            observation: RawValue::from_string(redactor.text(json))?,
            evidence: evidence
                .map(|kept| Evidence {
                    bytes: redactor.bytes(kept.bytes),
                    ..kept
                })
                .collect(),
        })
    }
}

/// The part of every observation that says how to read the rest.
#[derive(Deserialize)]
pub struct Format {
    /// The module's format number when it observed.
    pub format: u32,
}

#[cfg(test)]
mod tests {
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
        assert_eq!(observed.evidence[2].bytes.len(), EVIDENCE_LIMIT);
    }
}
