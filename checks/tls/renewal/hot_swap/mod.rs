//! A hot swap under watch: connections are held, a command of the user's installs and loads another certificate,
//! and every address is asked until it serves it.

pub(crate) mod judge;
pub(crate) mod probe;
pub(crate) mod seen;

use crate::checks::tls::settings::HotSwap;

/// What the swap does, for the plan.
pub(crate) fn load(swap: &HotSwap) -> String {
    format!(
        "; `{}` once, with {} connections held at each address and handshakes ten times a second for up to {}",
        swap.command.first().map_or("", String::as_str),
        swap.connections,
        swap.within
    )
}
