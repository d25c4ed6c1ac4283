//! Whether all resolvers give the same answer.

use std::collections::BTreeSet;

use super::reading::Reading;
use super::rules::SAME_ANSWER;
use super::view::View;
use crate::judging::text::list;
use crate::judging::{Groups, Tally};
use crate::model::Finding;

/// Compares the answers to each question.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let comparable = view.rows().any(|row| !view.settings.is_any_of(row.name));
    if !view.settings.same_answer || view.resolvers.len() < 2 || !comparable {
        return Vec::new();
    }
    let mut tally = Tally::new(SAME_ANSWER, "questions")
        .breaks("are answered differently by different resolvers")
        .expected("one set of records for each question");
    let mut alone = Vec::new();
    for row in view.rows() {
        // A balancer hands out different addresses by design.
        if view.settings.is_any_of(row.name) {
            continue;
        }
        let mut seen = Groups::default();
        let mut answers = BTreeSet::new();
        let mut count = 0;
        for (resolver, cell) in view.resolvers.iter().zip(&row.cells) {
            if let Reading::Answer(answer) = &cell.reading {
                answers.insert(&answer.data);
                seen.add(cell.reading.text(), resolver);
                count += 1;
            }
        }
        let subject = format!("{} {}", row.name, row.kind);
        match (answers.len(), count) {
            (2.., _) => {
                let claim = format!("{subject} has different answers at different resolvers");
                let finding = SAME_ANSWER.fail(subject, claim).observed(seen.text());
                tally.wrong("with different answers", finding);
            }
            (_, 2..) => tally.right(),
            _ => alone.push(subject),
        }
    }
    let mut findings = match tally.broken() == 0 && !alone.is_empty() {
        true => Vec::new(),
        false => tally.findings("all names", |tally| {
            let observed = format!("{} of {} questions", tally.total(), view.questions());
            SAME_ANSWER
                .pass("all names", "All resolvers give the same answers")
                .observed(observed)
        }),
    };
    if !alone.is_empty() {
        let claim = format!(
            "The answers to {} of {} questions could not be compared",
            alone.len(),
            view.questions()
        );
        findings.push(
            SAME_ANSWER
                .error("all names", claim)
                .expected("two answers or more to compare")
                .observed(format!("fewer for {}", list(alone)))
                .hint("find out why the resolvers give no answer"),
        );
    }
    findings
}
