//! Whether clients that come back are known again, at the same address and at the next one. At T-0 they all come
//! back, and a gateway whose addresses do not share their ticket keys pays for a full handshake with each.

mod judge;
mod probe;
mod seen;

pub(super) use judge::findings;
pub(super) use probe::ask;
pub(super) use seen::{Across, Returns, count};

use super::settings::Settings;

/// How many handshakes each address gets beside the first; none where resumption is not asked for.
pub(super) fn load(settings: &Settings) -> usize {
    match settings.handshakes_to_resume() {
        0 => 0,
        often => 2 * often + 2,
    }
}
