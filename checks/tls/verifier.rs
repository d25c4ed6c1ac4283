//! The instants that a verifier takes.

use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::UnixTime;

/// An instant, in the verifier's form.
pub(crate) fn unix_time(at: Timestamp) -> UnixTime {
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}
