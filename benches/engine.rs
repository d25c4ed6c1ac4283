//! What the engine itself costs: `cargo bench --bench engine`.
//!
//! Prints trivial checks a second, and how long fifty checks of one second take with fifty jobs.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints its figures and has nobody to hand an error to"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tminus::engine::{Options, ProbeThreads, Surroundings, rejudge, run};
use tminus::instrument::clock::{self, SystemClock};
use tminus::model::checklist::Position;
use tminus::model::{
    AnyModule, Check, Checklist, Context, Judgement, LaunchFacts, Module, Notebook, Plan, Prepared,
    ProbeError, Registry, Rule, RunRecord, Severity, Status, Verdict,
};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};

const REGISTRY: Registry = Registry::new(&[&Nap]);

/// Sleeps and passes.
struct Nap;

#[derive(Deserialize, Serialize, JsonSchema)]
struct Settings {
    sleep_ms: u64,
}

#[derive(Default, Deserialize, Serialize)]
struct Seen {
    slept: bool,
}

const SLEPT: Rule = Rule {
    id: "nap/slept",
    summary: "It slept",
    why: "",
    fix: "",
};

impl Module for Nap {
    const NAME: &'static str = "nap";
    const SOURCE: &'static str = "";
    const EXAMPLE: &'static str = "";
    const RULES: &'static [Rule] = &[SLEPT];
    const FORMAT: u32 = 1;
    type Settings = Settings;
    type Observation = Seen;

    fn plan(_: &Settings) -> Plan {
        Plan::default()
    }

    async fn probe(
        settings: &Settings,
        _: &Context,
        notes: &Notebook<Seen>,
    ) -> Result<(), ProbeError> {
        if settings.sleep_ms > 0 {
            tokio::time::sleep(Duration::from_millis(settings.sleep_ms)).await;
        }
        notes.note(|seen| seen.slept = true);
        Ok(())
    }

    fn judge(_: &Settings, seen: &Seen, _: &LaunchFacts) -> Judgement {
        let status = if seen.slept {
            Status::Pass
        } else {
            Status::Error
        };
        SLEPT.finding(status, "bench", "it slept").into()
    }
}

fn checklist(checks: usize, sleep_ms: u64) -> Checklist {
    let settings = format!("sleep_ms = {sleep_ms}");
    let settings = toml::de::Deserializer::parse(&settings).expect("TOML");
    let prepared: Arc<dyn Prepared> = Nap.decode(settings).expect("settings").prepared;
    let check = |number| Check {
        id: format!("check-{number}"),
        module: "nap",
        title: format!("Check {number}"),
        severity: Severity::Blocker,
        phase: None,
        owner: None,
        tags: Vec::new(),
        audience: Vec::new(),
        needs: Vec::new(),
        short_secrets: Vec::new(),
        timeout: Duration::from_secs(10),
        retries: 0,
        source: Position::default(),
        selected: true,
        folder: PathBuf::new(),
        prepared: Arc::clone(&prepared),
    };
    Checklist {
        checks: (0..checks).map(check).collect(),
        ..Checklist::default()
    }
}

/// One run with runtimes like the program's.
fn timed(checklist: &Checklist, jobs: usize) -> (RunRecord, Duration) {
    let probes = ProbeThreads::start(8, "probe").expect("threads");
    let engine = Builder::new_current_thread().enable_all().build();
    let (_signal, stop) = watch::channel(None);
    let surroundings = Surroundings {
        clock: Arc::new(SystemClock),
        probes,
        answers: BTreeMap::new(),
        stop,
        events: mpsc::unbounded_channel().0,
        host: String::new(),
        run_id: String::new(),
    };
    let options = Options {
        jobs,
        ..Options::default()
    };
    let began = clock::instant();
    let run = run(checklist, &options, REGISTRY, surroundings);
    let record = engine.expect("a runtime").block_on(run).record;
    let took = began.elapsed();
    assert_eq!(record.verdict, Verdict::Go);
    (record, took)
}

fn main() {
    let trivial = checklist(100_000, 0);
    for round in 1..=3 {
        let (record, took) = timed(&trivial, 64);
        let rate = record.checks.len() as f64 / took.as_secs_f64();
        println!("round {round}: 100,000 trivial checks in {took:.3?}: {rate:.0} checks/s");
        let began = clock::instant();
        let again = rejudge(&record, REGISTRY, None).expect("a record");
        assert_eq!(again.verdict, Verdict::Go);
        println!("         judged again in {:.3?}", began.elapsed());
    }
    let (_, took) = timed(&checklist(50, 1_000), 50);
    println!("50 checks of 1 s with 50 jobs: {took:.3?}");
}
