//! Whether a certificate is revoked, and whether its server proves that it is not.
//!
//! A server that staples shows an OCSP response within the handshake. Where it shows none it is asked a second
//! time, because nginx fetches the response only when the first client has come. For a certificate of which some
//! address showed no response, the revocation list that it names is fetched; `ocsp-query` asks the responder too.
//! Of the authorities between it and the root the lists are fetched in any case: no server staples for them.
//!
//! Responses stand in the record as they came and are verified by the judge. A list can have many megabytes, so
//! the probe verifies it, and the record holds what it says of each certificate, with the digest of the whole.

mod again;
mod answer;
mod ask;
mod authorities;
mod found;
mod judge;
mod listed;
mod seen;
mod subjects;
mod tables;

pub(super) use again::Keeper;
pub(super) use answer::{Said, Word};
pub(super) use ask::{Round, ask};
pub(super) use judge::claims;
pub(super) use seen::{Again, Asked, Learnt};
#[cfg(test)]
pub(super) use seen::{ListOutcome, ResponderOutcome};
pub(super) use subjects::{Subject, leaves};
pub(super) use tables::Tables;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much is asked of a certificate's revocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Policy {
    /// There must be proof that it is not revoked, stapled wherever the certificate names a responder.
    Require,
    /// Whoever the certificate names is asked; what it does not name is not missed.
    #[default]
    Prefer,
    /// Nothing is asked.
    Off,
}

/// What is asked beside the handshakes, for the plan. Whom certificates name is not known before they are seen.
pub(super) fn load(policy: Policy, query: bool) -> &'static str {
    match (policy, query) {
        (Policy::Off, _) => "",
        (_, false) => {
            "; another handshake where a staple is missing, then the revocation lists that the certificates name (places not known yet)"
        }
        (_, true) => {
            "; another handshake where a staple is missing, then the revocation lists and OCSP responders that the certificates name (places not known yet)"
        }
    }
}
