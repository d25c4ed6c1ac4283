//! The numbers and pictures of a judgement.

use super::entry::Entry;
use super::reading::Reading;
use super::view::View;
use crate::model::exhibit::Bar;
use crate::model::{Exhibit, Measure};

/// Questions that get a number of their own; beyond them there are only the resolvers' totals.
const TIMED: usize = 1000;
/// Rows of the table of answers.
const ROWS: usize = 200;

/// Durations by question, counts by resolver.
pub(super) fn measures(view: &View<'_>) -> Vec<Measure> {
    let timed = view.cells().filter_map(|(row, resolver, cell)| {
        let latency = cell.exchange?.latency_us()? as f64 / 1e6;
        let (name, kind) = (row.name.to_string(), row.kind.as_str());
        let labels = [("server", resolver), ("domain", &*name), ("type", kind)];
        Some(Measure::new(
            "dns_query_duration_seconds",
            latency,
            "seconds",
            labels,
        ))
    });
    let mut measures: Vec<_> = timed.take(TIMED).collect();
    for (place, resolver) in view.resolvers.iter().enumerate() {
        let cells = || view.exchanges(view.last_round(), place);
        let unanswered = cells().filter(|cell| !matches!(cell.reading, Reading::Answer(_)));
        let exchanges = cells().filter_map(|cell| cell.exchange);
        let (sent, lost) = exchanges
            .map(Entry::packets)
            .fold((0, 0), |sum, (sent, lost)| (sum.0 + sent, sum.1 + lost));
        let counts = [
            ("dns_queries", cells().count()),
            ("dns_queries_without_answer", unanswered.count()),
            ("dns_packets_sent", sent),
            ("dns_packets_lost", lost),
        ];
        let measure = |(name, count): (&str, usize)| {
            Measure::new(name, count as f64, "count", [("server", resolver.as_str())])
        };
        measures.extend(counts.map(measure));
    }
    measures
}

/// Who answered what, and how fast each resolver is.
pub(super) fn exhibits(view: &View<'_>) -> Vec<Exhibit> {
    let all = view.questions() * view.resolvers.len();
    let columns = ["Name", "Type", "Resolver", "Answer", "TTL", "Time"];
    let rows = view.cells().take(ROWS).map(|(row, resolver, cell)| {
        let ttl = match &cell.reading {
            Reading::Answer(answer) => answer.ttl.map(|(least, _)| format!("{least} s")),
            _ => None,
        };
        let time = cell.exchange.and_then(Entry::latency_us);
        vec![
            row.name.to_string(),
            row.kind.to_string(),
            resolver.to_owned(),
            cell.reading.text(),
            ttl.unwrap_or_default(),
            time.map_or_else(String::new, |us| format!("{:.1} ms", us as f64 / 1000.0)),
        ]
    });
    let title = match all {
        0..=ROWS => "Answers by resolver".to_owned(),
        _ => format!("Answers by resolver, the first {ROWS} of {all}"),
    };
    let table = Exhibit::Table {
        title,
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    };
    let bars: Vec<Bar> = view
        .resolvers
        .iter()
        .enumerate()
        .filter_map(|(place, resolver)| {
            let cells = view.exchanges(view.last_round(), place);
            let times = cells.filter_map(|cell| cell.exchange?.latency_us());
            let label = resolver.clone();
            percentile(times.collect(), 95).map(|us| Bar {
                label,
                value: us as f64 / 1000.0,
            })
        })
        .collect();
    let limit = view.settings.latency_max;
    let chart = (!bars.is_empty()).then(|| Exhibit::Bars {
        title: "Time to the answer, 95th percentile (nearest rank)".into(),
        unit: "ms".into(),
        bars,
        limit: limit.map(|limit| limit.0.as_secs_f64() * 1000.0),
    });
    std::iter::once(table).chain(chart).collect()
}

/// The smallest value that is not below the given percentage of all values (nearest rank).
fn percentile(mut values: Vec<u64>, percent: usize) -> Option<u64> {
    values.sort_unstable();
    let rank = (values.len() * percent).div_ceil(100);
    values.get(rank.checked_sub(1)?).copied()
}
