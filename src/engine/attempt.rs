//! One attempt of one check, from its start to what ended it.
//!
//! The probe runs as a task of the probes' own runtime, the attempt waits for it on the engine's. So even a
//! probe that blocks its thread cannot hold up its own deadline: it is left behind, and its notebook is read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, sleep_until, timeout};

use super::catch_panic;
use super::truncate::truncate;
use crate::instrument::clock;
use crate::model::observation::Observed;
use crate::model::plan::Answer;
use crate::model::record::End;
use crate::model::{Clock, Context, Launch, Prepared, ProbeError, Redactor, looks_secret};

/// How long to wait for a probe that was asked to stop. One that stops does so at once, and what it undoes
/// on its way out (killing a child process) is then done before its slot is given to another check.
const GRACE: Duration = Duration::from_millis(100);

/// A deadline for timeouts that reach beyond what an [`Instant`] can tell.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How tokio panics when a thread for blocking work cannot be started: a limit of the machine, not a bug of the module.
const NO_THREAD: &str = "OS can't spawn worker thread";

/// How many characters of a module's error or panic are recorded.
const LONGEST_TEXT: usize = 4_000;

/// The signal that ends a run, once there is one.
pub(super) type Stop = watch::Receiver<Option<&'static str>>;

/// All that an attempt needs.
pub(super) struct Assignment {
    pub(super) prepared: Arc<dyn Prepared>,
    pub(super) launch: Arc<Launch>,
    pub(super) timeout: Duration,
    pub(super) folder: PathBuf,
    pub(super) answers: Arc<BTreeMap<String, Answer>>,
    pub(super) redactor: Redactor,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) probes: Handle,
    pub(super) stop: Stop,
}

/// What came of it.
pub(super) struct Attempted {
    pub(super) started_at: Timestamp,
    pub(super) began: Instant,
    pub(super) ended: Instant,
    pub(super) end: End,
    /// `None` when the notebook could not be put into JSON.
    pub(super) observed: Option<Observed>,
}

impl Assignment {
    /// Probes until the probe ends, its deadline passes or the run is stopped.
    pub(super) async fn attempt(self) -> Attempted {
        let started_at = self.clock.now();
        let began = clock::instant();
        let deadline = began.checked_add(self.timeout).unwrap_or(began + FAR);
        let probing = Arc::clone(&self.prepared).probe(Context {
            deadline,
            timeout: self.timeout,
            clock: self.clock,
            launch: self.launch,
            folder: self.folder,
            answers: self.answers,
            redactor: self.redactor.clone(),
        });
        let redactor = &self.redactor;
        let mut task = Task(self.probes.spawn(probing.future));
        let mut end = tokio::select! {
            biased;
            joined = &mut task.0 => end_of(joined),
            () = sleep_until(deadline) => End::DeadlinePassed {
                timeout_ms: millis(self.timeout),
            },
            _ = stopped(self.stop) => End::Interrupted,
        };
        if matches!(end, End::DeadlinePassed { .. } | End::Interrupted) {
            task.0.abort();
            let _ = timeout(GRACE, &mut task.0).await; // its result comes too late to count
        }
        let ended = clock::instant();
        let format = self.prepared.format();
        let read = catch_panic::catch_panic(|| probing.notes.read(format, redactor));
        let observed = match read {
            Ok(Ok(observed)) => Some(observed),
            Ok(Err(error)) => {
                unreadable(&mut end, &error.to_string());
                None
            }
            Err(panic) => {
                unreadable(&mut end, &panic);
                None
            }
        };
        Attempted {
            started_at,
            began,
            ended,
            end: map_text(end, |text| error_text(redactor, text)),
            observed,
        }
    }
}

/// An error's words for the record: without secrets, and without what looks like one in a file or a URL that no
/// setting declares as secret.
pub(super) fn error_text(redactor: &Redactor, text: String) -> String {
    truncate(looks_secret::mask(&redactor.text(text)), LONGEST_TEXT)
}

/// Milliseconds for the record.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Waits for the signal that stops the run; forever, if its sender is gone.
pub(super) async fn stopped(mut stop: Stop) -> &'static str {
    loop {
        if let Some(signal) = *stop.borrow_and_update() {
            return signal;
        }
        if stop.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// A probe's task, which does not outlive the wait for it.
struct Task(JoinHandle<Result<(), ProbeError>>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn end_of(joined: Result<Result<(), ProbeError>, JoinError>) -> End {
    match joined {
        Ok(Ok(())) => End::Completed,
        Ok(Err(ProbeError { message, hint })) => End::Failed { message, hint },
        Err(error) => match error.try_into_panic() {
            Ok(payload) => match catch_panic::message(payload) {
                message if message.starts_with(NO_THREAD) => End::Failed {
                    message: "the system gave no thread to work with".to_owned(),
                    hint: Some(
                        "raise the limit of processes and threads (`ulimit -u`) or of memory (`ulimit -v`), or lower \
                         --jobs"
                            .to_owned(),
                    ),
                },
                message => End::Panicked { message },
            },
            Err(_) => End::Failed {
                message: "the probe was cancelled from outside the run".to_owned(),
                hint: None,
            },
        },
    }
}

/// A probe that completed, but whose notes are lost, saw nothing that could be judged.
fn unreadable(end: &mut End, why: &str) {
    if matches!(end, End::Completed) {
        *end = End::Failed {
            message: format!("cannot record what the probe saw: {why}"),
            hint: Some("this is a bug in tminus: please report it".to_owned()),
        };
    }
}

fn map_text(end: End, change: impl Fn(String) -> String) -> End {
    match end {
        End::Failed { message, hint } => End::Failed {
            message: change(message),
            hint: hint.map(change),
        },
        End::Panicked { message } => End::Panicked {
            message: change(message),
        },
        End::Completed | End::DeadlinePassed { .. } | End::Interrupted => end,
    }
}
