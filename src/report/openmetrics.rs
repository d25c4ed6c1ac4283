//! `report.prom`: the run as OpenMetrics, for a text-file collector or a push gateway.
//!
//! The file is also valid in the older Prometheus text format, so everything is a gauge: `info` and
//! `stateset` are unknown there.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::{Format, RenderError, escape};
use crate::model::{CheckRecord, Measure, RunRecord, Status, Verdict};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: "openmetrics",
    file: "report.prom",
    about: "statuses and measures for Prometheus",
    render: |dossier, _| {
        let mut text = String::new();
        encode(&mut text, &registry(&dossier.record)).map_err(RenderError::new)?;
        Ok(text.into_bytes())
    },
};

/// Most measures that one file holds; a scraper chokes on more.
const MOST_MEASURES: usize = 50_000;

/// Longest label value, in characters.
const LONGEST_LABEL: usize = 200;

type Labels = Vec<(String, String)>;
type Gauges = Family<Labels, Gauge<f64, AtomicU64>>;

fn registry(record: &RunRecord) -> Registry {
    let mut registry = Registry::default();
    of_run(&mut registry, record);
    of_checks(&mut registry, &record.checks);
    let dropped = of_measures(&mut registry, &record.checks);
    add(
        &mut registry,
        "tminus_measures_dropped",
        "Measures left out of this file: repeated, not finite, or too many",
        None,
    )
    .get_or_create(&Vec::new())
    .set(dropped as f64);
    registry
}

fn of_run(registry: &mut Registry, record: &RunRecord) {
    let run = &record.run;
    let info = labels([
        ("run", &run.id),
        ("launch", &record.launch.name),
        (
            "launch_version",
            record.launch.version.as_deref().unwrap_or_default(),
        ),
        ("checklist", &run.checklist.path),
        ("checklist_sha256", &run.checklist.sha256),
        ("host", &run.host),
        ("version", &run.tool.version),
    ]);
    add(
        registry,
        "tminus_run_info",
        "The run that wrote this file",
        None,
    )
    .get_or_create(&info)
    .set(1.0);
    let verdicts = add(
        registry,
        "tminus_verdict",
        "1 for the verdict of the run, 0 for the others",
        None,
    );
    for verdict in [Verdict::Go, Verdict::NoGo, Verdict::Undetermined] {
        let name = verdict.headline().to_lowercase();
        verdicts
            .get_or_create(&labels([("verdict", &name)]))
            .set(truth(verdict == record.verdict));
    }
    let complete = "1 when every selected check came to its end";
    add(registry, "tminus_run_complete", complete, None)
        .get_or_create(&Vec::new())
        .set(truth(run.complete));
    let mut at = |name, help, at| {
        add(registry, name, help, Some("seconds"))
            .get_or_create(&Vec::new())
            .set(seconds(at));
    };
    at(
        "tminus_run_started_timestamp_seconds",
        "When the run began",
        run.started_at,
    );
    at(
        "tminus_run_finished_timestamp_seconds",
        "When the run ended",
        run.finished_at,
    );
    at(
        "tminus_launch_timestamp_seconds",
        "T-0 that the run was judged by",
        record.clock().t0,
    );
    let counts = add(
        registry,
        "tminus_checks",
        "Checks by status; a waived one counts twice",
        None,
    );
    for status in Status::ALL {
        counts
            .get_or_create(&labels([("status", status.as_str())]))
            .set(record.summary.count(status) as f64);
    }
    counts
        .get_or_create(&labels([("status", "waived")]))
        .set(record.summary.waived as f64);
}

fn of_checks(registry: &mut Registry, checks: &[CheckRecord]) {
    let statuses = add(
        registry,
        "tminus_check_status",
        "1 for the status of the check, 0 for the others",
        None,
    );
    let waived = add(
        registry,
        "tminus_check_waived",
        "1 when a waiver accepts that the check did not pass",
        None,
    );
    let durations = add(
        registry,
        "tminus_check_duration_seconds",
        "From the first attempt's start to the last one's end",
        Some("seconds"),
    );
    for check in checks {
        let name = [("check", check.id.as_str()), ("module", &check.module)];
        for status in Status::ALL {
            let mut series = labels(name);
            series.extend(labels([
                ("severity", &check.severity.to_string()),
                ("status", status.as_str()),
            ]));
            statuses
                .get_or_create(&series)
                .set(truth(status == check.status));
        }
        waived
            .get_or_create(&labels(name))
            .set(truth(check.is_waived()));
        durations
            .get_or_create(&labels(name))
            .set(check.duration_ms as f64 / 1000.0);
    }
}

