//! Whether every question is answered, and as it should be.

use std::collections::BTreeSet;

use super::groups::Groups;
use super::reading::{Reading, canonical, join};
use super::view::{Row, View};
use super::worst::{EACH, WORST, Worst};
use crate::model::{Finding, Status};

/// Whether every question is answered as it should be. A long list gets a summary and its worst.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let mut findings: Vec<_> = unknown_expectations(view).into_iter().collect();
    let all = view.questions();
    if all <= EACH {
        findings.extend(view.rows().map(|row| resolves(view, &row).1));
        return findings;
    }
    let mut wrong = Worst::default();
    for row in view.rows() {
        let (kind, finding) = resolves(view, &row);
        if finding.status != Status::Pass {
            wrong.add(kind, finding);
        }
    }
    let (status, counts) = wrong.summary();
    let right = all - wrong.total();
    let claim = format!("All {all} questions are answered at {}", everywhere(view));
    let mut finding = Finding::new(status, claim)
        .expected("an answer to each, and the expected one where one is given");
    finding = match wrong.total() {
        0 => finding.observed(format!("{right} of {all}")),
        _ => finding
            .observed(format!("{right} of {all}; {counts}"))
            .hint(format!(
                "the {WORST} worst follow; the evidence tells of the others"
            )),
    };
    findings.push(finding);
    findings.extend(wrong.findings());
    findings
}

/// Expectations of names that nobody asks for: with a file of names, only its contents tell.
fn unknown_expectations(view: &View<'_>) -> Option<Finding> {
    view.settings.names_file.as_ref()?;
    let listed = view.observation.listed_names().iter();
    let asked: BTreeSet<_> = listed.chain(&view.settings.names).collect();
    let expected = view.settings.expect.keys();
    let unknown = expected.filter(|name| !asked.contains(name));
    let unknown: Vec<_> = unknown.map(ToString::to_string).collect();
    (!unknown.is_empty()).then(|| {
        Finding::error("Every name with expected answers is asked for")
            .expected("each name of `expect` among the names")
            .observed(format!("not listed: {}", join(&unknown)))
            .hint("add them to the file, or mend their spelling in `expect`")
    })
}

/// One question at all resolvers, and the word under which it is counted.
fn resolves(view: &View<'_>, row: &Row<'_>) -> (&'static str, Finding) {
    let wanted: BTreeSet<String> = view
        .settings
        .expected(row.name, row.kind)
        .into_iter()
        .map(|value| canonical(row.kind, value))
        .collect();
    let mut status = Status::Pass;
    let mut kind = "answered";
    let mut hints = BTreeSet::new();
    let mut seen = Groups::default();
    for (resolver, cell) in view.resolvers.iter().zip(&row.cells) {
        let (mut of_cell, mut word) = (cell.reading.status(), cell.reading.word());
        hints.extend(cell.reading.hint().map(str::to_owned));
        if let Reading::Answer(answer) = &cell.reading
            && !wanted.is_empty()
            && answer.data != wanted
        {
            (of_cell, word) = (Status::Fail, "other records than expected");
            hints.insert(difference(&wanted, &answer.data));
        }
        seen.add(cell.reading.text(), resolver);
        let worst = Status::worst([status, of_cell]);
        if worst != status {
            (status, kind) = (worst, word);
        }
    }
    let claim = format!(
        "{} {} {} at {}",
        row.name,
        row.kind,
        match wanted.is_empty() {
            true => "resolves",
            false => "resolves as expected",
        },
        everywhere(view)
    );
    let expected = match wanted.is_empty() {
        true => "an answer".to_owned(),
        false => join(&wanted),
    };
    let finding = Finding::new(status, claim)
        .expected(expected)
        .observed(seen.text());
    let finding = match hints.is_empty() {
        true => finding,
        false => finding.hint(hints.into_iter().collect::<Vec<_>>().join("; ")),
    };
    (kind, finding)
}

fn everywhere(view: &View<'_>) -> String {
    match view.resolvers.as_slice() {
        [one] => one.clone(),
        all => format!("all {} resolvers", all.len()),
    }
}

fn difference(wanted: &BTreeSet<String>, got: &BTreeSet<String>) -> String {
    let missing: Vec<_> = wanted.difference(got).cloned().collect();
    let surplus: Vec<_> = got.difference(wanted).cloned().collect();
    let parts = [("missing", missing), ("not expected", surplus)];
    let parts = parts.iter().filter(|(_, list)| !list.is_empty());
    let parts = parts.map(|(word, list)| format!("{word}: {}", join(list)));
    format!(
        "mend the zone or the expectation ({})",
        parts.collect::<Vec<_>>().join("; ")
    )
}
