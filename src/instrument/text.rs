//! How the clients write what is in every one of their errors.

use std::io;
use std::time::Duration;

use super::alert::{explained, of_stream, spelled};
use crate::model::units::measured;

/// Milliseconds as every report writes a length of time, so that equal timeouts read equal.
pub(super) fn seconds(milliseconds: &u64) -> String {
    measured(Duration::from_millis(*milliseconds))
}

/// A size as people write it where it is a round one: "64 MiB".
pub(super) fn size(bytes: &u64) -> String {
    const MIB: u64 = 1024 * 1024;
    match *bytes {
        bytes if bytes >= MIB && bytes % MIB == 0 => format!("{} MiB", bytes / MIB),
        bytes if bytes >= 1024 && bytes % 1024 == 0 => format!("{} KiB", bytes / 1024),
        bytes => format!("{bytes} bytes"),
    }
}

/// What every stream that ended in order is said to have done.
pub(super) const CLOSED: &str = "closed by the server";

/// Why a stream ended, as the end of "the connection was ...".
pub(super) fn ending(error: &io::Error) -> String {
    if let Some(alert) = of_stream(error) {
        return format!(
            "{CLOSED} with the alert {}{}",
            spelled(&alert),
            explained(&alert)
        );
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => CLOSED.to_owned(),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => "reset by the server".to_owned(),
        _ => format!("broken off: {error}"),
    }
}
