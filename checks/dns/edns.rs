//! Servers that answer only questions without EDNS. Resolvers get along with them, at the price of a repetition for
//! each question, and without large answers and signatures.

use std::collections::BTreeMap;

use super::observation::{AnyExchange, Walk};
use super::rules::EDNS;
use super::view::View;
use crate::instrument::dns::{Outcome, Transport};
use crate::judging::text::counted;
use crate::model::Finding;

/// How many questions were answered only without it, by what came to those with it.
#[derive(Default)]
struct Refusals(BTreeMap<String, usize>);

impl Refusals {
    fn add<'a>(&mut self, exchange: impl AnyExchange<'a>) {
        let mut refused = None;
        let mut answered = false;
        let mut plain = false;
        for attempt in exchange.attempts() {
            plain |= attempt.transport == Transport::Plain;
            match attempt.outcome {
                Outcome::Answer(reply) if reply.refuses_edns() && !plain => {
                    refused = Some(&*reply.rcode);
                    answered = false;
                }
                Outcome::Answer(reply) => answered = !reply.refuses_edns(),
                _ => {}
            }
        }
        if answered && (plain || refused.is_some()) {
            let said = refused.unwrap_or("no answer");
            *self.0.entry(said.to_owned()).or_default() += 1;
        }
    }

    fn finding(&self, server: &str) -> Option<Finding> {
        if self.0.is_empty() {
            return None;
        }
        let count = self.0.values().sum();
        // Once it is known, nothing is asked with EDNS any more: the first question tells how it was found.
        let said = self.0.keys().map(String::as_str);
        let said = said.filter(|said| *said != "no answer" || self.0.len() == 1);
        let said: Vec<_> = said.collect();
        Some(
            EDNS.warn(server, format!("{server} answers only without EDNS"))
                .expected("answers to questions with EDNS (RFC 6891)")
                .observed(format!(
                    "{} with EDNS, and answers to {} without it",
                    said.join(" and "),
                    counted(count, "question")
                ))
                .hint(EDNS.fix),
        )
    }
}

/// The findings on every resolver, and every server of a zone, that shows this.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (place, resolver) in view.resolvers.iter().enumerate() {
        let mut refusals = Refusals::default();
        for round in 0..view.rounds {
            for (_, exchange) in view.entries(round, place) {
                refusals.add(exchange);
            }
        }
        let absences = view.observation.absences.iter();
        for absence in absences.filter(|absence| *absence.exchange.resolver == **resolver) {
            refusals.add(&absence.exchange);
        }
        findings.extend(refusals.finding(resolver));
    }
    let servers = view.observation.source.iter().flat_map(Walk::servers);
    let mut of_server: BTreeMap<String, Refusals> = BTreeMap::new();
    for (_, server) in servers {
        let refusals = of_server.entry(server.label()).or_default();
        for exchange in &server.exchanges {
            refusals.add(exchange);
        }
    }
    let of_servers = of_server.iter();
    findings.extend(of_servers.filter_map(|(server, refusals)| refusals.finding(server)));
    findings
}
