//! Ctrl-C and SIGTERM: the first signal stops the probes and lets the report be written, the second one exits
//! immediately.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::{exit, terminal};

/// Listens from now on, on the current runtime. The receiver yields the name of the first signal.
///
/// # Errors
/// When the handlers cannot be installed.
pub(super) fn listen() -> io::Result<watch::Receiver<Option<&'static str>>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (sender, receiver) = watch::channel(None);
    tokio::spawn(async move {
        let (name, _) = next(&mut interrupt, &mut terminate).await;
        terminal::message(
            "stopping: what was observed is judged and written; press Ctrl-C again to exit immediately",
        );
        let _ = sender.send(Some(name)); // the run may be over
        let (_, code) = next(&mut interrupt, &mut terminate).await;
        #[expect(
            clippy::exit,
            clippy::disallowed_methods,
            reason = "the second signal asks for it"
        )]
        std::process::exit(code.into());
    });
    Ok(receiver)
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) -> (&'static str, u8) {
    tokio::select! {
        _ = interrupt.recv() => ("SIGINT", exit::INTERRUPTED),
        _ = terminate.recv() => ("SIGTERM", exit::TERMINATED),
    }
}

/// Blocks until Ctrl-C or SIGTERM.
///
/// # Errors
/// When the handlers cannot be installed.
pub(super) fn wait() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        next(
            &mut signal(SignalKind::interrupt())?,
            &mut signal(SignalKind::terminate())?,
        )
        .await;
        Ok(())
    })
}
