//! `report.prom`: the run as OpenMetrics, for a text-file collector or a push gateway.
//!
//! The file is also valid in the older Prometheus text format, so everything is a gauge: `info` and
//! `stateset` are unknown there.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::MetricType;
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
        let mut registry = Registry::default();
        registry.register_collector(Box::new(page(&dossier.record)));
        encode(&mut text, &registry).map_err(RenderError::new)?;
        Ok(text.into_bytes())
    },
};

/// Most measures that one file holds; a scraper chokes on more.
const MOST_MEASURES: usize = 50_000;

/// Longest label value, in characters.
const LONGEST_LABEL: usize = 200;

type Labels = Vec<(String, String)>;

/// The metrics in the order they are written, which is the same at every rendering.
#[derive(Debug, Default)]
struct Page(Vec<Gauges>);

#[derive(Debug)]
struct Gauges {
    name: String,
    help: String,
    unit: Option<&'static str>,
    samples: Vec<(Labels, f64)>,
}

impl Page {
    fn add(
        &mut self,
        name: impl Into<String>,
        help: impl Into<String>,
        unit: Option<&'static str>,
    ) -> &mut Vec<(Labels, f64)> {
        let gauges = Gauges {
            name: name.into(),
            help: help.into(),
            unit,
            samples: Vec::new(),
        };
        let at = self.0.len();
        self.0.push(gauges);
        &mut self.0[at].samples
    }
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for gauges in &self.0 {
            // The encoder appends the unit to the name, so it is taken off before.
            let stem = |unit| gauges.name.strip_suffix(unit)?.strip_suffix('_');
            let unit = gauges.unit.map(|unit| Unit::Other(unit.to_owned()));
            let name = gauges.unit.and_then(stem).unwrap_or(&gauges.name);
            let kind = MetricType::Gauge;
            let mut metric = encoder.encode_descriptor(name, &gauges.help, unit.as_ref(), kind)?;
            for (labels, value) in &gauges.samples {
                metric.encode_family(labels)?.encode_gauge(value)?;
            }
        }
        Ok(())
    }
}

fn page(record: &RunRecord) -> Page {
    let mut page = Page::default();
    of_run(&mut page, record);
    of_checks(&mut page, &record.checks);
    of_measures(&mut page, record);
    page
}

fn of_run(page: &mut Page, record: &RunRecord) {
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
    page.add("tminus_run_info", "The run that wrote this file.", None)
        .push((info, 1.0));
    let scope = match record.is_part() {
        true => record.run.selection.to_string(),
        false => "all checks".to_owned(),
    };
    let verdicts = [Verdict::Go, Verdict::NoGo, Verdict::Undetermined].map(|verdict| {
        let name = verdict.headline().to_lowercase();
        (
            labels([("verdict", &name), ("of", &scope)]),
            truth(verdict == record.verdict),
        )
    });
    page.add(
        "tminus_verdict",
        "1 for the verdict over the checks that `of` names, 0 for the others.",
        None,
    )
    .extend(verdicts);
    page.add(
        "tminus_run_complete",
        "1 when the run completed, 0 when it was interrupted.",
        None,
    )
    .push((Labels::new(), truth(run.complete)));
    for (name, help, at) in [
        (
            "tminus_run_started_timestamp_seconds",
            "When the run started.",
            run.started_at,
        ),
        (
            "tminus_run_finished_timestamp_seconds",
            "When the run ended.",
            run.finished_at,
        ),
        (
            "tminus_launch_timestamp_seconds",
            "T-0 of the launch.",
            record.facts().t0,
        ),
    ] {
        page.add(name, help, Some("seconds"))
            .push((Labels::new(), seconds(at)));
    }
    page.add(
        "tminus_run_warnings",
        "What the run as a whole warns of, such as a waiver that accepts nothing.",
        None,
    )
    .push((Labels::new(), record.warnings.len() as f64));
    let counts = Status::ALL.map(|status| (status.as_str(), record.summary.count(status)));
    let counts = counts
        .into_iter()
        .chain([("waived", record.summary.waived)]);
    page.add(
        "tminus_checks",
        "Checks by status; a waived one counts twice.",
        None,
    )
    .extend(counts.map(|(status, count)| (labels([("status", status)]), count as f64)));
}

