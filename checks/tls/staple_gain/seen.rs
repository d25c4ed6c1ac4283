//! What the probe writes down of what a staple saves.

use serde::{Deserialize, Serialize};

use crate::checks::tls::revocation::Asked;
use crate::instrument::http::FetchError;
use crate::instrument::tls::Failure;

/// First flights of one address, in the order of time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Flights {
    /// Answers to ClientHellos that ask for a staple.
    pub(crate) with: Vec<Greeted>,
    /// Answers to ClientHellos that do not.
    pub(crate) without: Vec<Greeted>,
}

impl Flights {
    pub(crate) fn is_empty(&self) -> bool {
        self.with.is_empty() && self.without.is_empty()
    }
}

/// What came of one ClientHello.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Greeted {
    /// A whole first flight.
    Flight {
        /// Until its last byte was here.
        took_us: u64,
        /// Its bytes.
        bytes: u64,
        /// Bytes of the stapled response, 0 where there was none.
        staple: u64,
    },
    /// One with another certificate than before.
    OtherCertificate,
    /// None.
    Failed {
        /// Why.
        failure: Failure,
    },
}

/// A question to responders: one after the other until one answered.
pub(crate) type Question = Vec<Asked<Reply>>;

/// What a responder did.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Reply {
    /// It sent a response about the certificate, rightly signed.
    Answered {
        /// Its bytes.
        bytes: u64,
    },
    /// It sent something else.
    Useless {
        /// What is wrong with it, as a clause about "it".
        why: String,
    },
    /// Nothing could be had.
    Missing {
        /// Why.
        error: FetchError,
    },
}
