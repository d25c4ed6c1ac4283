//! Whether a staple saves clients what it should: their own question to the OCSP responder.
//!
//! Two things spoil it. A server may fetch its response, or wait for it, within the handshake: then clients wait for
//! the responder all the same. And a chain with a staple may no longer fit into what a server sends before it hears
//! of its client again: then every client pays for one more round trip.
//!
//! Each address that staples is greeted with and without a request for a staple, in turns, and its first flight timed
//! and counted; the responder is asked as often, as a client without a staple would ask it.

mod ask;
mod judge;
mod saved;
mod seen;
mod tables;

pub(super) use ask::ask;
pub(super) use judge::claims;
pub(super) use seen::{Flights, Question};
#[cfg(test)]
pub(super) use seen::{Greeted, Reply};
pub(super) use tables::{exhibit, measures};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;
use super::revocation::Policy;
use crate::model::Complaint;

/// What is asked of staples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum StapleSaving {
    /// It is measured; one that saves nothing is a warning.
    Note,
    /// One that saves nothing fails.
    Require,
}

/// How often each is done, unless `handshakes` says it.
const OFTEN: u8 = 3;

/// How often a server is greeted in each way, and the responder asked.
fn often(settings: &Settings) -> usize {
    usize::from(settings.handshakes.unwrap_or(OFTEN))
}

/// What is wrong with the settings.
pub(super) fn review(settings: &Settings) -> Option<Complaint> {
    let off = settings.revocation == Policy::Off;
    let problem = "responders cannot be asked where `revocation` is \"off\"";
    (off && settings.staple_saving.is_some()).then(|| Complaint::new("staple-saving", problem))
}

/// What is asked beside all else, for the plan. Who staples is not known before.
pub(super) fn load(settings: &Settings) -> String {
    if settings.staple_saving.is_none() {
        return String::new();
    }
    let often = often(settings);
    format!(
        "; {} greetings for each address that staples, and {} to the OCSP responder of each certificate (places not known yet)",
        2 * often,
        super::words::counted(often, "question"),
    )
}
