//! Whether every question is answered, and as it should be.

use std::collections::BTreeSet;

use super::reading::Reading;
use super::rules::{EXPECTATION_ASKED, RESOLVES};
use super::system_resolver;
use super::view::{Row, View};
use super::wanted::Wanted;
use crate::judging::tally::EACH;
use crate::judging::text::clipped_list;
use crate::judging::{Groups, Tally};
use crate::model::{Finding, Status, sentences};

/// Whether every question is answered as it should be. A long list gets a summary and its worst.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let mut findings: Vec<_> = unknown_expectations(view).into_iter().collect();
    if view.questions() <= EACH {
        findings.extend(view.rows().map(|row| resolves(view, &row).1));
        return findings;
    }
    let mut tally = Tally::new(RESOLVES, "questions")
        .breaks("are not answered as they should be")
        .expected("an answer to each, and the expected one where `expect` lists it");
    for row in view.rows() {
        match resolves(view, &row) {
            (_, finding) if finding.status == Status::Pass => tally.right(),
            (word, finding) => tally.wrong(word, finding),
        }
    }
    let all = view.questions();
    let claim = format!("All {all} questions are answered at {}", everywhere(view));
    findings.extend(tally.findings_or("all names", claim));
    findings
}

/// Expectations of names that no question is about: with a file of names, only its contents show.
fn unknown_expectations(view: &View<'_>) -> Option<Finding> {
    view.settings.names_file.as_ref()?;
    let listed = view.observation.listed_names().iter();
    let asked: BTreeSet<_> = listed.chain(&view.settings.names).collect();
    let expected = view.settings.expect.keys();
    let unknown = expected.filter(|name| !asked.contains(name));
    let unknown: Vec<_> = unknown.map(ToString::to_string).collect();
    (!unknown.is_empty()).then(|| {
        EXPECTATION_ASKED
            .error("expect", "Names in `expect` are not asked for")
            .expected("each name of `expect` among the names")
            .observed(format!("not listed: {}", clipped_list(&unknown)))
            .hint(EXPECTATION_ASKED.fix)
    })
}

/// One question at all resolvers, and the word under which it is counted.
fn resolves(view: &View<'_>, row: &Row<'_>) -> (&'static str, Finding) {
    let wanted = Wanted::of(view.settings, row.name, row.kind);
    let (mut status, mut word) = (Status::Pass, "answered");
    let mut hints = BTreeSet::new();
    let mut seen = Groups::default();
    let mut wrong = Vec::new();
    for (place, (resolver, cell)) in view.resolvers.iter().zip(&row.cells).enumerate() {
        let (mut of_cell, mut word_of_cell) = (cell.reading.status(), cell.reading.word());
        let hint = match cell.reading {
            Reading::NoName(None) if row.other_type(view, place) => Some(DENIES_THE_NAME),
            _ => cell.reading.hint(),
        };
        hints.extend(hint.map(str::to_owned));
        if let Reading::Answer(answer) = &cell.reading
            && let Some(difference) = wanted.as_ref().and_then(|wanted| wanted.difference(answer))
        {
            (of_cell, word_of_cell) = (Status::Fail, UNEXPECTED);
            hints.insert(difference);
        }
        seen.add(cell.reading.text(), resolver);
        if of_cell != Status::Pass {
            wrong.push(resolver);
        }
        let worst = Status::worst([status, of_cell]);
        if worst != status {
            (status, word) = (worst, word_of_cell);
        }
    }
    let subject = format!("{} {}", row.name, row.kind);
    let at = match wrong.as_slice() {
        [one] => (*one).clone(),
        [] => everywhere(view),
        some if some.len() == view.resolvers.len() => everywhere(view),
        some => format!("{} of {} resolvers", some.len(), view.resolvers.len()),
    };
    let claim = match status {
        Status::Pass if wanted.is_none() => format!("{subject} resolves at {at}"),
        Status::Pass => format!("{subject} resolves as expected at {at}"),
        Status::Fail if word == UNEXPECTED => format!("{subject} has unexpected records at {at}"),
        Status::Fail => format!("{subject} does not resolve at {at}"),
        _ => format!("{subject} could not be checked at {at}"),
    };
    let expected = wanted.map_or_else(|| "an answer".to_owned(), |wanted| wanted.text());
    let finding = RESOLVES.finding(status, subject, claim);
    let notes = row
        .cells
        .iter()
        .filter_map(|cell| system_resolver::note(view, cell));
    let observed: Vec<_> = std::iter::once(seen.text()).chain(notes).collect();
    let finding = finding.expected(expected).observed(observed.join("; "));
    let finding = match hints.is_empty() {
        true => finding,
        false => finding.hint(sentences(hints)),
    };
    (word, finding)
}

const UNEXPECTED: &str = "unexpected records";
/// NXDOMAIN is for all types (RFC 8020 section 2).
const DENIES_THE_NAME: &str = "the name exists, since another type of it is answered: its server must say NODATA \
     (NOERROR without records), not NXDOMAIN; fix the server or balancer of the zone";

fn everywhere(view: &View<'_>) -> String {
    match view.resolvers.as_slice() {
        [one] => one.clone(),
        [_, _] => "both resolvers".to_owned(),
        all => format!("all {} resolvers", all.len()),
    }
}
