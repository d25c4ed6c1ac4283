//! The run itself. One task owns every piece of its state, so there is no lock and no order of locks: it
//! starts what can start, waits for the next thing to happen, writes it down, and does so until nothing is left.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::timeout;

use super::attempt::{Assignment, Attempted, Stop, error_text, millis, stopped};
use super::check_state::{CheckState, Last, check_state, pause_after};
use super::event::Event;
use super::needs::{Needs, is_met_by};
use super::new_record::{fill, leave_out, new_record};
use super::queue::Queue;
use super::redactors::Redactors;
use super::settle::{Outcome, Unjudged, settle};
use super::waivers::Waivers;
use super::{Options, Surroundings};
use crate::model::plan::{Answer, Touch};
use crate::model::record::{Attempt, End, EvidenceDigest, NotRun};
use crate::model::{
    Check, CheckRecord, Checklist, Evidence, Judgement, Launch, LaunchFacts, Severity, Status,
};

/// What a run leaves behind.
pub(super) struct Ran {
    /// The checks in checklist order.
    pub(super) checks: Vec<CheckRecord>,
    /// Their evidence.
    pub(super) evidence: Vec<Vec<Evidence>>,
    /// The signal that stopped it.
    pub(super) stopped_by: Option<&'static str>,
}

/// A run under way.
pub(super) struct Schedule<'a> {
    checks: &'a [Check],
    options: &'a Options,
    surroundings: &'a Surroundings,
    facts: LaunchFacts,
    launch: Arc<Launch>,
    redactors: Redactors<'a>,
    waivers: &'a Waivers,
    states: Vec<CheckState>,
    needs: Needs<'a>,
    queue: Queue,
    steps: FuturesUnordered<Pin<Box<dyn Future<Output = Step> + Send>>>,
    no_answers: Arc<BTreeMap<String, Answer>>,
    stopped_by: Option<&'static str>,
    failed_fast: bool,
    /// Checks whose needs have ended since the last look.
    freed: Vec<usize>,
    ended: Vec<Option<(CheckRecord, Vec<Evidence>)>>,
}

/// What happens next.
enum Step {
    Attempted(usize, Attempted),
    PauseOver(usize),
}

impl<'a> Schedule<'a> {
    /// A run that has not begun.
    pub(super) fn new(
        checklist: &'a Checklist,
        options: &'a Options,
        surroundings: &'a Surroundings,
        waivers: &'a Waivers,
        facts: LaunchFacts,
    ) -> Self {
        let checks = checklist.checks.as_slice();
        let (states, contacts) = checks.iter().map(check_state).unzip();
        Self {
            checks,
            options,
            surroundings,
            facts,
            launch: Arc::new(checklist.launch.clone()),
            redactors: Redactors::new(checklist),
            waivers,
            states,
            needs: Needs::new(checks),
            queue: Queue::new(options.jobs, options.per_host, contacts),
            steps: FuturesUnordered::new(),
            no_answers: Arc::default(),
            stopped_by: None,
            failed_fast: false,
            freed: Vec::new(),
            ended: checks.iter().map(|_| None).collect(),
        }
    }

    /// Runs to the end.
    pub(super) async fn run(mut self) -> Ran {
        for check in 0..self.checks.len() {
            if !self.checks[check].selected {
                let mut record = self.new_record(check);
                leave_out(&mut record);
                self.ended[check] = Some((record, Vec::new()));
            } else if self.needs.are_over(check) {
                self.queue.push(check);
            }
        }
        let stop = self.surroundings.stop.clone();
        loop {
            self.start_what_can();
            tokio::select! {
                biased;
                signal = stopped(stop.clone()), if self.stopped_by.is_none() && !self.steps.is_empty() => {
                    self.stop(signal);
                }
                step = self.steps.next() => match step {
                    Some(Step::Attempted(check, attempted)) => self.attempted(check, attempted),
                    Some(Step::PauseOver(check)) => self.pause_over(check),
                    None => break,
                },
            }
        }
        self.close()
    }

