//! The numbers and pictures of a judgement.

use super::numbers::{millis, percent, percentile};
use super::observation::ExchangeRef;
use super::reading::Reading;
use super::rounds::resolver_rounds::{ResolverRounds, Rounds};
use super::view::View;
use crate::model::exhibit::{Bar, Line};
use crate::model::{Exhibit, Measure};

/// Questions at resolvers in rounds that get a number of their own; of more there are quantiles.
const TIMED: usize = 1000;
/// Rows of the table of answers.
const ROWS: usize = 200;
/// Quantiles as Prometheus labels them, with their percentages.
const QUANTILES: [(&str, usize); 4] = [("0.5", 50), ("0.95", 95), ("0.99", 99), ("1", 100)];

/// Durations by question and round, counts by resolver and round.
pub(super) fn measures(view: &View<'_>, all_rounds: &[ResolverRounds]) -> Vec<Measure> {
    let all = view.questions() * view.resolvers.len() * view.rounds as usize;
    let mut measures = match all {
        0..=TIMED => durations(view),
        _ => quantiles(view),
    };
    for (place, (resolver, of_resolver)) in view.resolvers.iter().zip(all_rounds).enumerate() {
        for (round, figures) in (0..view.rounds).zip(&of_resolver.rounds) {
            let entries = view.entries(round, place);
            let (sent, lost) = entries
                .map(|(_, entry)| entry.packets())
                .fold((0, 0), |sum, (sent, lost)| (sum.0 + sent, sum.1 + lost));
            let counts = [
                ("dns_queries", figures.asked),
                (
                    "dns_queries_without_answer",
                    figures.failures.values().sum(),
                ),
                ("dns_packets_sent", sent),
                ("dns_packets_lost", lost),
            ];
            let round = (round + 1).to_string();
            measures.extend(counts.map(|(name, count)| {
                let labels = [("server", resolver.as_str()), ("round", round.as_str())];
                Measure::new(name, count as f64, "count", labels)
            }));
        }
        let later = &of_resolver.later;
        if later.asked > 0 {
            let share = later.warm() as f64 / later.asked as f64;
            let labels = [("server", resolver.as_str())];
            measures.push(Measure::new("dns_warm_ratio", share, "ratio", labels));
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
            let (name, kind) = (asked.name.to_string(), asked.kind.as_str());
            for (place, resolver) in view.resolvers.iter().enumerate() {
                let entry = view.entry(round, question, place);
                if let Some(us) = entry.and_then(ExchangeRef::latency_us) {
                    let labels = [
                        ("server", resolver.as_str()),
                        ("domain", &*name),
                        ("type", kind),
                        ("round", &*number),
                    ];
                    measures.push(duration(us, labels));
                }
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
            for (label, percent) in QUANTILES {
                if let Some(us) = percentile(&times, percent) {
                    let labels = [
                        ("server", resolver.as_str()),
                        ("round", &*number),
                        ("quantile", label),
                    ];
                    measures.push(duration(us, labels));
                }
            }
        }
    }
    measures
}

fn duration<const N: usize>(us: u64, labels: [(&str, &str); N]) -> Measure {
    let seconds = us as f64 / 1e6;
    Measure::new("dns_query_duration_seconds", seconds, "seconds", labels)
}

/// Who answered what, and how fast each resolver is.
pub(super) fn exhibits(view: &View<'_>, all_rounds: &[ResolverRounds]) -> Vec<Exhibit> {
    let mut exhibits = Vec::new();
    // What rounds are asked for stands before the long table.
    if view.rounds > 1 {
        exhibits.push(cold_and_warm(view, all_rounds));
        exhibits.extend(distribution(view, all_rounds));
    }
    exhibits.push(answers(view));
    if view.rounds == 1 {
        exhibits.extend(times(view, all_rounds));
    }
    exhibits
}

fn answers(view: &View<'_>) -> Exhibit {
    let all = view.questions() * view.resolvers.len();
    let columns = ["Name", "Type", "Resolver", "Answer", "TTL", "Time"];
    let rows = view.cells().take(ROWS).map(|(row, resolver, cell)| {
        let ttl = match &cell.reading {
            Reading::Answer(answer) => answer.ttl.map(|(least, _)| format!("{least} s")),
            _ => None,
        };
        let time = cell.exchange.and_then(ExchangeRef::latency_us);
        vec![
            row.name.to_string(),
            row.kind.to_string(),
            resolver.to_owned(),
            cell.reading.text(),
            ttl.unwrap_or_default(),
            time.map_or_else(String::new, millis),
        ]
    });
    let round = match view.rounds {
        1 => "",
        _ => " in the last round",
    };
    let title = match all {
        0..=ROWS => format!("Answers by resolver{round}"),
        _ => format!("Answers by resolver{round}, the first {ROWS} of {all}"),
    };
    Exhibit::Table {
        title,
        columns: columns.map(str::to_owned).to_vec(),
        rows: crate::model::Cell::old(rows),
        omitted: 0,
    }
}

fn times(view: &View<'_>, all_rounds: &[ResolverRounds]) -> Option<Exhibit> {
    let bars = view.resolvers.iter().zip(all_rounds);
    let bars = bars.filter_map(|(resolver, of_resolver)| {
        let us = percentile(&of_resolver.cold().latencies, 95)?;
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

fn cold_and_warm(view: &View<'_>, all_rounds: &[ResolverRounds]) -> Exhibit {
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
    let row = |resolver: &str, name: &str, rounds: &Rounds| -> Vec<String> {
        let time =
            |percent| percentile(&rounds.latencies, percent).map_or_else(|| "-".into(), millis);
        let failures = rounds.failures.iter();
        let failures: Vec<_> = failures
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        vec![
            resolver.to_owned(),
            name.to_owned(),
            rounds.asked.to_string(),
            time(50),
            time(95),
            time(99),
            time(100),
            percent(rounds.warm(), rounds.asked),
            match failures.as_slice() {
                [] => "0".to_owned(),
                kinds => kinds.join(", "),
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
    Exhibit::Table {
        title:
            "Cold and warm: time to the answer by nearest rank, share consistent with a warm cache"
                .into(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: crate::model::Cell::old(rows),
        omitted: 0,
    }
}

/// How many answers come within which time, cold against warm.
fn distribution(view: &View<'_>, all_rounds: &[ResolverRounds]) -> Option<Exhibit> {
    let mut lines = Vec::new();
    for (resolver, of_resolver) in view.resolvers.iter().zip(all_rounds) {
        for (name, rounds) in [("cold", of_resolver.cold()), ("warm", &of_resolver.later)] {
            let point = |percent| {
                let us = percentile(&rounds.latencies, percent)?;
                Some((percent as f64, us as f64 / 1000.0))
            };
            // The slowest one in a hundred would hide all others; the table has it.
            let points: Vec<_> = (1..100).filter_map(point).collect();
            if !points.is_empty() {
                let label = format!("{resolver} {name}");
                lines.push(Line { label, points });
            }
        }
    }
    let limit = view.settings.warm_p95_max;
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
