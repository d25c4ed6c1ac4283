//! Ctrl-C, SIGTERM and SIGHUP: the first signal stops the probes and lets the reports be written, the second one exits
//! immediately.
//!
//! They are listened for on a thread of their own, from the start of a run to the end of the process. So a signal while
//! the reports are being written counts as well: they are finished, and the exit code says that it came.

use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use rustix::process::Signal as Number;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::instrument::limits;
use crate::report::write;

use super::{exit, terminal};

/// Receives the name of the first signal.
pub(super) type Received = watch::Receiver<Option<&'static str>>;

static RECEIVED: OnceLock<Received> = OnceLock::new();

/// Listens from now on.
///
/// # Errors
/// When the handlers cannot be installed.
pub(super) fn listen() -> io::Result<Received> {
    static STARTING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(received) = RECEIVED.get() {
        return Ok(received.clone());
    }
    let runtime = runtime()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::install()?
    };
    let (sender, received) = watch::channel(None);
    let listen = move || {
        runtime.block_on(async {
            let name = signals.next().await;
            terminal::message(
                "stopping: what was observed is judged and written; a second signal (Ctrl-C) exits immediately",
            );
            let _ = sender.send(Some(name));
            end(signals.next().await);
        });
    };
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(listen)?;
    Ok(RECEIVED.get_or_init(|| received).clone())
}

/// The signal that came since [`listen`], if one did.
pub(super) fn received() -> Option<&'static str> {
    *RECEIVED.get()?.borrow()
}

/// Blocks until a signal comes, if none has come yet.
///
/// # Errors
/// When the handlers cannot be installed.
pub(super) fn wait() -> io::Result<()> {
    let mut received = listen()?;
    runtime()?.block_on(async {
        let _ = received.wait_for(Option::is_some).await; // the other end lives as long as the process
    });
    Ok(())
}

/// Makes writing beyond `ulimit -f` an error like a full disk. By default it is SIGXFSZ, which ends the process and leaves
/// half a file behind.
pub(super) fn survive_the_limit_of_file_sizes() {
    if limits::file_size().is_some()
        && let Ok(runtime) = runtime()
    {
        let _inside = runtime.enter();
        // The handler stays when the listener goes. Without one, writing ends as the system does by default.
        let _ = signal(SignalKind::from_raw(Number::XFSZ.as_raw()));
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_io().build()
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// None where it is ignored, as `nohup` wants it to stay.
    hangup: Option<Signal>,
}

impl Signals {
    fn install() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: (!ignores_hangup())
                .then(|| signal(SignalKind::hangup()))
                .transpose()?,
        })
    }

    /// The name of the next one.
    async fn next(&mut self) -> &'static str {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = hangup => "SIGHUP",
        }
    }
}

/// Whether this process was started with SIGHUP ignored (proc_pid_status(5): `SigIgn`, the lowest bit).
#[expect(
    clippy::disallowed_methods,
    reason = "asks the system about this process"
)]
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

/// The second signal: no half of a report stays.
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the second signal asks for it"
)]
fn end(name: &str) {
    write::abandon();
    std::process::exit(exit::of_signal(name).into());
}
