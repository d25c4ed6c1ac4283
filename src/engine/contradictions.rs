//! What no run can have left behind: parts of a record that deny each other. A judgement looks at one of the two parts
//! only, so without this the other would be shown to a reader unproven.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Mismatch, mismatches};
use crate::model::{CheckRecord, RunRecord};

/// One contradiction: the check, what is wrong, what the record says, and what speaks against it.
pub(super) type Contradiction<'a> = (Option<&'a str>, &'static str, String, String);

/// All of them.
pub(super) fn contradictions(record: &RunRecord) -> Vec<Contradiction<'_>> {
    let mut found: Vec<_> = record.checks.iter().flat_map(of_check).collect();
    found.extend(
        record
            .checks
            .iter()
            .flat_map(|check| of_evidence(record, check)),
    );
    if record.run.rejudged.is_none() {
        found.extend(of_selection(record));
    }
    found
}

/// A check that did not run has seen nothing; an attempt leaves what it saw to the check, or to the attempt that a later
/// one replaced; attempts are counted from 1.
fn of_check(check: &CheckRecord) -> Vec<Contradiction<'_>> {
    let mut found = Vec::new();
    let mut add = |what, claimed: &str, against: &str| {
        let contradiction = (
            Some(check.id.as_str()),
            what,
            claimed.into(),
            against.into(),
        );
        found.push(contradiction);
    };
    let observed = check.observation.is_some() || !check.evidence.is_empty();
    if check.not_run.is_some() && (observed || !check.attempts.is_empty()) {
        add("reason not to run", "it did not run", "it did");
    }
    if check.attempts.is_empty() && observed {
        add("attempts", "none", "there is an observation");
    }
    if (1..)
        .zip(&check.attempts)
        .any(|(n, attempt)| attempt.number != n)
    {
        add("attempts", "other numbers", "1 and up");
    }
    if let Some(last) = check.attempts.last()
        && (last.finding.is_some() || last.observation.is_some())
    {
        add("last attempt", "a later one replaced it", "it is the last");
    }
    found
}

/// Every piece of evidence is one that the observation refers to, and every reference has its piece.
fn of_evidence<'a>(record: &RunRecord, check: &'a CheckRecord) -> Vec<Contradiction<'a>> {
    let words = |mismatch| {
        let (claimed, against) = match mismatch {
            Mismatch::Unreferenced(name) => (
                format!("`{name}` is evidence"),
                "they refer to no such evidence".to_owned(),
            ),
            Mismatch::Missing(sha256) => (
                "no such evidence".to_owned(),
                format!("they refer to evidence with SHA-256 {sha256}"),
            ),
        };
        (Some(check.id.as_str()), "evidence", claimed, against)
    };
    let found = mismatches(record, check).into_iter();
    found.map(words).collect()
}

/// Exactly the checks that the selection matches took part, with all that they need.
fn of_selection(record: &RunRecord) -> Vec<Contradiction<'_>> {
    let wanted = selected(record);
    let wrong = record
        .checks
        .iter()
        .filter(|check| check.is_selected() != wanted.contains(check.id.as_str()));
    let words = |selected| if selected { "selected" } else { "not selected" };
    let wrong = wrong.map(|check| {
        let claimed = words(check.is_selected()).to_owned();
        let against = words(!check.is_selected()).to_owned();
        (Some(check.id.as_str()), "selection", claimed, against)
    });
    wrong.collect()
}

fn selected(record: &RunRecord) -> BTreeSet<&str> {
    let by_id: BTreeMap<&str, &CheckRecord> = record
        .checks
        .iter()
        .map(|check| (check.id.as_str(), check))
        .collect();
    let selection = &record.run.selection;
    let mut open: Vec<&CheckRecord> = record
        .checks
        .iter()
        .filter(|check| selection.matches(&check.id, &check.tags, check.phase.as_deref()))
        .collect();
    let mut wanted = BTreeSet::new();
    while let Some(check) = open.pop() {
        if wanted.insert(check.id.as_str()) {
            let needed = check.needs.iter();
            open.extend(needed.filter_map(|id| by_id.get(id.as_str()).copied()));
        }
    }
    wanted
}
