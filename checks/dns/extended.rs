//! Extended errors (RFC 8914): what servers say themselves about their answers.

use std::collections::BTreeMap;

use super::reading::join;
use super::view::View;
use crate::instrument::dns::Outcome;
use crate::model::{Exhibit, Finding};

/// Rows of the table.
const ROWS: usize = 50;
/// Different errors that are told apart; their texts are the server's.
const KINDS: usize = 1000;
/// Errors by which a server says that its answer is not the zone's (RFC 8914 sections 4.5 and 4.16 to 4.18).
const CHANGED: [&str; 4] = ["forged answer", "blocked", "censored", "filtered"];

/// How often a resolver said something under a response code, and to which question first.
type Said<'a> = BTreeMap<(usize, &'a str, &'a str), (usize, String)>;

fn said<'a>(view: &View<'a>) -> Said<'a> {
    let mut said = Said::new();
    for resolver in 0..view.resolvers.len() {
        for round in 0..view.rounds {
            for (question, entry) in view.entries(round, resolver) {
                for tried in entry.attempts() {
                    let Outcome::Answer(reply) = tried.outcome else {
                        continue;
                    };
                    for reason in &reply.reasons {
                        let key = (resolver, reason.as_str(), &*reply.rcode);
                        if said.len() >= KINDS && !said.contains_key(&key) {
                            continue;
                        }
                        let first = || {
                            let asked = view.asked(question);
                            (0, format!("{} {}", asked.name, asked.kind))
                        };
                        said.entry(key).or_insert_with(first).0 += 1;
                    }
                }
            }
        }
    }
    said
}

/// No resolver says that it changed an answer.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let mut by_resolver: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for ((resolver, reason, code), (count, first)) in said(view) {
        let changed = CHANGED.iter().any(|word| reason.starts_with(word));
        if changed && matches!(code, "NOERROR" | "NXDOMAIN") {
            let list = by_resolver.entry(resolver).or_default();
            list.push(format!(
                "{count} answers {code} \"{reason}\", the first to {first}"
            ));
        }
    }
    let findings = by_resolver.into_iter().map(|(resolver, list)| {
        let claim = format!("{} answers what the zone says", view.resolvers[resolver]);
        Finding::fail(claim)
            .expected("no answer that the resolver itself calls blocked, censored, filtered or forged")
            .observed(join(&list))
            .hint("a policy of this resolver stands between its clients and the zone: have the names taken off its lists")
    });
    findings.collect()
}

/// All of them.
pub(super) fn exhibit(view: &View<'_>) -> Option<Exhibit> {
    let said = said(view);
    let all = said.len();
    let rows = said.into_iter().take(ROWS);
    let rows = rows.map(|((resolver, reason, code), (count, first))| {
        vec![
            view.resolvers[resolver].clone(),
            code.to_owned(),
            reason.to_owned(),
            count.to_string(),
            first,
        ]
    });
    let rows: Vec<_> = rows.collect();
    let title = match all {
        0..=ROWS => "Extended errors (RFC 8914)".to_owned(),
        _ => format!("Extended errors (RFC 8914), the first {ROWS} of {all}"),
    };
    (!rows.is_empty()).then(|| Exhibit::Table {
        title,
        columns: [
            "Resolver",
            "Response",
            "What it says",
            "Answers",
            "First to",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: crate::model::Cell::old(rows),
        omitted: 0,
    })
}
