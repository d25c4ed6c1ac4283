//! Where probes run: a handful of threads, each with a reactor of its own.
//!
//! On one runtime with several workers, a worker that has nothing to do waits at the reactor that all of them
//! share, and is woken at every packet that a busy probe sends or receives. A probe that asks 100,000 questions
//! lost a third of its speed to that.

use std::io;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Name of the threads; the panic hook knows them by it.
pub(super) const PROBE_THREAD: &str = "probe";

/// More threads than processors: a probe that blocks its thread, which is a defect, holds up few others.
const FOR_EACH_PROCESSOR: usize = 4;
/// A large machine needs no more.
const MOST: usize = 32;

/// The threads, which end with this.
pub(super) struct Reactors {
    handles: Vec<Handle>,
    _alive: Vec<oneshot::Sender<()>>,
}

impl Reactors {
    /// Starts them.
    ///
    /// # Errors
    /// When the system gives no thread or no reactor.
    pub(super) fn start() -> io::Result<Self> {
        let processors = thread::available_parallelism().map_or(1, |count| count.get());
        let count = (processors * FOR_EACH_PROCESSOR).min(MOST);
        let (mut handles, mut alive) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let runtime = Builder::new_current_thread()
                .thread_name(PROBE_THREAD) // of those that it starts for blocking work
                .enable_all()
                .build()?;
            handles.push(runtime.handle().clone());
            let (end, ended) = oneshot::channel();
            alive.push(end);
            let thread = thread::Builder::new().name(PROBE_THREAD.to_owned());
            thread.spawn(move || {
                let _ = runtime.block_on(ended);
                runtime.shutdown_background();
            })?;
        }
        Ok(Self {
            handles,
            _alive: alive,
        })
    }

    /// One for each thread.
    pub(super) fn handles(&self) -> Vec<Handle> {
        self.handles.clone()
    }
}
