//! Every packet of the check, by server, phase and transport: the numbers that a capture on the wire shows as well.

use super::measures::{PACKETS_LOST, PACKETS_SENT};
use super::observation::{Observation, Phase, Traffic};
use super::packet_loss::words;
use crate::instrument::dns::Transport;
use crate::model::exhibit::TABLE_ROWS;
use crate::model::{Cell, Exhibit, Measure};

/// Packets of the phases without rounds; those of the names are counted by round.
pub(super) fn measures(observation: &Observation) -> Vec<Measure> {
    let mut sums: Vec<(&str, Phase, u64, u64)> = Vec::new();
    let others = observation.traffic.iter();
    for traffic in others.filter(|traffic| traffic.phase != Phase::Names) {
        let (server, phase) = (&*traffic.server, traffic.phase);
        let (sent, lost) = (traffic.count.sent, traffic.count.lost);
        match sums
            .iter_mut()
            .find(|sum| (sum.0, sum.1) == (server, phase))
        {
            Some(sum) => {
                sum.2 += sent;
                sum.3 += lost;
            }
            None => sums.push((server, phase, sent, lost)),
        }
    }
    let measures = sums.into_iter().flat_map(|(server, phase, sent, lost)| {
        let labels = [("server", server), ("phase", phase.as_str())];
        [(PACKETS_SENT, sent), (PACKETS_LOST, lost)]
            .map(|(family, count)| family.measure(count as f64, labels))
    });
    measures.collect()
}

/// The packets as a table.
pub(super) fn exhibit(observation: &Observation) -> Option<Exhibit> {
    let columns = [
        "Server",
        "For",
        "Over",
        "Sent",
        "Answered",
        "Lost",
        "Port closed",
        "Not sent",
        "Other messages",
    ];
    let rows = observation.traffic.iter().take(TABLE_ROWS);
    let rows = rows.map(
        |Traffic {
             server,
             phase,
             transport,
             count,
         }| {
            let strays = count.strays.iter();
            let strays: Vec<_> = strays
                .map(|(stray, count)| format!("{count} {}", words(*stray)))
                .collect();
            let number = |count: u64| Cell::count(count as usize);
            [
                Cell::text(&**server),
                Cell::text(phase.as_str()),
                Cell::text(over(*transport)),
                number(count.sent),
                number(count.answered),
                number(count.lost),
                number(count.closed),
                number(count.unsent),
                match strays.as_slice() {
                    [] => Cell::count(0),
                    kinds => Cell::text(kinds.join(", ")),
                },
            ]
        },
    );
    let table = Exhibit::table("Packets by server and purpose", columns, rows);
    let more = observation.traffic.len().saturating_sub(TABLE_ROWS);
    table.map(|table| table.and_more(more))
}

fn over(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "UDP",
        Transport::Plain => "UDP without EDNS",
        Transport::Tcp | Transport::Stream => "TCP",
        Transport::Tls => "TLS",
        Transport::Https => "HTTPS",
        Transport::Quic => "QUIC",
        Transport::System => "the system",
        Transport::Hosts => "the hosts file",
    }
}
