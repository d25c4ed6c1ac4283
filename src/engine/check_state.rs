//! How far one check has come: what it may do, its attempts so far, and when the next one follows.

use std::time::Duration;

use tokio::time::Instant;

use super::catch_panic;
use crate::model::observation::Observed;
use crate::model::plan::Touch;
use crate::model::record::Attempt;
use crate::model::{Check, Judgement, Reach, Waiver};

/// The pause before the second attempt; it doubles with every further one, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// See [`FIRST_PAUSE`].
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// A check on its way.
pub(super) struct CheckState {
    /// What the check may do, or the panic of a module that cannot even plan.
    pub(super) touch: Result<Touch, String>,
    pub(super) running: bool,
    pub(super) began: Option<Instant>,
    pub(super) ended: Option<Instant>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) last: Option<Last>,
}

/// What the last attempt saw.
pub(super) struct Last {
    pub(super) observed: Option<Observed>,
    pub(super) judgement: Judgement,
    /// The waivers that accept some of its findings.
    pub(super) accepted_by: Vec<Waiver>,
}

impl CheckState {
    /// The number of the attempt that comes next or is under way.
    pub(super) fn number(&self) -> u32 {
        u32::try_from(self.attempts.len()).map_or(u32::MAX, |before| before.saturating_add(1))
    }

    pub(super) fn duration(&self) -> Duration {
        match (self.began, self.ended) {
            (Some(began), Some(ended)) => ended - began,
            _ => Duration::ZERO,
        }
    }
}

/// A check before it starts, and the hosts it contacts.
pub(super) fn check_state(check: &Check) -> (CheckState, Vec<String>) {
    let plan = catch_panic::catch_panic(|| check.prepared.plan());
    let (touch, hosts) = match plan {
        Ok(plan) => {
            let hosts = plan.targets.iter().filter_map(Reach::limited);
            (Ok(plan.touch), hosts.map(str::to_owned).collect())
        }
        Err(panic) => (Err(panic), Vec::new()),
    };
    let state = CheckState {
        touch,
        running: false,
        began: None,
        ended: None,
        attempts: Vec::new(),
        last: None,
    };
    (state, hosts)
}

pub(super) fn pause_after(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE)
}
