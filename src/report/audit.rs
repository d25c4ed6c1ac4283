//! Does a signed report prove what it says? `sign` checks its integrity; this file compares the record inside with its
//! evidence, with a new judgement of its observations, and with the pages that a reader sees.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::engine::{self, Difference};
use crate::model::digest::sha256_hex;
use crate::model::record::{Dossier, Tool};
use crate::model::{CheckRecord, Evidence, Registry, RunRecord};
use crate::sign::{self, Refusal, Verified};

use super::{json, pdf, signed};

/// A report that is intact: what it says follows from what it holds. Whether it can be relied on is for the reader to
/// say, from [`Audit::signature`], [`Audit::pages`] and the record.
#[derive(Debug)]
pub struct Audit<'a> {
    /// The record inside.
    pub record: RunRecord,
    /// Who signed it, when, and whether that is trusted.
    pub signature: Verified<'a>,
    /// How many pieces of evidence were compared with their digests.
    pub evidence: usize,
    /// Whether the pages are those of the record.
    pub pages: Pages,
    /// Whether another version judged it and worded findings, measures, exhibits or warnings otherwise than this one
    /// would. They may say anything then, and so may pages that show exactly them.
    pub reworded: bool,
}

/// What is known of the pages that a reader sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pages {
    /// Drawn again from the record, byte for byte.
    Same,
    /// Another version drew them, and this one draws them otherwise: they may say anything.
    NotCompared {
        /// The program that the record names.
        drawn_by: String,
    },
}

/// Why a report does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Objection {
    /// Signature or coverage.
    #[error(transparent)]
    Signature(#[from] Refusal),
    /// There is no run record inside.
    #[error("no report.json is attached: this is not a tminus report")]
    NoRecord,
    /// The run record cannot be read.
    #[error("the attached report.json is {0}")]
    Unreadable(#[from] json::ReadError),
    /// Evidence of the record is not attached.
    #[error("evidence is missing: {0}")]
    Missing(String),
    /// Attached evidence is not what the record says.
    #[error(
        "evidence differs from the record: {name} has SHA-256 {found}, the record says {recorded}"
    )]
    Altered {
        /// Name of the attachment.
        name: String,
        /// Its digest.
        found: String,
        /// The digest in the record.
        recorded: String,
    },
    /// An attachment that the record does not know.
    #[error("an attachment is not part of the record: {0}")]
    Stray(String),
    /// The observations cannot be judged by this build.
    #[error("the observations cannot be judged again: {0}")]
    Unjudgeable(String),
    /// The pages could do more than show the report.
    #[error("the document holds what a report never has: {0}")]
    Active(String),
    /// The time of signing cannot be.
    #[error("the signing time {signed_at} is impossible: {why}")]
    Time {
        /// What the signature states.
        signed_at: Timestamp,
        /// Against what.
        why: String,
    },
    /// A status does not follow from the observations.
    #[error("{0}")]
    Difference(Difference),
    /// The pages do not show the record.
    #[error("the pages do not match the record: they were not drawn from this evidence")]
    Pages,
}

/// How far two clocks may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Verifies a signed report.
///
/// `trust` holds DER certificates to which the signer must lead; without any, only integrity is proven. `now` is when
/// the report is read.
///
/// # Errors
/// Every objection that could be found.
pub fn audit<'a>(
    file: &'a [u8],
    trust: &[Vec<u8>],
    now: Timestamp,
    registry: Registry,
) -> Result<Audit<'a>, Vec<Objection>> {
    let mut signature =
        sign::verify_pdf(file, trust, now).map_err(|refusal| vec![refusal.into()])?;
    let mut attachments = std::mem::take(&mut signature.attachments);
    let record = read_record(&mut attachments).map_err(|objection| vec![objection])?;
    let mut objections: Vec<_> = time(&record, signature.signed_at, now)
        .into_iter()
        .collect();
    objections.extend(signature.active.take().map(Objection::Active));
    let before = objections.len();
    let evidence = match_evidence(&record, attachments, &mut objections);
    // Without its evidence a report cannot be drawn again.
    let whole = objections.len() == before;
    let mut reworded = false;
    match engine::rejudge(&record, registry, None) {
        Ok(judged) => {
            let differences = engine::differences(&record, &judged);
            reworded = differences.is_empty() && engine::is_reworded(&record, &judged);
            objections.extend(differences.into_iter().map(Objection::Difference));
        }
        Err(error) => objections.push(Objection::Unjudgeable(error.to_string())),
    }
    let dossier = Dossier { record, evidence };
    let drawn = signed::draw(&dossier, &signature.signer);
    let same = drawn.is_ok_and(|drawn| drawn == signature.base);
    let tool = &dossier.record.run.tool;
    let pages = if same {
        Pages::Same
    } else {
        if whole && *tool == Tool::current() {
            objections.push(Objection::Pages);
        }
        let drawn_by = match tool.name == Tool::current().name {
            true => tool.version.clone(),
            false => format!("{} {}", tool.name, tool.version),
        };
        Pages::NotCompared { drawn_by }
    };
    if !objections.is_empty() {
        return Err(objections);
    }
    let evidence = dossier.evidence.iter().map(Vec::len).sum();
    Ok(Audit {
        record: dossier.record,
        signature,
        evidence,
        pages,
        reworded,
    })
}

/// A report is signed after its run ended and before it is read.
fn time(record: &RunRecord, signed_at: Timestamp, now: Timestamp) -> Option<Objection> {
    let (started_at, finished_at) = (record.run.started_at, record.run.finished_at);
    let why = if started_at.duration_since(finished_at) > SKEW {
        format!("the run ended at {finished_at}, before it started at {started_at}")
    } else if signed_at.duration_since(now) > SKEW {
        format!("it is in the future; now it is {now}")
    } else if finished_at.duration_since(signed_at) > SKEW {
        format!("the run ended later, at {finished_at}")
    } else {
        return None;
    };
    Some(Objection::Time { signed_at, why })
}

fn read_record(attachments: &mut BTreeMap<String, Vec<u8>>) -> Result<RunRecord, Objection> {
    let bytes = attachments.remove(json::FILE).ok_or(Objection::NoRecord)?;
    Ok(json::from_json(&bytes)?)
}

/// Takes the evidence of every check out of the attachments; what is missing, altered or left over is objected to.
fn match_evidence(
    record: &RunRecord,
    mut attachments: BTreeMap<String, Vec<u8>>,
    objections: &mut Vec<Objection>,
) -> Vec<Vec<Evidence>> {
    let mut of_check = |check: &CheckRecord| -> Vec<Evidence> {
        let pieces = check.evidence.iter().filter_map(|digest| {
            let name = pdf::evidence_name(&check.id, &digest.name);
            let Some(bytes) = attachments.remove(&name) else {
                objections.push(Objection::Missing(name));
                return None;
            };
            let found = sha256_hex(&bytes);
            if found != digest.sha256 || bytes.len() as u64 != digest.size {
                objections.push(Objection::Altered {
                    name,
                    found,
                    recorded: digest.sha256.clone(),
                });
                return None;
            }
            Some(Evidence {
                name: digest.name.clone(),
                media_type: digest.media_type.clone(),
                bytes,
            })
        });
        pieces.collect()
    };
    let evidence = record.checks.iter().map(&mut of_check).collect();
    objections.extend(attachments.into_keys().map(Objection::Stray));
    evidence
}
