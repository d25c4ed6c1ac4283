//! The numbers and pictures of a judgement.

use super::measures::{
    PACKETS_LOST, PACKETS_SENT, QUERIES, QUERY_DURATION, WARM_RATIO, WITHOUT_ANSWER,
};
use super::numbers::{millis_cell, percent};
use super::observation::ExchangeRef;
use super::reading::Reading;
use super::rounds::resolver_rounds::{ResolverRounds, Rounds};
use super::view::View;
use crate::model::exhibit::{Bar, Line, TABLE_ROWS};
use crate::model::stats::percentile;
use crate::model::{Cell, Exhibit, Measure};

/// Questions at resolvers in rounds that get a number of their own; of more there are quantiles.
const TIMED: usize = 1000;
/// Quantiles as Prometheus labels them, with their shares.
const QUANTILES: [(&str, f64); 4] = [("0.5", 0.5), ("0.95", 0.95), ("0.99", 0.99), ("1", 1.0)];

/// Durations by question and round, counts by resolver and round.
pub(super) fn measures(view: &View<'_>, all_rounds: &[ResolverRounds]) -> Vec<Measure> {
    let all = view.questions() * view.resolvers.len() * view.rounds as usize;
    let mut measures = match all {
        0..=TIMED => durations(view),
        _ => quantiles(view),
    };
    for (place, (resolver, of_resolver)) in view.resolvers.iter().zip(all_rounds).enumerate() {
        for (round, figures) in (0..view.rounds).zip(&of_resolver.rounds) {
            let (sent, lost) = view.packets(round..round + 1, place);
            let counts = [
                (QUERIES, figures.asked),
                (WITHOUT_ANSWER, figures.failures.values().sum()),
                (PACKETS_SENT, sent),
                (PACKETS_LOST, lost),
            ];
            let round = (round + 1).to_string();
            let labels = [("server", resolver.as_str()), ("round", round.as_str())];
            measures.extend(counts.map(|(family, count)| family.measure(count as f64, labels)));
        }
        let later = &of_resolver.later;
        if later.asked > 0 {
            let share = later.warm() as f64 / later.asked as f64;
            measures.push(WARM_RATIO.measure(share, [("server", resolver.as_str())]));
        }
    }
    measures
}

fn durations(view: &View<'_>) -> Vec<Measure> {
    let mut measures = Vec::new();
    for round in 0..view.rounds {
        let number = (round + 1).to_string();
        for question in 0..view.questions() {
            let asked = view.asked(question);
            let name = asked.name.to_string();
            for (place, resolver) in view.resolvers.iter().enumerate() {
                let entry = view.entry(round, question, place);
                let labels = [
                    ("server", resolver.as_str()),
                    ("domain", &*name),
                    ("type", asked.kind.as_str()),
                    ("round", &*number),
                ];
                let us = entry.and_then(ExchangeRef::latency_us);
                measures.extend(us.map(|us| QUERY_DURATION.measure(seconds(us), labels)));
            }
        }
    }
    measures
}

