//! What the probe writes down of revocation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::instrument::http::FetchError;
use crate::instrument::revocation::{ListError, Listing};
use crate::instrument::tls::{Der, Failure};

/// What a server did when it was asked again for a staple.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum SecondHandshake {
    /// It stapled this OCSP response.
    Stapled {
        /// DER.
        staple: Der,
    },
    /// SecondHandshake none.
    Unstapled,
    /// It served another certificate than before.
    OtherCertificate,
    /// It completed no second handshake.
    Failed {
        /// Why.
        failure: Failure,
    },
}

/// What was learnt beside the handshakes, by the SHA-256 of the certificate.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Learnt {
    /// The lists that were asked, one after the other until one was had.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) lists: BTreeMap<String, Vec<Asked<ListOutcome>>>,
    /// The responders that were asked, one after the other until one answered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) responders: BTreeMap<String, Vec<Asked<ResponderOutcome>>>,
}

impl Learnt {
    pub(crate) fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.responders.is_empty()
    }
}

/// A place that was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Asked<T> {
    /// Where.
    pub(crate) url: String,
    /// How long it took.
    pub(crate) took_us: u64,
    /// What came of it.
    pub(crate) outcome: T,
}

/// What came of asking a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ListOutcome {
    /// It is the issuer's, and says this.
    Read {
        /// SHA-256 of the whole list.
        sha256: String,
        /// Its bytes.
        size: u64,
        /// What it says.
        listing: Listing,
    },
    /// It says nothing.
    Unusable {
        /// SHA-256 of the whole list.
        sha256: String,
        /// Its bytes.
        size: u64,
        /// Why.
        error: ListError,
    },
    /// It could not be had.
    Missing {
        /// Why.
        error: FetchError,
    },
}

/// What came of asking a responder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ResponderOutcome {
    /// It sent this, which should be an OCSP response.
    Answered {
        /// DER.
        response: Der,
    },
    /// Nothing could be had.
    Missing {
        /// Why.
        error: FetchError,
    },
}
