//! Whether all resolvers give the same answer.

use std::collections::BTreeSet;

use super::groups::Groups;
use super::reading::{Reading, join};
use super::view::View;
use super::worst::Worst;
use crate::model::Finding;

/// Compares the answers to each question.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    if !view.settings.same_answer || view.resolvers.len() < 2 {
        return Vec::new();
    }
    let mut different = Worst::default();
    let mut compared = 0;
    let mut open = Vec::new();
    for row in view.rows() {
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
        match (answers.len(), count) {
            (2.., _) => different.add(
                "questions answered differently",
                Finding::fail(format!("{} {} is the same at every resolver", row.name, row.kind))
                    .expected("one set of records")
                    .observed(seen.text())
                    .hint("a change still spreads (wait out the old TTL), the resolvers see different views of the \
                           zone, or one holds a forged answer; where answers differ by design, set `same-answer = false`"),
            ),
            (_, 2..) => compared += 1,
            _ => open.push(format!("{} {}", row.name, row.kind)),
        }
    }
    let claim = "Resolvers that answer give the same answer";
    let all = view.questions();
    let mut findings = different.into_findings(claim, all);
    if !open.is_empty() {
        findings.push(
            Finding::error(claim)
                .expected("two answers or more to compare")
                .observed(format!("fewer for {}", join(&open)))
                .hint("see why the resolvers give no answer"),
        );
    } else if findings.is_empty() {
        let observed = format!("{compared} of {all} questions answered alike");
        findings.push(
            Finding::pass(claim)
                .expected("one set of records for each question")
                .observed(observed),
        );
    }
    findings
}
