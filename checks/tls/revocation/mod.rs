//! Whether a certificate is revoked, and whether its server proves that it is not.
//!
//! A server that staples shows an OCSP response within the handshake. Where it shows none it is asked a second
//! time, because nginx fetches the response only when the first client has come. For a certificate of which some
//! address showed no response, the revocation list that it names is fetched; `ocsp-query` asks the responder too.
//! Of the authorities between it and the root the lists are fetched in any case: no server staples for them.
//!
//! Responses stand in the record as they came and are verified by the judge. A list can have many megabytes, so
//! the probe verifies it, and the record holds what it says of each certificate, with the digest of the whole.

mod authorities;
mod facts;
mod judge;
mod lists;
mod probe;
mod second_handshake;
mod seen;
mod status;
mod subjects;
mod tables;

pub(super) use judge::findings;
pub(super) use probe::ask;
pub(super) use seen::{Asked, Learnt, SecondHandshake};
#[cfg(test)]
pub(super) use seen::{ListOutcome, ResponderOutcome};
pub(super) use status::{StatusResult, StatusStatement};
pub(super) use subjects::{Subject, leaves};
pub(super) use tables::{Table, measures};

use super::settings::{Revocation, Settings};
use crate::model::plan::Reach;

/// Public authorities may leave responders and lists out of certificates that live no longer (CA/Browser Forum,
/// Baseline Requirements section 4.9.9 and the definition of a short-lived certificate): they end sooner than a list
/// is read.
const SHORT_LIVED: i64 = 7 * 86_400;

/// What is asked beside the handshakes, for the plan.
pub(super) fn load(settings: &Settings) -> &'static str {
    match (settings.revocation, settings.ocsp_query) {
        (Revocation::Off, _) => "",
        (_, false) => {
            "; another handshake where a staple is missing, then the revocation lists that the certificates name"
        }
        (_, true) => {
            "; another handshake where a staple is missing, then the revocation lists and OCSP responders that the certificates name"
        }
    }
}

/// What certificates name, for the plan.
pub(super) fn reach(settings: &Settings) -> Option<Reach> {
    (settings.revocation != Revocation::Off).then(|| {
        let text = "the revocation lists and OCSP responders that the certificates name";
        Reach::NotKnownYet(text.to_owned())
    })
}
