//! One pace for each address in the whole run. All questions to an address take their turn here: those of every check
//! and phase, repetitions, and those over TCP. Where several checks ask the same address, the lowest of their limits
//! holds for all of them from then on: each limit is a promise about what that server gets, by whomever.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Above this many packets a second there is no limit to speak of.
pub const MOST_QPS: u32 = 1_000_000;

/// How far a pace may lag behind before what was missed is forgone: timers tick once in a millisecond.
const CATCH_UP: Duration = Duration::from_millis(10);

/// The paces of this run by address. Probes have no run in their hands, but share the process with one only.
static RUN: Mutex<Option<HashMap<IpAddr, Arc<Pace>>>> = Mutex::new(None);

fn run() -> MutexGuard<'static, Option<HashMap<IpAddr, Arc<Pace>>>> {
    RUN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new run knows no limits yet.
pub fn new_run() {
    *run() = None;
}

struct Pace(Mutex<Beat>);

struct Beat {
    /// When the next question may go out.
    due: Instant,
    /// Questions in a second: the lowest limit so far.
    qps: u32,
}

/// The turns at one address.
#[derive(Clone)]
pub struct Turns(Arc<Pace>);

impl Turns {
    /// Takes part in the pace of an address, at no more than so many questions in a second.
    pub fn at(address: IpAddr, qps: u32) -> Self {
        let qps = qps.clamp(1, MOST_QPS);
        let mut run = run();
        let fresh = || {
            let due = Instant::now();
            Arc::new(Pace(Mutex::new(Beat { due, qps })))
        };
        // The same server, written as an IPv4-mapped address.
        let paces = run.get_or_insert_default();
        let pace = paces.entry(address.to_canonical()).or_insert_with(fresh);
        let turns = Self(Arc::clone(pace));
        let mut beat = turns.beat();
        beat.qps = beat.qps.min(qps);
        drop(beat);
        turns
    }

    fn beat(&self) -> MutexGuard<'_, Beat> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the next question may go out.
    pub(super) fn due(&self) -> Instant {
        self.beat().due
    }

    /// Takes the next turn, if it is due.
    pub(super) fn take(&self, now: Instant) -> bool {
        let mut beat = self.beat();
        let due = now >= beat.due;
        if due {
            let step = Duration::from_secs(1) / beat.qps;
            beat.due = beat.due.max(now.checked_sub(CATCH_UP).unwrap_or(now)) + step;
        }
        due
    }

    /// Waits for a turn and takes it.
    pub async fn next(&self) {
        while !self.take(Instant::now()) {
            sleep_until(self.due()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str, qps: u32) -> Turns {
        Turns::at(address.parse().unwrap(), qps)
    }

    /// Turns taken in so many milliseconds, when all ask every millisecond.
    fn taken(all: &[&Turns], from: Instant, ms: u64) -> usize {
        let moments = (0..ms).map(|ms| from + Duration::from_millis(ms));
        let taken = moments.flat_map(|now| all.iter().map(move |turns| turns.take(now)));
        taken.filter(|taken| *taken).count()
    }

    #[test]
    fn all_that_ask_one_address_share_its_lowest_limit_to_the_end_of_the_run() {
        let (slow, fast) = (at("192.0.2.1", 20), at("192.0.2.1", 1000));
        let mapped = at("::ffff:192.0.2.1", 500);
        let start = Instant::now();
        let count = taken(&[&fast, &slow, &mapped], start, 1000);
        assert!((20..=21).contains(&count), "{count}");
        drop(slow);
        let later = start + Duration::from_secs(1);
        let count = taken(&[&at("192.0.2.1", 1000)], later, 1000);
        assert!((19..=21).contains(&count), "{count}");
        // An address of its own has a pace of its own.
        assert!(taken(&[&at("192.0.2.2", 1000)], Instant::now(), 100) >= 99);
    }

    #[test]
    fn what_was_missed_is_made_up_for_by_no_more_than_a_few_milliseconds() {
        let turns = at("192.0.2.3", 1000);
        let start = Instant::now() + Duration::from_secs(5);
        assert!(turns.take(start));
        let burst = (0..100).filter(|_| turns.take(start)).count();
        assert!(burst <= 10, "{burst}");
    }
}
