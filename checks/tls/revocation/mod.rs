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

pub(super) use judge::claims;
pub(super) use probe::ask;
pub(super) use seen::{Asked, Learnt, SecondHandshake};
#[cfg(test)]
pub(super) use seen::{ListOutcome, ResponderOutcome};
pub(super) use status::{StatusResult, StatusStatement};
pub(super) use subjects::{Subject, leaves};
pub(super) use tables::Tables;

use super::settings::Revocation;

/// Public authorities may leave responders and lists out of certificates that live no longer (CA/Browser Forum,
/// Baseline Requirements section 4.9.9 and the definition of a short-lived certificate): they end sooner than a list
/// is read.
const SHORT_LIVED: i64 = 7 * 86_400;

/// What is asked beside the handshakes, for the plan. Whom certificates name is not known before they are seen.
pub(super) fn load(policy: Revocation, query: bool) -> &'static str {
    match (policy, query) {
        (Revocation::Off, _) => "",
        (_, false) => {
            "; another handshake where a staple is missing, then the revocation lists that the certificates name (places not known yet)"
        }
        (_, true) => {
            "; another handshake where a staple is missing, then the revocation lists and OCSP responders that the certificates name (places not known yet)"
        }
    }
}
