//! Extended errors (RFC 8914): what servers say themselves about their answers.

use std::collections::BTreeMap;

use super::rules::ANSWER_POLICY;
use super::view::View;
use crate::instrument::dns::Outcome;
use crate::judging::text::clipped_list;
use crate::model::{Cell, Exhibit, Finding};

/// Different errors that are counted; their texts are the server's.
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
        let resolver = &view.resolvers[resolver];
        ANSWER_POLICY
            .fail(
                resolver,
                format!("{resolver} replaces the zone's answers by its own"),
            )
            .expected(
                "no answer that the resolver itself calls blocked, censored, filtered or forged",
            )
            .observed(clipped_list(list))
            .hint(ANSWER_POLICY.fix)
    });
    findings.collect()
}

/// All of them.
pub(super) fn exhibit(view: &View<'_>) -> Option<Exhibit> {
    let columns = [
        "Resolver",
        "Response",
        "What it says",
        "Answers",
        "First to",
    ];
    let rows = said(view).into_iter();
    let rows = rows.map(|((resolver, reason, code), (count, first))| {
        [
            Cell::text(&*view.resolvers[resolver]),
            Cell::text(code),
            Cell::text(reason),
            Cell::count(count),
            Cell::text(first),
        ]
    });
    Exhibit::table("Extended errors (RFC 8914)", columns, rows)
}