fn quantiles(view: &View<'_>) -> Vec<Measure> {
    let mut measures = Vec::new();
    for round in 0..view.rounds {
        let number = (round + 1).to_string();
        for (place, resolver) in view.resolvers.iter().enumerate() {
            let times = view.entries(round, place);
            let mut times: Vec<_> = times.filter_map(|(_, entry)| entry.latency_us()).collect();
            times.sort_unstable();
            for (label, share) in QUANTILES {
                let labels = [
                    ("server", resolver.as_str()),
                    ("round", &*number),
                    ("quantile", label),
                ];
                let us = percentile(&times, share);
                measures.extend(us.map(|us| QUERY_DURATION.measure(seconds(us), labels)));
            }
        }
    }
    measures
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

/// What was answered, and how fast each resolver is.
pub(super) fn exhibits(view: &View<'_>, all_rounds: &[ResolverRounds]) -> Vec<Exhibit> {
    let mut exhibits = Vec::new();
    // What rounds are asked for comes before the long table.
    if view.rounds > 1 {
        exhibits.extend(cold_and_warm(view, all_rounds));
        exhibits.extend(distribution(view, all_rounds));
    }
    exhibits.extend(answers(view));
    if view.rounds == 1 {
        exhibits.extend(times(view, all_rounds));
    }
    exhibits
}

fn answers(view: &View<'_>) -> Option<Exhibit> {
    let all = view.questions() * view.resolvers.len();
    let rows = view.cells().take(TABLE_ROWS);
    let rows = rows.map(|(row, resolver, cell)| {
        let ttl = match &cell.reading {
            Reading::Answer(answer) => answer.ttl.map(|(least, _)| least),
            _ => None,
        };
        let time = cell.exchange.and_then(ExchangeRef::latency_us);
        [
            Cell::text(row.name.to_string()),
            Cell::text(row.kind.as_str()),
            Cell::text(resolver),
            Cell::text(cell.reading.text()),
            ttl.map_or(Cell::Absent, |ttl| Cell::number(ttl.into(), "s")),
            time.map_or(Cell::Absent, millis_cell),
        ]
    });
    let title = match view.rounds {
        1 => "Answers by resolver",
        _ => "Answers by resolver in the last round",
    };
    let columns = ["Name", "Type", "Resolver", "Answer", "TTL", "Time"];
    let table = Exhibit::table(title, columns, rows);
    table.map(|table| table.and_more(all.saturating_sub(TABLE_ROWS)))
}

fn times(view: &View<'_>, all_rounds: &[ResolverRounds]) -> Option<Exhibit> {
    let bars = view.resolvers.iter().zip(all_rounds);
    let bars = bars.filter_map(|(resolver, of_resolver)| {
        let us = percentile(&of_resolver.cold().latencies, 0.95)?;
        Some(Bar {
            label: resolver.clone(),
            value: us as f64 / 1000.0,
        })
    });
    let bars: Vec<_> = bars.collect();
    let limit = view.settings.latency_max;
    (!bars.is_empty()).then(|| Exhibit::Bars {
        title: "Time to the answer, 95th percentile (nearest rank)".into(),
        unit: "ms".into(),
        bars,
        limit: limit.map(|limit| limit.0.as_secs_f64() * 1000.0),
    })
}

fn cold_and_warm(view: &View<'_>, all_rounds: &[ResolverRounds]) -> Option<Exhibit> {
    let columns = [
        "Resolver",
        "Round",
        "Asked",
        "P50",
        "P95",
        "P99",
        "Max",
        "Warm",
        "Without answer",
    ];
    let row = |resolver: &str, name: &str, rounds: &Rounds| {
        let time = |share| percentile(&rounds.latencies, share).map_or(Cell::Absent, millis_cell);
        let failures = rounds.failures.iter();
        let failures: Vec<_> = failures
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        [
            Cell::text(resolver),
            Cell::text(name),
            Cell::count(rounds.asked),
            time(0.5),
            time(0.95),
            time(0.99),
            time(1.0),
            Cell::text(percent(rounds.warm(), rounds.asked)),
            match failures.as_slice() {
                [] => Cell::count(0),
                kinds => Cell::text(kinds.join(", ")),
            },
        ]
    };
    let rows = view.resolvers.iter().zip(all_rounds);
    let rows = rows.flat_map(|(resolver, of_resolver)| {
        let later = match view.rounds {
            2 => "2, warm".to_owned(),
            last => format!("2 to {last}, warm"),
        };
        [
            row(resolver, "1, cold", of_resolver.cold()),
            row(resolver, &later, &of_resolver.later),
        ]
    });
    let title =
        "Cold and warm: time to the answer by nearest rank, share consistent with a warm cache";
    Exhibit::table(title, columns, rows)
}

/// How many answers come within which time, cold against warm.
fn distribution(view: &View<'_>, all_rounds: &[ResolverRounds]) -> Option<Exhibit> {
    let mut lines = Vec::new();
    for (resolver, of_resolver) in view.resolvers.iter().zip(all_rounds) {
        for (name, rounds) in [("cold", of_resolver.cold()), ("warm", &of_resolver.later)] {
            let point = |percent: u32| {
                let us = percentile(&rounds.latencies, f64::from(percent) / 100.0)?;
                Some((f64::from(percent), us as f64 / 1000.0))
            };
            // The slowest one in a hundred would hide all others; the table has it.
            let points: Vec<_> = (1..100).filter_map(point).collect();
            if !points.is_empty() {
                let label = format!("{resolver} {name}");
                lines.push(Line { label, points });
            }
        }
    }
    let limit = view.settings.warm.as_ref().and_then(|warm| warm.p95_max);
    (!lines.is_empty()).then(|| Exhibit::Series {
        title: match limit {
            None => "Time to the answer, cold against warm".into(),
            Some(_) => {
                "Time to the answer, cold against warm; the limit is for 95 % of the warm ones"
                    .into()
            }
        },
        x_unit: "% of answers".into(),
        unit: "ms".into(),
        lines,
        limit: limit.map(|limit| limit.0.as_secs_f64() * 1000.0),
    })
}
