//! What the probe writes down of the client's certificate, and of requests for one.

use serde::{Deserialize, Serialize};

use crate::instrument::http::HttpError;
use crate::instrument::tls::Verdict;

/// The certificate that the checklist gives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Own {
    /// SHA-256 of each certificate in its file, the client's own first.
    pub(crate) chain: Vec<String>,
    /// Whether the key belongs to it. One that does not is not used: no server was shown a certificate.
    pub(crate) key_fits: bool,
}

/// A server's request for a client certificate, and what it did with the answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Whose certificates it wants: a key of the record's `authorities`; none where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authorities: Option<String>,
    /// Whether a certificate was sent.
    pub(crate) sent: bool,
    /// What it did with the answer.
    pub(crate) verdict: Verdict,
    /// What came of a request for a page; none where it was not asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) page: Option<Page>,
}

/// What came of a request for a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Page {
    /// It answered.
    Answered {
        /// The status (RFC 9110 section 15).
        status: u16,
        /// The beginning of the page, as escaped ASCII.
        text: String,
    },
    /// It does not speak HTTP here, or does not say so, and was asked for nothing.
    NotHttp,
    /// There was no answer.
    Failed {
        /// Why.
        error: HttpError,
    },
}
