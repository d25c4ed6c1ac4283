//! Bounds on the commands that read files of others. `verify` and `judge` expand what a stranger packed: a few kilobytes
//! can ask for hours and gigabytes in more ways than any reader can name beforehand. So beside the readers' own limits
//! a thread watches what the process uses, and ends it with one message when a bound is passed.
//!
//! Time is the processor's, so a busy machine does not make a good report a bad one. Memory is what the system says the
//! process holds; where it does not say (no `/proc`), only time is bounded.
#![allow(
    clippy::disallowed_methods,
    reason = "reads what the system says of this process"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::instrument::limits;

use super::{Failure, terminal};

/// Processor time, in seconds.
const SECONDS: u64 = 10;

/// A build without optimisation is several times slower, and its tests cannot wait for so long.
fn seconds() -> u64 {
    if cfg!(debug_assertions) {
        let given = std::env::var("TMINUS_TEST_SECONDS").ok();
        given
            .and_then(|given| given.parse().ok())
            .unwrap_or(6 * SECONDS)
    } else {
        SECONDS
    }
}

/// Memory, in MB. What is allocated between two looks comes on top, and both stay below 512 MB.
const MEGABYTES: u64 = 480;

/// Between two looks. Memory cannot be filled faster than about 2 MB a millisecond.
const PAUSE: Duration = Duration::from_millis(5);

/// Bounds in force until this is dropped.
#[derive(Debug)]
pub(super) struct Bounds {
    lifted: Arc<AtomicBool>,
}

impl Drop for Bounds {
    fn drop(&mut self) {
        self.lifted.store(true, Ordering::Relaxed);
    }
}

/// Starts to watch over what the command does with a file. When a bound is passed, the process ends with the message and
/// [`UNWRITTEN`](super::exit::UNWRITTEN).
///
/// # Errors
/// When the system gives no thread to watch with: then nothing is expanded.
pub(super) fn watch(command: &str, file: &Path) -> Result<Bounds, Failure> {
    let lifted = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&lifted);
    let most = seconds();
    let (command, file) = (command.to_owned(), file.display().to_string());
    let watch = move || {
        while !seen.load(Ordering::Relaxed) {
            if let Some(bound) = passed(processor_seconds(), most, memory_megabytes()) {
                let problem = format!(
                    "cannot {command} {file}: it takes more than {bound}, the bound for files of others"
                );
                end(&Failure::unwritten(problem)
                    .hint("do not rely on it; ask the sender how it was made"));
            }
            thread::sleep(PAUSE);
        }
    };
    thread::Builder::new()
        .name("bounds".to_owned())
        .spawn(watch)
        .map_err(|error| Failure::unwritten(limits::explain("cannot start a thread", &error)))?;
    Ok(Bounds { lifted })
}

/// The bound that was passed, in words.
fn passed(seconds: u64, most: u64, megabytes: Option<u64>) -> Option<String> {
    if seconds >= most {
        Some(format!("{most} s of processor time"))
    } else if megabytes.is_some_and(|megabytes| megabytes >= MEGABYTES) {
        Some(format!("{MEGABYTES} MB of memory"))
    } else {
        None
    }
}

fn processor_seconds() -> u64 {
    u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0)
}

/// Resident and swapped memory of this process, where `/proc` tells (proc_pid_status(5)).
fn memory_megabytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let number = line.strip_suffix("kB")?.trim();
        number.parse::<u64>().ok()
    };
    let swapped = kilobytes("VmSwap:").unwrap_or(0);
    Some((kilobytes("VmRSS:")? + swapped) * 1024 / 1_000_000)
}

/// The main thread is inside a reader that cannot be interrupted; nothing of it has to be put away.
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the reader that passed the bound would not return"
)]
fn end(failure: &Failure) -> ! {
    terminal::failure(failure);
    std::process::exit(failure.code.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_measured_and_each_bound_is_named() {
        assert!(memory_megabytes().is_none_or(|megabytes| (1..100_000).contains(&megabytes)));
        assert_eq!(passed(SECONDS - 1, SECONDS, Some(MEGABYTES - 1)), None);
        assert_eq!(passed(SECONDS - 1, SECONDS, None), None);
        let time = passed(SECONDS, SECONDS, None).unwrap();
        assert!(time.ends_with("s of processor time"), "{time}");
        assert_eq!(
            passed(0, SECONDS, Some(MEGABYTES)).unwrap(),
            "480 MB of memory"
        );
    }
}
