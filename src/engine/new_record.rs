//! The record of a check that has not run yet: what the checklist says of it.

use crate::model::record::NotRun;
use crate::model::{Check, CheckRecord, Judgement, Status, Waiver};

/// A record of this check without attempts: an error until something is observed.
pub(super) fn new_record(check: &Check, waiver: Option<&Waiver>) -> CheckRecord {
    CheckRecord {
        id: check.id.clone(),
        vantage: None,
        source: check.source.clone(),
        module: check.module.to_owned(),
        title: check.title.clone(),
        severity: check.severity,
        phase: check.phase.clone(),
        owner: check.owner.clone(),
        tags: check.tags.clone(),
        audience: check.audience.clone(),
        needs: check.needs.clone(),
        status: Status::Error,
        waiver: waiver.cloned(),
        finding_waivers: Vec::new(),
        duration_ms: 0,
        not_run: None,
        attempts: Vec::new(),
        settings: check.prepared.settings().to_owned(),
        short_secrets: check.short_secrets.clone(),
        findings: Vec::new(),
        measures: Vec::new(),
        exhibits: Vec::new(),
        observation: None,
        evidence: Vec::new(),
    }
}

/// Of a check outside the selection nothing was found, not even an error.
pub(super) fn leave_out(record: &mut CheckRecord) {
    record.status = Status::NotSelected;
    record.not_run = Some(NotRun::NotSelected);
    record.waiver = None;
    record.finding_waivers.clear();
    record.findings.clear();
    record.measures.clear();
    record.exhibits.clear();
}

/// Fills in what was judged, and who accepts which of it.
pub(super) fn fill(record: &mut CheckRecord, judgement: Judgement, accepted_by: Vec<Waiver>) {
    record.status = judgement.status();
    record.finding_waivers = accepted_by;
    record.findings = judgement.findings;
    record.measures = judgement.measures;
    record.exhibits = judgement.exhibits;
}
