//! The servers as a table.

use super::reached::Way;
use crate::checks::dns::observation::{Exchange, Observation};
use crate::instrument::dns::{Kind, Outcome};
use crate::model::Exhibit;

/// Rows of the table of servers.
const ROWS: usize = 200;

/// The servers of every zone.
pub(crate) fn exhibit(observation: &Observation) -> Option<Exhibit> {
    let walk = observation.source.as_ref()?;
    let rows: Vec<_> = walk
        .servers()
        .take(ROWS)
        .map(|(zone, server)| {
            let soa = server.exchange(&zone.name, Kind::Soa);
            let attempt = soa.and_then(|soa| soa.attempts.last());
            let serial = soa
                .and_then(Exchange::reply)
                .and_then(|reply| reply.records.first());
            let serial = serial.and_then(|record| record.data.split(' ').nth(2));
            let time = attempt.filter(|attempt| matches!(attempt.outcome, Outcome::Answer(_)));
            vec![
                zone.name.to_string(),
                server.label(),
                serial.unwrap_or_default().to_owned(),
                Way::of(attempt).text(),
                Way::of(server.tcp.as_ref()).text(),
                time.map_or_else(String::new, |attempt| {
                    format!("{:.1} ms", attempt.duration_us as f64 / 1000.0)
                }),
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| Exhibit::Table {
        title: "Servers of the zones".into(),
        columns: ["Zone", "Server", "Serial", "UDP", "TCP", "Time"]
            .map(str::to_owned)
            .to_vec(),
        rows: crate::model::Cell::old(rows),
        omitted: 0,
    })
}
