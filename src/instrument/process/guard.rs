//! Kills what programs left running when tminus itself is killed.
//!
//! A process that gets SIGKILL cannot clean up behind itself, and what it started runs on. So before the first program
//! starts, tminus starts itself a second time as a guard, which only reads from a pipe: the process groups that run and
//! those that have ended. However tminus ends, the system closes the pipe, and the guard kills every group that is left.
//!
//! Linux could send a signal to a child whose parent dies (`PR_SET_PDEATHSIG`). It reaches the program itself, not what
//! the program started: of `sh -c "sleep 600; true"` the `sleep` would stay. A group is all of it, and on every Unix.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

/// The argument with which the program is its own guard. Not for people, so no help names it.
pub const ARGUMENT: &str = "__guard-programs";

/// The guard's program, once [`enable`]d, and the guard itself, once there was something to guard.
struct Guard {
    program: PathBuf,
    running: Option<Child>,
}

static GUARD: OnceLock<Mutex<Guard>> = OnceLock::new();

/// From now on, programs are guarded. `program` is this program, which [`stand`]s guard when it gets [`ARGUMENT`].
pub fn enable(program: PathBuf) {
    let running = None;
    let _ = GUARD.set(Mutex::new(Guard { program, running })); // a second call changes nothing
}

/// Sees to it that the guard runs, where one is [`enable`]d.
///
/// # Errors
/// When it cannot be started: then no program should.
pub(super) fn start() -> io::Result<()> {
    let Some(mut guard) = guard() else {
        return Ok(());
    };
    if guard.running.is_none() {
        let child = Command::new(&guard.program)
            .arg0("tminus")
            .arg(ARGUMENT)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0) // Ctrl-C on the terminal is not for it
            .spawn()?;
        guard.running = Some(child);
    }
    Ok(())
}

/// The group runs: it is killed if tminus ends without [`release`]ing it.
pub(super) fn watch(group: Pid) {
    tell('+', group);
}

/// The group has ended.
pub(super) fn release(group: Pid) {
    tell('-', group);
}

fn tell(sign: char, group: Pid) {
    if let Some(mut guard) = guard()
        && let Some(pipe) = guard
            .running
            .as_mut()
            .and_then(|child| child.stdin.as_mut())
    {
        // One write, so that no half of a line is left by a kill. A guard that somebody killed is beyond help.
        let line = format!("{sign}{}\n", group.as_raw_nonzero());
        let _ = pipe.write_all(line.as_bytes());
    }
}

fn guard() -> Option<MutexGuard<'static, Guard>> {
    let guard = GUARD.get()?;
    Some(guard.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Waits until the pipe on standard input closes.
pub fn stand() {
    for group in left(BufReader::new(io::stdin())) {
        let _ = kill_process_group(group, Signal::KILL); // it may have ended in this moment
    }
}

/// The groups that were watched and not released when the pipe closed.
fn left(pipe: impl BufRead) -> HashSet<Pid> {
    let mut groups = HashSet::new();
    for line in pipe.lines().map_while(Result::ok) {
        let group = |number: &str| match number.bytes().all(|byte| byte.is_ascii_digit()) {
            true => Pid::from_raw(number.parse().ok()?),
            false => None, // a signed number would be something else than one group
        };
        if let Some(group) = line.strip_prefix('+').and_then(group) {
            groups.insert(group);
        } else if let Some(group) = line.strip_prefix('-').and_then(group) {
            groups.remove(&group);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_released_is_left_alone() {
        let told = "+100\n+200\n-100\n+300\n-300\n";
        let expected = HashSet::from([Pid::from_raw(200).unwrap()]);
        assert_eq!(left(told.as_bytes()), expected);
    }

    #[test]
    fn nothing_but_a_whole_number_of_a_group_is_killed() {
        for told in ["", "+", "+0\n", "+x\n", "++7\n", "+-7\n", "7\n", "-7\n"] {
            assert!(left(told.as_bytes()).is_empty(), "{told:?}");
        }
    }
}
