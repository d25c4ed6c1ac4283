//! Runs the checks of a checklist in parallel and gathers what they observed into a run record.
//!
//! The engine knows no module, no terminal and no clock of its own: checks come prepared, events leave through
//! one channel, and the clock is handed in. What it decides itself is decided in `settle`, a pure function
//! that a run and every later judgement of its record share.

mod attempt;
mod catch_panic;
mod check_state;
mod contradictions;
mod differences;
pub mod event;
mod evidence;
mod needs;
mod new_record;
mod probe_threads;
mod queue;
mod redactors;
mod rejudge;
mod schedule;
mod select;
mod settle;
#[cfg(test)]
mod tests;
mod truncate;
mod waivers;
mod warnings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

pub use self::differences::{Difference, differences, is_reworded};
use self::event::Event;
pub use self::probe_threads::ProbeThreads;
pub use self::rejudge::{RejudgeError, judge_again, rejudge};
use self::schedule::{Ran, Schedule};
pub use self::select::{SelectError, select};
use self::waivers::Waivers;
use self::warnings::warnings;
use crate::instrument::dns::pace;
use crate::instrument::host_block;
use crate::model::checklist::Source;
use crate::model::plan::{Answer, Touch};
use crate::model::record::{Dossier, FamilyText, Run, RunOptions, SCHEMA, Tool, headline};
use crate::model::rule::RuleText;
pub use crate::model::run_rules as rules;
use crate::model::verdict::Summary;
use crate::model::{
    CheckRecord, Checklist, Clock, Finding, LaunchFacts, Registry, Rule, RunRecord, Verdict,
};

/// How a run is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many checks run at a time, at least one.
    pub jobs: usize,
    /// How many checks contact one host at a time, at least one.
    pub per_host: usize,
    /// Whether nothing further starts after the first blocker that did not pass and is not waived.
    pub fail_fast: bool,
    /// What checks may do beyond reading. `write` does not include `load`.
    pub allow: BTreeSet<Touch>,
    /// A deadline for every attempt in place of the checks' own.
    pub timeout: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs: 64,
            per_host: 16,
            fail_fast: false,
            allow: BTreeSet::new(),
            timeout: None,
        }
    }
}

/// What a run is handed from the world around it.
pub struct Surroundings {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Where the probes run, apart from the runtime that awaits [`run`]: a probe that blocks its thread cannot
    /// hold up the deadlines.
    pub probes: ProbeThreads,
    /// What a person answered beforehand, by check id.
    pub answers: BTreeMap<String, Arc<BTreeMap<String, Answer>>>,
    /// The signal that stops the run, once there is one: `SIGINT`, `SIGTERM` or `SIGHUP`.
    pub stop: watch::Receiver<Option<&'static str>>,
    /// Where events go. A closed channel stops nothing.
    pub events: mpsc::UnboundedSender<Event>,
    /// Name of this machine, for the record.
    pub host: String,
    /// The run's unique id, for the record.
    pub run_id: String,
}

/// Runs every check of the checklist and returns what they observed and what follows from it.
///
/// A check whose judgement is `fail` or `error` is attempted again up to its `retries`, after a pause of 250 ms
/// that doubles up to 4 s and holds no job. The last attempt decides; every attempt is recorded.
pub async fn run(
    checklist: &Checklist,
    options: &Options,
    registry: Registry,
    surroundings: Surroundings,
) -> Dossier {
    host_block::new_run();
    pace::new_run();
    let started_at = surroundings.clock.now();
    let facts = LaunchFacts::new(&checklist.launch, started_at);
    let waivers = Waivers::at(checklist.waivers.iter().cloned(), started_at);
    let tell = |event| {
        let _ = surroundings.events.send(event); // a console that has gone is no reason to stop
    };
    tell(Event::RunStarted {
        checks: checklist
            .checks
            .iter()
            .filter(|check| check.selected)
            .count(),
    });
    let schedule = Schedule::new(checklist, options, &surroundings, &waivers, facts.clone());
    let Ran {
        checks,
        evidence,
        stopped_by,
    } = schedule.run().await;
    let summary = Summary::of(&checks);
    tell(Event::RunFinished { summary });
    let (source, includes) = sources(checklist);
    let unused_waivers = waivers.unused(&checks);
    let verdict = Verdict::of(&checks);
    let warnings = warnings(verdict, &checks, &unused_waivers, None, &facts);
    let (rules, families) = texts(&checks, &warnings, registry);
    let mut record = RunRecord {
        schema: SCHEMA.to_owned(),
        run: Run {
            id: surroundings.run_id,
            started_at,
            finished_at: surroundings.clock.now(),
            complete: stopped_by.is_none(),
            interrupted_by: stopped_by.map(str::to_owned),
            selection: checklist.selection.clone(),
            options: RunOptions {
                timeout_ms: options.timeout.map(attempt::millis),
                allow: options.allow.clone(),
                vars: checklist.vars.clone(),
            },
            tool: Tool::current(),
            checklist: source,
            includes,
            host: surroundings.host,
            rejudged: None,
        },
        launch: checklist.launch.clone(),
        headline: headline(verdict, &checklist.selection, &checks),
        verdict,
        summary,
        rules,
        families,
        checks,
        warnings,
        expired_waivers: waivers.expired,
        unused_waivers,
    };
    redactors::strike(&mut record, checklist);
    Dossier { record, evidence }
}

/// The rules and families of all that was found, so that a reader of the record needs no registry.
fn texts(
    checks: &[CheckRecord],
    warnings: &[Finding],
    registry: Registry,
) -> (Vec<RuleText>, Vec<FamilyText>) {
    let found = checks.iter().flat_map(|check| &check.findings);
    let found: BTreeSet<&str> = found.chain(warnings).map(Finding::rule).collect();
    let measures = checks.iter().flat_map(|check| &check.measures);
    let measured: BTreeSet<&str> = measures.map(|measure| measure.name.as_str()).collect();
    let modules = || registry.iter();
    let rules: BTreeMap<&str, &Rule> = registry.rules().map(|rule| (rule.id, rule)).collect();
    let families = modules().flat_map(|module| module.measures());
    let families: BTreeMap<&str, _> = families.map(|family| (family.name, family)).collect();
    let rules = rules.into_iter().filter(|(id, _)| found.contains(id));
    let families = families
        .into_iter()
        .filter(|(name, _)| measured.contains(name));
    (
        rules.map(|(_, rule)| RuleText::from(rule)).collect(),
        families
            .map(|(_, family)| FamilyText {
                name: family.name.to_owned(),
                help: family.help.to_owned(),
                unit: family.unit.to_owned(),
            })
            .collect(),
    )
}

/// The checklist itself and the files it includes.
fn sources(checklist: &Checklist) -> (Source, Vec<Source>) {
    let mut sources = checklist.sources.iter().cloned();
    let nameless = || Source {
        path: String::new(),
        sha256: String::new(),
    };
    (sources.next().unwrap_or_else(nameless), sources.collect())
}
