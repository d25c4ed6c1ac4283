//! Runs the checks of a checklist in parallel and gathers what they observed into a run record.
//!
//! The engine knows no module, no terminal and no clock of its own: checks come prepared, events leave through
//! one channel, and the clock is handed in. What it decides itself is decided in `settle`, a pure function
//! that a run and every later judgement of its record share.

mod attempt;
mod blank;
mod clip;
mod course;
mod differences;
pub mod event;
mod guard;
mod needs;
mod queue;
mod reactors;
mod rejudge;
mod schedule;
mod select;
mod settle;
#[cfg(test)]
mod tests;
mod waivers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

pub use self::differences::{Difference, differences};
use self::event::Event;
pub use self::reactors::Reactors;
pub use self::rejudge::{RejudgeError, rejudge};
use self::schedule::{Ran, Schedule};
pub use self::select::{SelectError, Selection, select};
use self::waivers::Waivers;
use crate::model::checklist::Source;
use crate::model::plan::{Answer, Touch};
use crate::model::record::{Dossier, Run, SCHEMA, Tool};
use crate::model::verdict::Summary;
use crate::model::{Checklist, Clock, LaunchClock, RunRecord, Verdict};

/// How a run is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many checks run at a time, at least one.
    pub jobs: usize,
    /// How many checks meet one host at a time, at least one.
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
    pub probes: Reactors,
    /// What a person answered beforehand, by check id.
    pub answers: BTreeMap<String, Arc<BTreeMap<String, Answer>>>,
    /// The signal that stops the run, once there is one: `SIGINT` or `SIGTERM`.
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
pub async fn run(checklist: &Checklist, options: &Options, surroundings: Surroundings) -> Dossier {
    let started_at = surroundings.clock.now();
    let clock = LaunchClock::new(&checklist.launch, started_at);
    let waivers = Waivers::at(checklist.waivers.iter().cloned(), started_at);
    let tell = |event| {
        let _ = surroundings.events.send(event); // nobody watching is no reason to stop
    };
    tell(Event::RunStarted {
        checks: checklist.checks.len(),
    });
    let schedule = Schedule::new(checklist, options, &surroundings, &waivers, clock);
    let Ran {
        checks,
        evidence,
        stopped_by,
    } = schedule.run().await;
    let summary = Summary::of(&checks);
    tell(Event::RunFinished { summary });
    let (source, includes) = sources(checklist);
    let record = RunRecord {
        schema: SCHEMA.to_owned(),
        run: Run {
            id: surroundings.run_id,
            started_at,
            finished_at: surroundings.clock.now(),
            complete: stopped_by.is_none(),
            interrupted_by: stopped_by.map(str::to_owned),
            tool: Tool::current(),
            checklist: source,
            includes,
            host: surroundings.host,
        },
        launch: checklist.launch.clone(),
        verdict: Verdict::of(&checks),
        summary,
        checks,
        expired_waivers: waivers.expired,
    };
    Dossier { record, evidence }
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