fn of_checks(page: &mut Page, checks: &[CheckRecord]) {
    let name = |check: &CheckRecord| labels([("check", &check.id), ("module", &check.module)]);
    let statuses = checks.iter().flat_map(|check| {
        Status::ALL.map(|status| {
            let mut series = name(check);
            series.extend(labels([
                ("severity", &check.severity.to_string()),
                ("status", status.as_str()),
            ]));
            (series, truth(status == check.status))
        })
    });
    page.add(
        "tminus_check_status",
        "1 for the status of the check, 0 for the others.",
        None,
    )
    .extend(statuses);
    let waived = checks
        .iter()
        .map(|check| (name(check), truth(check.is_waived())));
    page.add(
        "tminus_check_waived",
        "1 when a waiver accepts the failure of the check.",
        None,
    )
    .extend(waived);
    page.add(
        "tminus_check_findings",
        "Findings of the check by rule, status and whether a waiver accepts them.",
        None,
    )
    .extend(checks.iter().flat_map(findings));
    let attempts = checks
        .iter()
        .map(|check| (name(check), check.attempts.len() as f64));
    page.add(
        "tminus_check_attempts",
        "Attempts of the check; the last one decided.",
        None,
    )
    .extend(attempts);
    let durations = checks
        .iter()
        .map(|check| (name(check), check.duration_ms as f64 / 1000.0));
    page.add(
        "tminus_check_duration_seconds",
        "From the start of the first attempt to the end of the last.",
        Some("seconds"),
    )
    .extend(durations);
}

/// How many findings of a check have the same rule, status and waiver.
fn findings(check: &CheckRecord) -> impl Iterator<Item = (Labels, f64)> {
    let mut counts: BTreeMap<(&str, &str, bool), u32> = BTreeMap::new();
    for finding in &check.findings {
        let waived = check.waiver.is_some() && !finding.status.satisfies();
        let key = (
            finding.rule(),
            finding.status.as_str(),
            waived || finding.waived_by.is_some(),
        );
        *counts.entry(key).or_default() += 1;
    }
    counts.into_iter().map(|((rule, status, waived), count)| {
        let waived = if waived { "true" } else { "false" };
        let series = labels([
            ("check", &*check.id),
            ("module", &check.module),
            ("rule", rule),
            ("status", status),
            ("waived", waived),
        ]);
        (series, f64::from(count))
    })
}

/// Every measure under its own name, and how many were left out.
fn of_measures(page: &mut Page, record: &RunRecord) {
    let mut families: BTreeMap<String, (Option<&'static str>, BTreeMap<Labels, f64>)> =
        BTreeMap::new();
    let (mut kept, mut dropped) = (0, 0_u32);
    let measures = record
        .checks
        .iter()
        .flat_map(|check| check.measures.iter().map(move |measure| (check, measure)));
    for (check, measure) in measures {
        if !measure.value.is_finite() || kept == MOST_MEASURES {
            dropped += 1;
            continue;
        }
        let name = metric_name(&measure.name);
        let unit = unit_of(&name, &measure.unit);
        let (_, series) = families
            .entry(name)
            .or_insert_with(|| (unit, BTreeMap::new()));
        match series.entry(measure_labels(check, measure)) {
            Entry::Occupied(_) => dropped += 1,
            Entry::Vacant(place) => {
                place.insert(measure.value);
                kept += 1;
            }
        }
    }
    for (name, (unit, series)) in families {
        let help = help_of(record, &name);
        page.add(name, help, unit).extend(series);
    }
    page.add(
        "tminus_measures_dropped",
        "Measures left out of this file: repeated, not finite, or too many.",
        None,
    )
    .push((Labels::new(), f64::from(dropped)));
}

/// What the record says of a family.
fn help_of(record: &RunRecord, name: &str) -> String {
    let mut families = record.families.iter();
    let family = families.find(|family| metric_name(&family.name) == name);
    match family {
        // A help text knows two escapes, of backslash and line feed.
        Some(family) => format!("{}.", escape::text(&family.help).replace('\\', "\\\\")),
        None => "Measured by the checks of this run.".to_owned(),
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
