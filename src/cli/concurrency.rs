//! How many checks run at a time: what `--jobs` says, or fewer where the limit of open files would turn the others
//! into errors that say nothing about the systems they look at.

use super::Failure;

/// Standard streams, signals, the engine's reactor, the folder and the report that is being written.
const OWN_FILES: u64 = 16;
/// The reactor of a probe thread.
const FILES_OF_A_THREAD: u64 = 4;
/// A typical check: a program with its pipes, or a few connections.
const FILES_OF_A_CHECK: u64 = 8;
/// One thread and one check.
const FEWEST_FILES: u64 = OWN_FILES + FILES_OF_A_THREAD + FILES_OF_A_CHECK;

/// More of them than processors: a probe that blocks its thread, which is a defect, holds up few others.
const THREADS_FOR_EACH_PROCESSOR: usize = 4;
/// A large machine needs no more.
const MOST_THREADS: usize = 32;

/// Threads and checks at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Concurrency {
    /// Probe threads.
    pub threads: usize,
    /// Checks at a time.
    pub jobs: usize,
}

impl Concurrency {
    /// What `open_files` allow, at most `jobs`.
    ///
    /// # Errors
    /// When they do not even allow one check.
    pub(super) fn within(
        open_files: Option<u64>,
        jobs: usize,
        processors: usize,
    ) -> Result<Self, Failure> {
        let threads = (processors * THREADS_FOR_EACH_PROCESSOR).clamp(1, MOST_THREADS);
        let Some(limit) = open_files else {
            return Ok(Self { threads, jobs });
        };
        if limit < FEWEST_FILES {
            return Err(Failure::unwritten(format!(
                "cannot start: the limit of open files is {limit}, and a run needs at least {FEWEST_FILES}"
            ))
            .hint("raise it with `ulimit -n 1024`"));
        }
        // No more than a quarter of what is left goes to threads: the checks are what matters.
        let left = limit - OWN_FILES;
        let threads = threads.min(at_least_one(left / 4 / FILES_OF_A_THREAD));
        let left = left - threads as u64 * FILES_OF_A_THREAD;
        let jobs = jobs.min(at_least_one(left / FILES_OF_A_CHECK));
        Ok(Self { threads, jobs })
    }
}

fn at_least_one(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_lowered_to_what_the_limit_of_open_files_allows() {
        for (limit, threads, jobs) in [
            (None, 8, 64),
            (Some(1 << 20), 8, 64),
            (Some(1024), 8, 64),
            (Some(256), 8, 26),
            (Some(64), 3, 4),
            (Some(32), 1, 1),
            (Some(28), 1, 1),
        ] {
            let lowered = Concurrency::within(limit, 64, 2).unwrap();
            assert_eq!(lowered, Concurrency { threads, jobs }, "{limit:?}");
        }
        let asked = Concurrency::within(Some(1024), 3, 2).unwrap();
        assert_eq!(asked.jobs, 3);
        let error = Concurrency::within(Some(27), 64, 2)
            .unwrap_err()
            .to_string();
        assert!(error.contains("limit of open files is 27"), "{error}");
    }
}
