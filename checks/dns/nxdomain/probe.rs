//! Asks every resolver for names that must not exist.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::checks::dns::observation::{Absence, Exchange};
use crate::checks::dns::queries::{self, Asking, Query};
use crate::instrument::dns::{QueryOptions, RecordType};

/// Asks every resolver for every such name.
pub(crate) async fn probe(asking: Asking<'_>) {
    let (settings, notes, asking) = (asking.settings, asking.notes, &asking);
    let named = settings.absent.iter().map(|name| name.text().clone());
    let named = named.map(|name| (None, name));
    let made_up = settings.absent_under.iter().map(|zone| {
        let zone = zone.text();
        // 64 random bits: no such name was created. The final dot keeps the search list away.
        let name = format!(
            "tminus-{:016x}.{}",
            rand::random::<u64>(),
            match zone.trim_end_matches('.') {
                "" => String::new(), // the root
                zone => format!("{zone}."),
            }
        );
        (Some(zone.clone()), name.into())
    });
    let names: Vec<(Option<Arc<str>>, Arc<str>)> = named.chain(made_up).collect();
    let queries = names.iter().map(|(_, name)| (name.clone(), RecordType::A));
    let queries: &Vec<Query> = &queries.collect();
    notes.note(|seen| {
        for resolver in &settings.resolvers {
            let resolver: Arc<str> = resolver.to_string().into();
            seen.absences
                .extend(names.iter().map(|(under, name)| Absence {
                    under: under.clone(),
                    exchange: Exchange::open(name, RecordType::A, &resolver),
                    error: None,
                }));
        }
    });
    let resolvers = settings.resolvers.iter().enumerate();
    join_all(resolvers.map(|(place, resolver)| async move {
        let first = place * queries.len();
        let mut write = |question: usize, attempt| {
            notes.note(|seen| {
                let absence = &mut seen.absences[first + question];
                absence.exchange.attempts.push(attempt);
            });
        };
        let form = QueryOptions::default();
        let end = queries::ask(asking, resolver, queries, form, &mut write);
        if let Err(error) = end.await {
            notes.note(|seen| {
                for absence in &mut seen.absences[first..first + queries.len()] {
                    absence.error = Some(error.to_string());
                }
            });
        }
    }))
    .await;
}
