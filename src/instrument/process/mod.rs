//! Runs one program and leaves nothing of it behind.
//!
//! The program gets a process group of its own. However it ends, and also when the future is dropped at a
//! deadline, the whole group is killed: children in the background do not outlive the check that started
//! them. A process that moves itself into another session (`setsid`) is out of reach, and [`Ended`] says when one holds
//! the output on. When this process itself is killed, the [`guard`] kills the groups.

pub mod guard;
mod interpreter;
mod strike;

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::{Instant, timeout};

use super::limits;

pub use strike::Strike;

/// How long output may stay open after the program itself ended.
const GRACE: Duration = Duration::from_millis(250);

/// How much is read at once: what a pipe of Linux holds.
const CHUNK: usize = 64 * 1024;

/// What to run, and where.
#[derive(Debug)]
pub struct Program<'a> {
    /// The program and its arguments. A name without a slash is looked up in `PATH`, one with a slash counts
    /// from `folder`. No shell reads it.
    pub run: &'a [String],
    /// Its working folder.
    pub folder: PathBuf,
    /// Whether it starts without this process's environment.
    pub clear_environment: bool,
    /// Variables to set.
    pub environment: Vec<(&'a str, &'a str)>,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By a signal, such as "11 (SIGSEGV)".
    Signal(String),
}

/// A program that ran and ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub exit: Exit,
    /// From its start to its end.
    pub duration: Duration,
    /// Whether a process that it left behind still held its output open a while after its end.
    pub output_held: bool,
    /// Whether one held it still after the whole group was killed: it left the group, and may be running on.
    pub output_held_on: bool,
    /// The interpreter that `env` did not find because the script's first line ends in a carriage return.
    pub carriage_return: Option<String>,
}

/// Why a program could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// No such program.
    #[error("there is no program `{program}`")]
    NotFound {
        /// As it was named.
        program: String,
    },
    /// A file that is there, and what the system needs to run it is not.
    #[error("`{program}` {needs}")]
    NoInterpreter {
        /// As it was named.
        program: String,
        /// What is missing, as a predicate.
        needs: String,
    },
    /// A file that is no program, or not for this user.
    #[error("`{program}` cannot be executed: {source}")]
    NotExecutable {
        /// As it was named.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// The working folder cannot be entered.
    #[error("the working folder {} cannot be entered: {source}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Anything else, such as too many processes.
    #[error("`{program}` could not be run: {source}{}", limits::hit(.source))]
    System {
        /// As it was named.
        program: String,
        /// What the system says.
        source: io::Error,
    },
}

/// Runs a program to its end. `stdout` and `stderr` are handed its output piece by piece, as it is printed.
///
/// # Errors
/// When it could not be started, or the system lost sight of it.
pub async fn run(
    program: &Program<'_>,
    stdout: impl FnMut(&[u8]) + Send,
    stderr: impl FnMut(&[u8]) + Send,
) -> Result<Ended, ProcessError> {
    let name = || program.run.first().cloned().unwrap_or_default();
    let system = |source| ProcessError::System {
        program: name(),
        source,
    };

    enter(&program.folder).await?;
    let begin = Instant::now();
    guard::start().map_err(system)?;
    let spawned = command(program).spawn();
    let not_found = spawned
        .as_ref()
        .is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    if not_found && let Some(needs) = interpreter::missing(program).await {
        let program = name();
        return Err(ProcessError::NoInterpreter { program, needs });
    }
    let mut child = spawned.map_err(|source| {
        let program = name();
        match source.kind() {
            io::ErrorKind::NotFound => ProcessError::NotFound { program },
            io::ErrorKind::PermissionDenied => ProcessError::NotExecutable { program, source },
            _ if source.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
                ProcessError::NotExecutable { program, source }
            }
            _ => ProcessError::System { program, source },
        }
    })?;
    let mut group = Group::of(&child);

    let pipes = (child.stdout.take(), child.stderr.take());
    let output = async { tokio::try_join!(drain(pipes.0, stdout), drain(pipes.1, stderr)) };
    tokio::pin!(output);
    let mut read = None;
    let status = tokio::select! {
        status = child.wait() => status,
        done = &mut output => {
            read = Some(done);
            child.wait().await
        }
    };
    let status = status.map_err(system)?;
    let duration = begin.elapsed();

    let mut output_held = false;
    if read.is_none() {
        read = timeout(GRACE, &mut output).await.ok();
        output_held = read.is_none();
    }
    group.kill();
    if read.is_none() {
        // What its children printed last is in the pipes, which are closed now unless one left the group.
        read = timeout(GRACE, &mut output).await.ok();
    }
    let output_held_on = read.is_none();
    read.transpose().map_err(system)?;

    let exit = exit(status);
    let carriage_return = match exit {
        Exit::Code(interpreter::NOT_FOUND) => interpreter::with_carriage_return(program).await,
        _ => None,
    };
    Ok(Ended {
        exit,
        duration,
        output_held,
        output_held_on,
        carriage_return,
    })
}

fn command(program: &Program<'_>) -> Command {
    let (name, arguments) = match program.run {
        [name, arguments @ ..] => (name.as_str(), arguments),
        [] => ("", [].as_slice()),
    };
    let mut command = Command::new(name);
    if program.clear_environment {
        command.env_clear();
    }
    command
        .args(arguments)
        .envs(program.environment.iter().copied())
        .current_dir(&program.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true); // and reaped by tokio, so no zombie stays
    command
}

/// A missing program and a missing folder give the same error at the start, so the folder is looked at before.
async fn enter(folder: &Path) -> Result<(), ProcessError> {
    // The dot makes the system search the folder, which it must be permitted to.
    let result = tokio::fs::metadata(folder.join(".")).await;
    result.map(drop).map_err(|source| ProcessError::Folder {
        folder: folder.to_owned(),
        source,
    })
}

async fn drain(
    pipe: Option<impl AsyncRead + Unpin>,
    mut sink: impl FnMut(&[u8]),
) -> io::Result<()> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    let mut chunk = vec![0; CHUNK];
    loop {
        match pipe.read(&mut chunk).await? {
            0 => return Ok(()),
            count => sink(&chunk[..count]),
        }
    }
}

fn exit(status: ExitStatus) -> Exit {
    match status.code() {
        Some(code) => Exit::Code(code),
        None => {
            let text = status.to_string();
            let text = text.strip_prefix("signal: ").unwrap_or(&text);
            debug_assert!(status.signal().is_some());
            Exit::Signal(text.to_owned())
        }
    }
}

/// A process group that is killed once, at the latest when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &tokio::process::Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let group = id.and_then(Pid::from_raw);
        group.inspect(|&group| guard::watch(group));
        Self(group)
    }

    /// The system gives a group's number to no other process while one process of it is left, so this cannot meet
    /// strangers as long as there is anything to kill.
    fn kill(&mut self) {
        if let Some(group) = self.0.take() {
            let _ = kill_process_group(group, Signal::KILL); // "no such process" is what we want
            guard::release(group);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
