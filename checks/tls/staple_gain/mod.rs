//! Whether a staple saves clients what it should: their own question to the OCSP responder.
//!
//! Two things spoil it. A server may fetch its response, or wait for it, within the handshake: then clients wait for
//! the responder all the same. And a chain with a staple may no longer fit into what a server sends before it hears
//! of its client again: then every client pays for one more round trip.
//!
//! Each address that staples gets ClientHellos with and without a request for a staple, in turns, and its first flight timed
//! and counted; the responder is asked as often, as a client without a staple would ask it.

mod gain;
mod judge;
mod probe;
mod seen;
mod tables;

pub(super) use judge::findings;
pub(super) use probe::ask;
pub(super) use seen::{Flights, Question};
#[cfg(test)]
pub(super) use seen::{Greeted, Reply};
pub(super) use tables::{exhibit, measures};

use super::settings::Settings;
use crate::judging::text::counted;

/// What is asked beside all else, for the plan. Which servers staple is not known before.
pub(super) fn load(settings: &Settings) -> String {
    match settings.handshakes_with_staple() {
        0 => String::new(),
        often => format!(
            "; {} ClientHellos for each address that staples, and {} to the OCSP responder of each certificate",
            2 * often,
            counted(often, "question"),
        ),
    }
}
