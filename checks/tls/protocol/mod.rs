//! Old protocols that a server should refuse, and the post-quantum key exchange that it may know. Each is asked by
//! a ClientHello of its own, since no TLS library offers the old ones any more and ours not yet the new one.

mod judge;
mod probe;
mod seen;

pub(super) use judge::findings;
pub(super) use probe::greet;
pub(super) use seen::HelloReplies;

use super::settings::{OldProtocols, PostQuantum, Settings};

/// How many ClientHellos each address gets.
pub(super) fn load(settings: &Settings) -> usize {
    let old = if settings.old_protocols == OldProtocols::Allow {
        0
    } else {
        2
    };
    old + usize::from(settings.post_quantum != PostQuantum::Off)
}
