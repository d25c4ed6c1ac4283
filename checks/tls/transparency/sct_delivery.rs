//! What a server brings of transparency logs beside its certificate, in the extension signed_certificate_timestamp
//! (RFC 6962 section 3.3.1). Our TLS library cannot ask for it, so a hello by hand does, in the protocol that was agreed
//! on before: some servers bring it in TLS 1.2 alone, and a browser that comes by TLS 1.3 goes without.

use serde::{Deserialize, Serialize};

use crate::instrument::tls::{Der, Failure};

/// What became of the question.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum SctDelivery {
    /// It answered.
    Answered {
        /// SHA-256 of the certificate that it served then; empty where it served none.
        leaf: String,
        /// What the extension holds, where there is one: a SignedCertificateTimestampList.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list: Option<Der>,
    },
    /// There was no whole answer.
    Failed {
        /// Why.
        failure: Failure,
    },
}