    fn start_what_can(&mut self) {
        if self.stopped_by.is_none()
            && let Some(signal) = *self.surroundings.stop.borrow()
        {
            self.stop(signal);
        }
        loop {
            self.free_waiting();
            let Some(check) = self.queue.take() else {
                break;
            };
            let refusal = match &self.states[check].touch {
                Ok(touch) if *touch == Touch::Read || self.options.allow.contains(touch) => {
                    self.start(check);
                    continue;
                }
                Ok(touch) => Ok(*touch),
                Err(panic) => Err(panic.clone()),
            };
            self.queue.release(check);
            match refusal {
                Ok(touch) => self.not_run(check, NotRun::NotAllowed { touch }),
                Err(message) => self.cannot_plan(check, message),
            }
        }
    }

    /// Lets go what waited for others; a list, not a recursion, because chains of needs may be long.
    fn free_waiting(&mut self) {
        while let Some(check) = self.freed.pop() {
            if self.ended[check].is_some() {
                continue;
            }
            let ids = self.needs.unmet(check);
            if ids.is_empty() {
                self.queue.push(check);
            } else {
                self.not_run(check, NotRun::NeedsUnmet { ids });
            }
        }
    }

    fn start(&mut self, check: usize) {
        let entry = &self.checks[check];
        let number = self.states[check].number();
        self.states[check].running = true;
        self.tell(Event::AttemptStarted { check, number });
        let assignment = Assignment {
            prepared: Arc::clone(&entry.prepared),
            launch: Arc::clone(&self.launch),
            timeout: self.options.timeout.unwrap_or(entry.timeout),
            folder: entry.folder.clone(),
            answers: Arc::clone(
                self.surroundings
                    .answers
                    .get(&entry.id)
                    .unwrap_or(&self.no_answers),
            ),
            redactor: self.redactors.of(entry),
            clock: Arc::clone(&self.surroundings.clock),
            probes: self.surroundings.probes.of(check),
            stop: Stop::clone(&self.surroundings.stop),
        };
        self.steps.push(Box::pin(async move {
            Step::Attempted(check, assignment.attempt().await)
        }));
    }

    fn attempted(&mut self, check: usize, attempted: Attempted) {
        self.queue.release(check);
        let prepared = &self.checks[check].prepared;
        let seen = attempted.observed.as_ref().map(|seen| &*seen.observation);
        let outcome = Outcome::Attempted {
            end: &attempted.end,
            seen,
        };
        let id = &self.checks[check].id;
        let mut judgement = settle(id, outcome, |seen| {
            prepared.judge(seen, &self.facts).map_err(Unjudged::from)
        });
        let accepted_by = self.waivers.accept(id, &mut judgement);
        let status = judgement.status();
        let saw = judgement.worst().map(|finding| finding.claim.clone());
        let state = &mut self.states[check];
        let number = state.number();
        state.running = false;
        state.began.get_or_insert(attempted.began);
        state.ended = Some(attempted.ended);
        if let (Some(before), Some(last)) = (state.attempts.last_mut(), state.last.take()) {
            before.finding = last.judgement.worst().cloned();
            before.observation = last.observed.map(|observed| observed.observation.into());
        }
        state.attempts.push(Attempt {
            number,
            started_at: attempted.started_at,
            duration_ms: millis(attempted.ended - attempted.began),
            end: attempted.end,
            status,
            finding: None,
            observation: None,
        });
        state.last = Some(Last {
            observed: attempted.observed,
            judgement,
            accepted_by,
        });
        let again = matches!(status, Status::Fail | Status::Error)
            && number <= self.checks[check].retries
            && self.stopped_by.is_none();
        if again {
            let pause = pause_after(number);
            self.tell(Event::AttemptFailed {
                check,
                number,
                status,
                saw,
                pause,
            });
            let stop = self.surroundings.stop.clone();
            self.steps.push(Box::pin(async move {
                let _ = timeout(pause, stopped(stop)).await; // over either way
                Step::PauseOver(check)
            }));
        } else {
            self.finish_attempted(check);
        }
    }

    /// A stop in the meantime has settled the check by its last attempt already.
    fn pause_over(&mut self, check: usize) {
        if self.ended[check].is_none() {
            self.queue.push(check);
        }
    }

    /// Nothing starts any more. Running probes end by the same signal; a check between two attempts keeps
    /// its last.
    fn stop(&mut self, signal: &'static str) {
        self.stopped_by = Some(signal);
        self.tell(Event::Stopping);
        self.queue.drain();
        for check in self.idle() {
            if self.states[check].attempts.is_empty() {
                self.not_run(check, NotRun::Interrupted);
            } else {
                self.finish_attempted(check);
            }
        }
    }

