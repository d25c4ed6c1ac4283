//! Walks to the servers of every name's zone, and asks them.

use std::sync::Arc;

use futures_util::StreamExt as _;

use super::find::Guide;
use super::visit::Visit;
use crate::checks::dns::observation::{Phase, Walk};
use crate::checks::dns::queries::Asking;

/// Names that are asked for; of others the judge finds nothing, which is an error.
const NAMES: usize = 10_000;
/// Servers that are asked at a time.
pub(super) const AT_A_TIME: usize = 16;

/// Walks to the servers of every name's zone, and asks them.
pub(crate) async fn probe(asking: Asking<'_>) {
    let (settings, notes) = (asking.settings, asking.notes);
    if settings.authoritative.is_none() {
        return;
    }
    let mut names = settings.names.clone();
    notes.note(|seen| {
        seen.source = Some(Walk::default());
        names.extend_from_slice(seen.listed_names());
    });
    names.truncate(NAMES);
    let guide = Guide::new(asking);
    let (zones, lost) = guide.zones(&names).await;
    notes.note(|seen| seen.source.get_or_insert_default().lost = lost);
    let tops: Vec<_> = zones.keys().cloned().collect();
    let mut above = guide.above(&tops).await;
    let mut visits = Vec::new();
    for (place, (name, names)) in zones.into_iter().enumerate() {
        let zone = guide.servers(&name, above.remove(&name)).await;
        for (server, found) in zone.servers.iter().enumerate() {
            visits.push((
                place,
                server,
                found.address,
                Arc::clone(&name),
                names.clone(),
            ));
        }
        notes.note(|seen| seen.source.get_or_insert_default().zones.push(zone));
    }
    let mut visits = futures_util::stream::iter(visits.into_iter().map(
        |(zone, server, address, name, names)| async move {
            Visit {
                asking: asking.during(Phase::Source),
                zone,
                server,
                address,
            }
            .look(&name, &names)
            .await;
        },
    ))
    .buffer_unordered(AT_A_TIME);
    while visits.next().await.is_some() {}
}
