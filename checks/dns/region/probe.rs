//! Asks on behalf of regions.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::checks::dns::evidence::keep_message;
use crate::checks::dns::observation::{Exchange, Regional};
use crate::checks::dns::queries::{self, Asking, Query};
use crate::checks::dns::settings::Region;
use crate::instrument::dns::{DnsEvent, QueryOptions, Resolver};

/// Questions for one region at one resolver; of others the judge finds nothing, which is an error.
const QUESTIONS: usize = 2000;
/// Messages of one resolver that are kept for one region.
const KEPT: usize = 10;

/// Asks every resolver on behalf of every region, all resolvers at once.
pub(crate) async fn probe(asking: Asking<'_>) {
    let (settings, notes, asking) = (asking.settings, asking.notes, &asking);
    let listed = &match settings.region.is_empty() {
        true => Vec::new(),
        false => notes.see(|seen| seen.listed_names().to_vec()),
    };
    join_all(settings.servers().map(|resolver| async move {
        for region in &settings.region {
            let questions = region.questions(settings, listed).take(QUESTIONS);
            let asked = questions.map(|(name, kind)| (Arc::clone(name.text()), kind));
            let visit = Visit {
                region,
                resolver,
                asked: asked.collect(),
            };
            visit.look(asking).await;
        }
    }))
    .await;
}

/// One region at one resolver.
struct Visit<'a> {
    region: &'a Region,
    resolver: &'a Resolver,
    asked: Vec<Query>,
}

impl Visit<'_> {
    async fn look(&self, asking: &Asking<'_>) {
        let notes = asking.notes;
        let label: Arc<str> = self.resolver.to_string().into();
        let mut first = 0;
        notes.note(|seen| {
            first = seen.regions.len();
            let blank = self.asked.iter().map(|(name, kind)| Regional {
                region: Arc::clone(&self.region.name),
                subnet: self.region.subnet,
                exchange: Exchange::open(name, *kind, &label),
                error: None,
            });
            seen.regions.extend(blank);
        });
        let form = QueryOptions {
            subnet: Some(self.region.subnet.parts()),
            ..QueryOptions::default()
        };
        let mut kept = 0;
        let mut write = |seen: DnsEvent<'_>| {
            let DnsEvent::Attempt {
                question,
                attempt,
                wire,
            } = seen
            else {
                return;
            };
            if let (Some(wire), Some((name, kind))) = (wire, self.asked.get(question))
                && kept < KEPT
            {
                kept += 1;
                let label = format!("{label}-{}-{name}-{kind}", self.region.name);
                keep_message(notes, &label, wire);
            }
            notes.note(|seen| {
                if let Some(regional) = seen.regions.get_mut(first + question) {
                    regional.exchange.attempts.push(attempt);
                }
            });
        };
        let end = queries::observe(asking, self.resolver, &self.asked, form, &mut write);
        if let Err(error) = end.await {
            let error: Arc<str> = error.to_string().into();
            notes.note(|seen| {
                let visited = seen.regions.iter_mut().skip(first).take(self.asked.len());
                for regional in visited {
                    regional.error = Some(Arc::clone(&error));
                }
            });
        }
    }
}
