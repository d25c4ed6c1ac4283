//! Where probes run: a handful of threads, each with a reactor of its own.
//!
//! On one runtime with several workers, a worker that has nothing to do waits at the reactor that all of them
//! share, and is woken at every packet that a busy probe sends or receives. A probe that asks 100,000 questions
//! lost a third of its speed to that.

use std::io;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The threads, which end with this; one that a probe blocks is left behind.
#[derive(Debug)]
pub struct ProbeThreads {
    handles: Vec<Handle>,
    _alive: Vec<oneshot::Sender<()>>,
}

impl ProbeThreads {
    /// Starts `count` threads, at least one, under a name.
    ///
    /// # Errors
    /// When the system gives no thread or no reactor.
    pub fn start(count: usize, name: &str) -> io::Result<Self> {
        let (mut handles, mut alive) = (Vec::new(), Vec::new());
        for _ in 0..count.max(1) {
            let runtime = Builder::new_current_thread()
                .thread_name(name) // of those that it starts for blocking work
                .enable_all()
                .build()?;
            handles.push(runtime.handle().clone());
            let (end, ended) = oneshot::channel();
            alive.push(end);
            let thread = thread::Builder::new().name(name.to_owned());
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

    /// The one on which the check at a place in the checklist runs: they are dealt out in turn.
    pub(super) fn of(&self, check: usize) -> Handle {
        self.handles[check % self.handles.len()].clone()
    }
}
