//! What a staple saves at one address, computed from what was measured there.

use super::seen::{Flights, Greeted, Question, Reply};
use crate::checks::tls::observation::{Observation, Session};
use crate::checks::tls::settings::Settings;
use crate::judging::text::clipped;
use crate::model::stats::percentile;

/// What a server sends before it hears of its client: 10 segments of 1460 bytes (RFC 6928).
pub(super) const WINDOW: u64 = 14_600;

/// First flights of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Side {
    /// Median of the times, in microseconds.
    pub(super) time: u64,
    /// The bytes of the largest one.
    pub(super) bytes: u64,
}

impl Side {
    /// How many round trips such a flight takes. The window doubles with each (RFC 5681 section 3.1), so three of
    /// them carry seven windows.
    pub(super) fn round_trips(self) -> u32 {
        let windows = self.bytes.div_ceil(WINDOW).max(1);
        windows.ilog2() + 1
    }
}

/// What was measured at one address. Each is an error in words where it was not.
pub(super) struct Gain {
    /// First flights with a staple and without one.
    pub(super) flights: Result<[Side; 2], Unmeasured>,
    /// Median of the times of questions to the responder, in microseconds.
    pub(super) question: Result<u64, Unmeasured>,
}

/// What is missing, and how to get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unmeasured {
    pub(super) observed: String,
    pub(super) hint: &'static str,
}

const TIMEOUT: &str = "raise the check's `timeout`, or lower `staple-gain.handshakes`";
const REACH: &str = "check whether this machine reaches it over plain HTTP and whether the CA serves it, or run elsewhere";
const LOOK: &str = "several servers may answer at this address: check that each of them staples";
const AGAIN: &str = "run it again; if it stays, leave `staple-gain` out for this endpoint";

impl Gain {
    pub(super) fn of(settings: &Settings, session: &Session, observation: &Observation) -> Self {
        let often = settings.handshakes_with_staple();
        let leaf = session.chain.first();
        let questions = leaf.and_then(|leaf| observation.questions.get(leaf));
        Self {
            flights: flights(&session.flights, often),
            question: question(questions.map_or(&[], Vec::as_slice), often),
        }
    }

    /// Microseconds; below zero where the staple costs more than it saves.
    pub(super) fn time(&self) -> Option<i64> {
        let [with, without] = self.flights.as_ref().ok()?;
        let question = self.question.as_ref().ok()?;
        Some(less([*with, *without], *question))
    }
}

/// The time of a question, less what a flight takes longer with a staple than without.
pub(super) fn less([with, without]: [Side; 2], question: u64) -> i64 {
    signed(question) - (signed(with.time) - signed(without.time))
}

fn signed(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX / 4)
}

fn flights(flights: &Flights, often: usize) -> Result<[Side; 2], Unmeasured> {
    let with = side(&flights.with, "a request for a staple")?;
    let without = side(&flights.without, "no request for one")?;
    let unmeasured = |observed: String, hint| Err(Unmeasured { observed, hint });
    let done = flights.with.len() + flights.without.len();
    let [Some((with, stapled)), Some((without, unasked))] = [with, without] else {
        return unmeasured(
            "the probe ended before it sent a ClientHello".to_owned(),
            TIMEOUT,
        );
    };
    if done < 2 * often {
        let observed = format!("the probe ended after {done} of {} ClientHellos", 2 * often);
        return unmeasured(observed, TIMEOUT);
    }
    if stapled < often {
        let observed = format!("it stapled in answer to {stapled} of {often} ClientHellos");
        return unmeasured(observed, LOOK);
    }
    if unasked > 0 {
        return unmeasured("it staples without being asked to".to_owned(), AGAIN);
    }
    Ok([with, without])
}

/// Also how many of the flights bear a staple; none where there is no flight.
fn side(greeted: &[Greeted], asking: &str) -> Result<Option<(Side, usize)>, Unmeasured> {
    let mut times = Vec::new();
    let (mut bytes, mut stapled) = (0, 0);
    for one in greeted {
        match one {
            Greeted::Flight {
                took_us,
                bytes: size,
                staple,
            } => {
                times.push(*took_us);
                bytes = bytes.max(*size);
                stapled += usize::from(*staple > 0);
            }
            Greeted::OtherCertificate => {
                let observed =
                    format!("to a ClientHello with {asking}, it served another certificate");
                return Err(Unmeasured {
                    observed,
                    hint: AGAIN,
                });
            }
            Greeted::Failed { failure } => {
                return Err(Unmeasured {
                    observed: clipped(&format!("to a ClientHello with {asking}, it {failure}")),
                    hint: AGAIN,
                });
            }
        }
    }
    times.sort_unstable();
    Ok(percentile(&times, 0.5).map(|time| (Side { time, bytes }, stapled)))
}

fn question(questions: &[Question], often: usize) -> Result<u64, Unmeasured> {
    let mut times = Vec::new();
    for question in questions {
        let Some(last) = question.last() else {
            break;
        };
        let url = clipped(&last.url);
        let (observed, hint) = match &last.outcome {
            Reply::Answered { .. } => {
                // A client that finds one responder silent waits for it, too.
                times.push(question.iter().map(|asked| asked.took_us).sum());
                continue;
            }
            Reply::Useless { why } => (
                format!("{url} sends no usable answer: {why}"),
                "ask it by hand (`openssl ocsp`); its operator has to fix it",
            ),
            Reply::Missing { error } => (format!("{url} {error}"), REACH),
        };
        let observed = clipped(&observed);
        return Err(Unmeasured { observed, hint });
    }
    if times.len() < often {
        let done = times.len();
        let observed =
            format!("the probe ended after {done} of {often} questions to the responder");
        return Err(Unmeasured {
            observed,
            hint: TIMEOUT,
        });
    }
    times.sort_unstable();
    percentile(&times, 0.5).ok_or_else(|| Unmeasured {
        observed: "the responder was not asked".to_owned(),
        hint: TIMEOUT,
    })
}