/// Every measure under its own name, and how many were left out.
fn of_measures(registry: &mut Registry, checks: &[CheckRecord]) -> usize {
    let mut families: BTreeMap<String, (Option<&'static str>, Gauges)> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut dropped = 0;
    for (check, measure) in checks
        .iter()
        .flat_map(|check| check.measures.iter().map(move |measure| (check, measure)))
    {
        let name = metric_name(&measure.name);
        let labels = measure_labels(check, measure);
        if !measure.value.is_finite()
            || seen.len() >= MOST_MEASURES
            || !seen.insert((name.clone(), labels.clone()))
        {
            dropped += 1;
            continue;
        }
        let (_, family) = match families.entry(name) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let unit = unit_of(entry.key(), &measure.unit);
                entry.insert((unit, Gauges::default()))
            }
        };
        family.get_or_create(&labels).set(measure.value);
    }
    for (name, (unit, family)) in families {
        register(
            registry,
            &name,
            "Measured by the checks of this run",
            unit,
            family,
        );
    }
    dropped
}

fn add(registry: &mut Registry, name: &str, help: &str, unit: Option<&'static str>) -> Gauges {
    let family = Gauges::default();
    register(registry, name, help, unit, family.clone());
    family
}

/// The registry appends the unit to the name, so it is taken off before.
fn register(
    registry: &mut Registry,
    name: &str,
    help: &str,
    unit: Option<&'static str>,
    family: Gauges,
) {
    let stem = unit.and_then(|unit| Some((unit, name.strip_suffix(unit)?.strip_suffix('_')?)));
    match stem {
        Some((unit, stem)) => {
            registry.register_with_unit(stem, help, Unit::Other(unit.to_owned()), family);
        }
        None => registry.register(name, help, family),
    }
}

/// The unit that goes into the metadata; OpenMetrics wants it at the end of the name.
fn unit_of(name: &str, unit: &str) -> Option<&'static str> {
    ["seconds", "bytes", "ratio"].into_iter().find(|known| {
        *known == unit
            && name
                .strip_suffix(known)
                .is_some_and(|stem| stem.len() > 1 && stem.ends_with('_'))
    })
}

fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Labels {
    pairs
        .map(|(key, value)| (key.to_owned(), label_value(value)))
        .into()
}

/// The check's id and the measure's own labels, in the order of their names.
fn measure_labels(check: &CheckRecord, measure: &Measure) -> Labels {
    let mut labels = BTreeMap::from([("check".to_owned(), label_value(&check.id))]);
    for (key, value) in &measure.labels {
        let mut name = label_name(key);
        while labels.contains_key(&name) {
            name.insert_str(0, "own_");
        }
        labels.insert(name, label_value(value));
    }
    labels.into_iter().collect()
}

/// `[a-zA-Z_:][a-zA-Z0-9_:]*`, and never one of the names above.
fn metric_name(raw: &str) -> String {
    let name = sanitised(raw, |character| character == ':');
    if name.starts_with("tminus_") {
        format!("measure_{name}")
    } else {
        name
    }
}

/// `[a-zA-Z_][a-zA-Z0-9_]*`; two underscores in front are kept for Prometheus itself.
fn label_name(raw: &str) -> String {
    let name = sanitised(raw, |_| false);
    if name.starts_with("__") {
        format!("own{name}")
    } else {
        name
    }
}

fn sanitised(raw: &str, also: impl Fn(char) -> bool) -> String {
    let keep = |character: char| character.is_ascii_alphanumeric() || also(character);
    let mut name: String = raw
        .chars()
        .map(|character| if keep(character) { character } else { '_' })
        .collect();
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

fn label_value(raw: &str) -> String {
    let shown = escape::text(raw);
    match shown.char_indices().nth(LONGEST_LABEL) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown.into_owned(),
    }
}

fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}
