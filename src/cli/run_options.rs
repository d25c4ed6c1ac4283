//! One run, from a loaded checklist to a dossier: runtimes, signals, progress, and the engine that ties them
//! together.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::thread;

use clap::ValueEnum;
use ring::rand::SecureRandom as _;
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use crate::checks::REGISTRY;
use crate::engine::{self, Options, ProbeThreads, Surroundings};
use crate::instrument::clock::SystemClock;
use crate::instrument::limits;
use crate::model::plan::Answer;
use crate::model::record::Dossier;
use crate::model::units::{DAY, UpTo};
use crate::model::{Check, Checklist, Touch};

use super::concurrency::Concurrency;
use super::{Failure, progress, signals, terminal};

/// Name of the threads on which probes run. The panic hook recognises them by it.
const PROBE_THREAD: &str = "probe";

/// How checks are run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Probing")]
pub(super) struct RunOptions {
    /// Maximum concurrent checks
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = at_least_one)]
    pub jobs: usize,
    /// Maximum concurrent checks per host
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = at_least_one)]
    pub per_host: usize,
    /// Deadline for every attempt, such as "30s"; overrides the checklist
    #[arg(long, value_name = "T")]
    pub timeout: Option<UpTo<{ 7 * DAY }>>,
    /// Stop starting checks once a blocker fails or ends in error
    #[arg(long)]
    pub fail_fast: bool,
    /// Allow checks that may put load on a system (load) or change it (write); repeatable
    #[arg(long, value_name = "TOUCH", value_enum)]
    pub allow: Vec<Allowance>,
    /// Suppress progress output
    #[arg(long, short)]
    pub quiet: bool,
}

/// A touch that needs permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Allowance {
    /// Checks that may put load on a system
    Load,
    /// Checks that change something
    Write,
}

impl From<Allowance> for Touch {
    fn from(allowance: Allowance) -> Self {
        match allowance {
            Allowance::Load => Self::Load,
            Allowance::Write => Self::Write,
        }
    }
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            jobs: 64,
            per_host: 16,
            timeout: None,
            fail_fast: false,
            allow: Vec::new(),
            quiet: false,
        }
    }
}

/// People's answers, by check and question.
pub(super) type Answers = BTreeMap<String, Arc<BTreeMap<String, Answer>>>;

impl RunOptions {
    /// Runs the checklist.
    pub(super) fn run(
        &self,
        checklist: &Checklist,
        answers: Answers,
        no_color: bool,
    ) -> Result<Dossier, Failure> {
        let start = |error: io::Error| Failure::unwritten(limits::explain("cannot start", &error));
        let processors = thread::available_parallelism().map_or(1, |count| count.get());
        let open_files = limits::open_files();
        let Concurrency { threads, jobs } = Concurrency::within(open_files, self.jobs, processors)?;
        if let Some(limit) = open_files.filter(|_| jobs < self.jobs.min(checklist.checks.len())) {
            terminal::message(&format!(
                "note: --jobs is lowered from {} to {jobs}: the limit of open files is {limit} (`ulimit -n`)",
                self.jobs
            ));
        }
        let stop = signals::listen().map_err(start)?;
        // Probes run on threads of their own: a probe that blocks one cannot hold up the deadlines.
        let probes = ProbeThreads::start(threads, PROBE_THREAD).map_err(start)?;
        let engine = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(start)?;
        engine
            .block_on(self.run_engine(checklist, answers, probes, stop, jobs, no_color))
            .map_err(start)
    }

    async fn run_engine(
        &self,
        checklist: &Checklist,
        answers: Answers,
        probes: ProbeThreads,
        stop: signals::Received,
        jobs: usize,
        no_color: bool,
    ) -> io::Result<Dossier> {
        let (events, watched) = mpsc::unbounded_channel();
        let line = |check: &Check| progress::Line {
            id: check.id.clone(),
            title: check.title.clone(),
        };
        let lines = checklist.checks.iter().map(line).collect();
        let color = terminal::colors_messages(no_color);
        let console = tokio::spawn(progress::watch(watched, lines, self.mode(), color));
        let surroundings = Surroundings {
            clock: Arc::new(SystemClock),
            probes,
            answers,
            stop,
            events,
            host: rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned(),
            run_id: random_id()?,
        };
        let dossier = engine::run(checklist, &self.options(jobs), REGISTRY, surroundings).await;
        let _ = console.await; // the run does not depend on its console
        Ok(dossier)
    }

    fn mode(&self) -> progress::Mode {
        match (self.quiet, terminal::is_watched()) {
            (true, _) => progress::Mode::Quiet,
            (false, true) => progress::Mode::Live,
            (false, false) => progress::Mode::Plain,
        }
    }

    fn options(&self, jobs: usize) -> Options {
        Options {
            jobs,
            per_host: self.per_host,
            fail_fast: self.fail_fast,
            allow: self
                .allow
                .iter()
                .copied()
                .map(Touch::from)
                .collect::<BTreeSet<_>>(),
            timeout: self.timeout.map(|timeout| timeout.0),
        }
    }
}

/// A panic on a probe's thread becomes that check's error and is not printed here. Any other panic is a bug, reported
/// in one message.
pub(super) fn silence_probes() {
    std::panic::set_hook(Box::new(|panic| {
        if thread::current().name() != Some(PROBE_THREAD) {
            let problem = format!("internal error, this is a bug in tminus: {panic}");
            terminal::failure(
                &Failure::unwritten(problem)
                    .hint("the verdict is undetermined; please report the bug with this message"),
            );
        }
    }));
}

/// 128 random bits, hexadecimal.
pub(super) fn random_id() -> io::Result<String> {
    let mut bytes = [0; 16];
    let filled = ring::rand::SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| io::Error::other("the system provides no random numbers"))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

fn at_least_one(argument: &str) -> Result<usize, String> {
    argument
        .parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| "expected a number greater than zero".to_owned())
}
