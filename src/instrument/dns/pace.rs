//! One pace for each address in the whole run. All questions to an address take their turn here: those of every check
//! and phase, repetitions, and those over TCP. While several ask the same address, each with a limit of its own, the
//! lowest limit holds for all of them together, since each is a promise about what that server gets.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::send_queue::MOST_QPS;

/// How far a pace may lag behind before what was missed is forgone: timers tick once in a millisecond.
const CATCH_UP: Duration = Duration::from_millis(10);
/// How long a pace is kept when nobody asks; the last turn is long over by then.
const KEPT: Duration = Duration::from_secs(2);
/// Paces above which those that are over are thrown away.
const MANY: usize = 1024;

/// The paces of this process by address.
static PACES: LazyLock<Mutex<HashMap<IpAddr, Arc<Pace>>>> = LazyLock::new(Mutex::default);

struct Pace(Mutex<Beat>);

struct Beat {
    /// When the next question may go out.
    due: Instant,
    /// How many ask with each limit at present.
    limits: BTreeMap<u32, usize>,
}

impl Pace {
    fn beat(&self) -> MutexGuard<'_, Beat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A share in the pace of one address. As long as it is held, its limit counts.
pub struct Turns {
    pace: Arc<Pace>,
    qps: u32,
}

impl Turns {
    /// Takes part in the pace of an address, at no more than so many questions in a second.
    pub fn at(address: IpAddr, qps: u32) -> Self {
        let qps = qps.clamp(1, MOST_QPS);
        let mut paces = PACES.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if paces.len() > MANY {
            paces.retain(|_, pace| {
                let beat = pace.beat();
                !beat.limits.is_empty() || beat.due + KEPT > now
            });
        }
        let fresh = || {
            Arc::new(Pace(Mutex::new(Beat {
                due: now,
                limits: BTreeMap::new(),
            })))
        };
        // IPv4 inside IPv6 is the same server.
        let pace = Arc::clone(paces.entry(address.to_canonical()).or_insert_with(fresh));
        *pace.beat().limits.entry(qps).or_default() += 1;
        Self { pace, qps }
    }

    /// When the next question may go out.
    pub(super) fn due(&self) -> Instant {
        self.pace.beat().due
    }

    /// Takes the next turn, if it is due.
    pub(super) fn take(&self, now: Instant) -> bool {
        let mut beat = self.pace.beat();
        if now < beat.due {
            return false;
        }
        let lowest = beat.limits.keys().next().copied();
        let step = Duration::from_secs(1) / lowest.unwrap_or(self.qps);
        beat.due = beat.due.max(now.checked_sub(CATCH_UP).unwrap_or(now)) + step;
        true
    }

    /// Waits for a turn and takes it.
    pub async fn next(&self) {
        while !self.take(Instant::now()) {
            sleep_until(self.due()).await;
        }
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        let mut beat = self.pace.beat();
        if let Some(count) = beat.limits.get_mut(&self.qps) {
            *count -= 1;
            if *count == 0 {
                beat.limits.remove(&self.qps);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    /// Turns taken in so many milliseconds, when asked for every millisecond.
    fn taken(shares: &[&Turns], from: Instant, ms: u64) -> usize {
        let moments = (0..ms).map(|ms| from + Duration::from_millis(ms));
        let taken = moments.flat_map(|now| shares.iter().map(move |turns| turns.take(now)));
        taken.filter(|taken| *taken).count()
    }

    #[test]
    fn all_that_ask_one_address_share_the_lowest_limit() {
        let (slow, fast) = (Turns::at(address(1), 20), Turns::at(address(1), 1000));
        let start = Instant::now();
        let count = taken(&[&fast, &slow, &fast], start, 1000);
        assert!((20..=21).contains(&count), "{count}");
        // An address of its own has a pace of its own, and the same one in IPv6 has not.
        let other = Turns::at(address(2), 1000);
        assert!(taken(&[&other], start, 100) >= 99);
        let mapped = Turns::at("::ffff:192.0.2.1".parse().unwrap(), 1000);
        assert!(
            !mapped.take(start + Duration::from_millis(1000))
                || taken(&[&mapped], start, 1000) == 0
        );
    }

    #[test]
    fn a_limit_counts_as_long_as_it_is_held_and_the_next_phase_goes_on_in_the_same_pace() {
        let held = Turns::at(address(3), 10);
        let start = Instant::now();
        assert!(held.take(start));
        drop(held);
        let next = Turns::at(address(3), 1000);
        assert!(
            !next.take(start + Duration::from_millis(99)),
            "the last turn is not over"
        );
        let count = taken(&[&next], start + Duration::from_millis(100), 100);
        assert!(count >= 99, "{count}");
    }
}
