//! The exit codes, documented constants. They come from the run record alone, except [`UNWRITTEN`], which says that
//! a report could not be written and never hides a no-go.

use crate::model::{RunRecord, Verdict};

/// GO.
pub const GO: u8 = 0;
/// NO-GO: a blocker failed, and no waiver accepts it.
pub const NO_GO: u8 = 1;
/// The command line or the checklist is wrong; nothing was contacted.
pub const USAGE: u8 = 2;
/// No blocker failed, but one could not be determined.
pub const UNDETERMINED: u8 = 3;
/// A report could not be written, signed or read.
pub const UNWRITTEN: u8 = 4;
/// SIGINT (Ctrl-C) interrupted the run; what was observed is written, marked incomplete.
pub const INTERRUPTED: u8 = 130;
/// SIGTERM interrupted the run; what was observed is written, marked incomplete.
pub const TERMINATED: u8 = 143;

/// SIGHUP interrupted the run, as when its terminal was closed; what was observed is written, marked incomplete.
pub const HUNG_UP: u8 = 129;

/// The exit code after a signal: 128 and its number, as shells have it.
pub fn of_signal(name: &str) -> u8 {
    match name {
        "SIGTERM" => TERMINATED,
        "SIGHUP" => HUNG_UP,
        _ => INTERRUPTED,
    }
}

/// The exit code of a run, given whether its reports were written.
pub fn of(record: &RunRecord, written: bool) -> u8 {
    match (record.run.interrupted_by.as_deref(), record.verdict) {
        (Some(signal), _) => of_signal(signal),
        (None, Verdict::NoGo) => NO_GO,
        (None, _) if !written => UNWRITTEN,
        (None, Verdict::Undetermined) => UNDETERMINED,
        (None, Verdict::Go) => GO,
    }
}
