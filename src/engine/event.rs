//! The events of a run: the only thing between the engine and a console.

use std::time::Duration;

use crate::model::Status;
use crate::model::verdict::Summary;

/// Something that happened during a run. `check` is the position in the run's list of checks.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The run began, with this many checks.
    RunStarted {
        /// Number of checks.
        checks: usize,
    },
    /// An attempt of a check began.
    AttemptStarted {
        /// Which check.
        check: usize,
        /// Counted from 1.
        number: u32,
    },
    /// An attempt did not pass, and another one follows after a pause.
    AttemptFailed {
        /// Which check.
        check: usize,
        /// Counted from 1.
        number: u32,
        /// What was judged from it.
        status: Status,
        /// The claim of the finding that decided it.
        saw: Option<String>,
        /// Until the next one.
        pause: Duration,
    },
    /// A check came to its end.
    CheckFinished {
        /// Which check.
        check: usize,
        /// Its status.
        status: Status,
        /// Whether a waiver accepts that it did not pass.
        waived: bool,
        /// From the first attempt's start to the last one's end.
        duration: Duration,
    },
    /// The run was interrupted; probes are being stopped.
    Stopping,
    /// The run ended.
    RunFinished {
        /// The counts.
        summary: Summary,
    },
}
