//! A dossier out of a report: the record from `report.json`, or record and evidence from a PDF.

use std::collections::BTreeMap;

use crate::model::digest::sha256_hex;
use crate::model::record::Dossier;
use crate::model::{CheckRecord, Evidence, RunRecord};
use crate::sign;

use super::{json, pdf};

/// Reads a report. Whether a PDF is intact, and who signed it, is not asked here: that is `verify`'s part.
///
/// # Errors
/// What is wrong with the file, in words.
pub fn read(file: &[u8]) -> Result<Dossier, String> {
    let mut attachments = BTreeMap::new();
    let record = if file.starts_with(b"%PDF-") {
        attachments = sign::attachments(file).map_err(|refusal| refusal.to_string())?;
        let json = attachments.remove(json::FILE);
        let json = json.ok_or("no report.json is attached: this is not a tminus report")?;
        json::from_json(&json)
    } else {
        json::from_json(file)
    };
    let record = record.map_err(|error| error.to_string())?;
    let evidence = record
        .checks
        .iter()
        .map(|check| of_check(check, &mut attachments))
        .collect();
    Ok(Dossier { record, evidence })
}

/// The evidence that is at hand, and is what was recorded.
fn of_check(check: &CheckRecord, attachments: &mut BTreeMap<String, Vec<u8>>) -> Vec<Evidence> {
    let pieces = check.evidence.iter().filter_map(|digest| {
        let bytes = attachments.remove(&pdf::evidence_name(&check.id, &digest.name))?;
        (sha256_hex(&bytes) == digest.sha256).then(|| Evidence {
            name: digest.name.clone(),
            media_type: digest.media_type.clone(),
            bytes,
        })
    });
    pieces.collect()
}

impl Dossier {
    /// Another judgement of the same observations, with the evidence that is at hand. What is not at hand is not
    /// listed either: a report lists only what it holds.
    #[must_use]
    pub fn with(self, mut judged: RunRecord) -> Self {
        let ids = self.record.checks.into_iter().map(|check| check.id);
        let mut evidence: BTreeMap<String, Vec<Evidence>> = ids.zip(self.evidence).collect();
        let mut of_check = |check: &mut CheckRecord| {
            let held = evidence.remove(&check.id).unwrap_or_default();
            let mut held: BTreeMap<String, Evidence> = held
                .into_iter()
                .map(|piece| (piece.name.clone(), piece))
                .collect();
            check
                .evidence
                .retain(|digest| held.contains_key(&digest.name));
            let listed = check.evidence.iter();
            listed
                .filter_map(|digest| held.remove(&digest.name))
                .collect()
        };
        Self {
            evidence: judged.checks.iter_mut().map(&mut of_check).collect(),
            record: judged,
        }
    }
}
