//! How far one check has come: what it may do, its attempts so far, and when the next one follows.

use std::time::Duration;

use tokio::time::Instant;

use super::guard;
use crate::model::observation::Observed;
use crate::model::plan::Touch;
use crate::model::record::Attempt;
use crate::model::{Check, Judgement};

/// The pause before the second attempt; it doubles with every further one, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// See [`FIRST_PAUSE`].
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// A check on its way.
pub(super) struct Course {
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
}

impl Course {
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

/// A check before it starts, and the hosts it meets.
pub(super) fn course(check: &Check) -> (Course, Vec<String>) {
    let plan = guard::guarded(|| check.prepared.plan());
    let (touch, hosts) = match plan {
        Ok(plan) => {
            let hosts = plan.targets.into_iter().map(|target| target.host);
            (Ok(plan.touch), hosts.collect())
        }
        Err(panic) => (Err(panic), Vec::new()),
    };
    let course = Course {
        touch,
        running: false,
        began: None,
        ended: None,
        attempts: Vec::new(),
        last: None,
    };
    (course, hosts)
}

pub(super) fn pause_after(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE)
}
