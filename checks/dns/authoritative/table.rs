//! The servers as a table.

use super::reached::Way;
use crate::checks::dns::numbers::millis_cell;
use crate::checks::dns::observation::{Exchange, Observation};
use crate::instrument::dns::{Outcome, RecordType};
use crate::model::{Cell, Exhibit};

/// The servers of every zone.
pub(crate) fn exhibit(observation: &Observation) -> Option<Exhibit> {
    let walk = observation.source.as_ref()?;
    let rows = walk.servers().map(|(zone, server)| {
        let soa = server.exchange(&zone.name, RecordType::Soa);
        let attempt = soa.and_then(|soa| soa.attempts.last());
        let record = soa.and_then(Exchange::reply);
        let record = record.and_then(|reply| reply.records.first());
        let serial = record.and_then(|record| record.data.split(' ').nth(2));
        let time = attempt.filter(|attempt| matches!(attempt.outcome, Outcome::Answer(_)));
        [
            Cell::text(&*zone.name),
            Cell::text(server.label()),
            Cell::maybe(serial),
            Cell::text(Way::of(attempt).text()),
            Cell::text(Way::of(server.tcp.as_ref()).text()),
            time.map_or(Cell::Absent, |attempt| millis_cell(attempt.duration_us)),
        ]
    });
    let columns = ["Zone", "Server", "Serial", "UDP", "TCP", "Time"];
    Exhibit::table("Servers of the zones", columns, rows)
}