    /// No further check starts. One between two attempts has started, and finishes.
    fn fail_fast(&mut self, id: &str) {
        self.failed_fast = true;
        for check in self.queue.drain() {
            if !self.states[check].attempts.is_empty() {
                self.queue.push(check);
            }
        }
        for check in self.idle() {
            if self.states[check].attempts.is_empty() {
                self.not_run(check, NotRun::FailFast { id: id.to_owned() });
            }
        }
    }

    /// The checks that have not ended and are not being attempted right now.
    fn idle(&self) -> Vec<usize> {
        let idle = |&check: &usize| self.ended[check].is_none() && !self.states[check].running;
        (0..self.checks.len()).filter(idle).collect()
    }

    fn not_run(&mut self, check: usize, reason: NotRun) {
        let mut record = self.new_record(check);
        self.settle(&mut record, Outcome::NotRun(&reason));
        record.not_run = Some(reason);
        self.finish(check, record, Vec::new());
    }

    /// A module that panics when it is asked for its plan counts as attempted: it is its own failure.
    fn cannot_plan(&mut self, check: usize, message: String) {
        let end = End::Panicked {
            message: error_text(&self.redactors.of(&self.checks[check]), message),
        };
        let outcome = Outcome::Attempted {
            end: &end,
            seen: None,
        };
        let mut record = self.new_record(check);
        self.settle(&mut record, outcome);
        record.attempts.push(Attempt {
            number: 1,
            started_at: self.surroundings.clock.now(),
            duration_ms: 0,
            end,
            status: record.status,
            finding: None,
            observation: None,
        });
        self.finish(check, record, Vec::new());
    }

    fn finish_attempted(&mut self, check: usize) {
        let mut record = self.new_record(check);
        let state = &mut self.states[check];
        record.duration_ms = millis(state.duration());
        record.attempts = std::mem::take(&mut state.attempts);
        let mut evidence = Vec::new();
        if let Some(last) = state.last.take() {
            fill(&mut record, last.judgement, last.accepted_by);
            if let Some(observed) = last.observed {
                record.observation = Some(observed.observation.into());
                evidence = observed.evidence;
                let pieces = evidence.iter().zip(observed.digests);
                record.evidence = pieces.map(listed).collect();
            }
        }
        self.finish(check, record, evidence);
    }

    fn finish(&mut self, check: usize, record: CheckRecord, evidence: Vec<Evidence>) {
        self.tell(Event::CheckFinished {
            check,
            status: record.status,
            waived: record.is_waived(),
            duration: self.states[check].duration(),
        });
        self.freed.extend(self.needs.end(check, is_met_by(&record)));
        let ends_the_run = self.options.fail_fast
            && !self.failed_fast
            && record.severity == Severity::Blocker
            && record.waiver.is_none()
            && matches!(record.status, Status::Fail | Status::Error);
        self.ended[check] = Some((record, evidence));
        if ends_the_run && self.stopped_by.is_none() {
            self.fail_fast(&self.checks[check].id);
        }
    }

    /// What has not ended by now waits for itself or for a check that does not exist, which no checklist that
    /// loaded says; a record has every check nevertheless.
    fn close(mut self) -> Ran {
        for check in self.idle() {
            let ids = self.needs.unmet(check);
            self.not_run(check, NotRun::NeedsUnmet { ids });
        }
        let (checks, evidence) = self.ended.into_iter().flatten().unzip();
        Ran {
            checks,
            evidence,
            stopped_by: self.stopped_by,
        }
    }

    /// Fills in what follows from an outcome without an observation.
    fn settle(&self, record: &mut CheckRecord, outcome: Outcome<'_>) {
        let mut judgement = settle(&record.id, outcome, |_| Ok(Judgement::default()));
        let accepted_by = self.waivers.accept(&record.id, &mut judgement);
        fill(record, judgement, accepted_by);
    }

    fn new_record(&self, check: usize) -> CheckRecord {
        let entry = &self.checks[check];
        new_record(entry, self.waivers.of(&entry.id))
    }

    /// A console that has gone is no reason to stop.
    fn tell(&self, event: Event) {
        let _ = self.surroundings.events.send(event);
    }
}

fn listed((evidence, sha256): (&Evidence, String)) -> EvidenceDigest {
    EvidenceDigest {
        name: evidence.name.clone(),
        media_type: evidence.media_type.clone(),
        sha256,
        size: evidence.bytes.len() as u64,
    }
}
