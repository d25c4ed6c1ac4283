//! The engine run for real on a module made for it.

mod ends;
mod limits;
mod order;
mod puppet;
mod record;
mod secrets;
mod select;
mod waivers;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};

use self::puppet::Puppet;
use super::event::Event;
use super::{Options, ProbeThreads, Surroundings, run};
use crate::model::checklist::Position;
use crate::model::record::{CheckRecord, Dossier};
use crate::model::{AnyModule, Check, Checklist, Clock, Registry, Severity, Status, Waiver};

const REGISTRY: Registry = Registry::new(&[&Puppet]);

/// A clock that does not move.
#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        noon()
    }
}

fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// A check of the puppet with these TOML settings.
fn check(id: &str, settings: &str) -> Check {
    let settings = toml::de::Deserializer::parse(settings).unwrap();
    Check {
        id: id.to_owned(),
        module: "puppet",
        title: id.to_owned(),
        severity: Severity::Blocker,
        phase: None,
        owner: None,
        tags: Vec::new(),
        audience: Vec::new(),
        needs: Vec::new(),
        timeout: Duration::from_secs(10),
        retries: 0,
        short_secrets: Vec::new(),
        selected: true,
        source: Position::default(),
        folder: PathBuf::new(),
        prepared: AnyModule::decode(&Puppet, settings).unwrap().prepared,
    }
}

fn needing(mut check: Check, needs: &[&str]) -> Check {
    check.needs = needs.iter().map(|&id| id.to_owned()).collect();
    check
}

fn checklist(checks: impl IntoIterator<Item = Check>) -> Checklist {
    Checklist {
        checks: checks.into_iter().collect(),
        ..Checklist::default()
    }
}

fn waiver(check: &str, hours: i64) -> Waiver {
    Waiver {
        check: check.to_owned(),
        rule: None,
        subject: None,
        reason: "known".to_owned(),
        approved_by: "somebody".to_owned(),
        expires: noon()
            .saturating_add(SignedDuration::from_hours(hours))
            .unwrap(),
    }
}

/// The runtimes of the program: one for the engine, two threads for the probes.
struct Stage {
    engine: Runtime,
    probes: ProbeThreads,
    signal: watch::Sender<Option<&'static str>>,
}

impl Stage {
    fn new() -> Self {
        Self {
            engine: Builder::new_current_thread().enable_all().build().unwrap(),
            probes: ProbeThreads::start(2, "probe").unwrap(),
            signal: watch::channel(None).0,
        }
    }

    fn run(self, checklist: &Checklist, options: &Options) -> (Dossier, Vec<Event>) {
        let (sender, mut events) = mpsc::unbounded_channel();
        let surroundings = Surroundings {
            clock: Arc::new(Noon),
            probes: self.probes,
            answers: BTreeMap::new(),
            stop: self.signal.subscribe(),
            events: sender,
            host: "here".to_owned(),
            run_id: "0".repeat(32),
        };
        let dossier = self
            .engine
            .block_on(run(checklist, options, REGISTRY, surroundings));
        let events = std::iter::from_fn(|| events.try_recv().ok()).collect();
        (dossier, events)
    }
}

fn run_with(checklist: &Checklist, options: &Options) -> Dossier {
    Stage::new().run(checklist, options).0
}

fn run_all(checks: impl IntoIterator<Item = Check>) -> Dossier {
    run_with(&checklist(checks), &Options::default())
}

fn statuses(dossier: &Dossier) -> Vec<Status> {
    dossier
        .record
        .checks
        .iter()
        .map(|check| check.status)
        .collect()
}

/// Status, rule and observed text of every finding.
fn told(check: &CheckRecord) -> Vec<String> {
    let line = |finding: &crate::model::Finding| {
        let observed = finding.observed.as_deref().unwrap_or_default();
        format!("{} {}: {observed}", finding.status, finding.rule())
    };
    check.findings.iter().map(line).collect()
}
