//! What the probe writes down: every address with its handshake or the reason why there was none, every
//! certificate once, and the roots that could end a chain.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::Settings;
use super::endpoint::Endpoint;
use super::protocol::HelloReplies;
use super::renewal::Renewal;
use super::resumption::Returns;
use super::revocation::{Again, Learnt};
use super::saving::{Flights, Question};
use super::transparency::{Brought, LogList};
use crate::instrument::tls::{Anchor, Der, Failure, Proof, RootSet};
use crate::model::digest::sha256_hex;

/// Format 1.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Observation {
    /// The trust stores in use; none until they were loaded.
    pub(super) roots: Vec<RootSet>,
    /// Those roots that could end one of the chains.
    pub(super) anchors: Vec<Anchor>,
    /// Every certificate that was served or stood on disk, by the SHA-256 of its DER.
    pub(super) certificates: BTreeMap<String, Der>,
    /// What `endpoints-file` named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) listed: Vec<Endpoint>,
    /// The list of transparency logs, with those that vouch for a certificate above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) logs: Option<LogList>,
    /// What was seen of each endpoint, by its name in the checklist with port.
    pub(super) endpoints: BTreeMap<String, Seen>,
    /// What lists and responders said.
    #[serde(default, skip_serializing_if = "Learnt::is_empty")]
    pub(super) revocation: Learnt,
    /// Questions to responders whose staple is judged by what it saves, by the SHA-256 of the certificate.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) questions: BTreeMap<String, Vec<Question>>,
    /// What was seen of renewal.
    #[serde(default, skip_serializing_if = "Renewal::is_empty")]
    pub(super) renewal: Renewal,
}

/// What was seen of one endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Seen {
    /// How its addresses were found.
    pub(super) lookup: Lookup,
    /// What each address did. One that is missing here was not met before the probe ended.
    pub(super) addresses: BTreeMap<SocketAddr, Outcome>,
}

/// How the addresses of an endpoint were found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Lookup {
    /// By asking.
    Found {
        /// Whom: `system`, which is getaddrinfo(3) of the machine that probes.
        resolver: String,
        /// The answer, each address once.
        addresses: Vec<SocketAddr>,
        /// How long it took.
        took_us: u64,
    },
    /// The checklist says them.
    Given {
        /// The addresses.
        addresses: Vec<SocketAddr>,
    },
    /// The answer was an error.
    Failed {
        /// Whom: see above.
        resolver: String,
        /// The resolver's words.
        message: String,
    },
    /// No answer in time.
    Timeout {
        /// Whom: see above.
        resolver: String,
        /// How long it was waited for.
        after_ms: u64,
    },
}

impl Lookup {
    /// What was found.
    pub(super) fn addresses(&self) -> &[SocketAddr] {
        match self {
            Self::Found { addresses, .. } | Self::Given { addresses } => addresses,
            Self::Failed { .. } | Self::Timeout { .. } => &[],
        }
    }
}

/// What one address did.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// It completed a handshake.
    Handshake(Box<Session>),
    /// It did not.
    Failure(Failure),
}

/// A completed handshake.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Session {
    /// `TLS 1.3` or `TLS 1.2`.
    pub(super) protocol: String,
    /// Cipher suite.
    pub(super) cipher: String,
    /// Key exchange group.
    pub(super) group: String,
    /// Application protocol that the server selected, as escaped ASCII.
    pub(super) alpn: Option<String>,
    /// SHA-256 of each certificate in the order served, the leaf first.
    pub(super) chain: Vec<String>,
    /// The OCSP response that was stapled in this handshake.
    pub(super) staple: Option<Der>,
    /// What the server did when it was asked again for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) again: Option<Again>,
    /// What it brought of transparency logs when it was asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) brought: Option<Brought>,
    /// Whether the server holds the leaf's private key.
    pub(super) proof: Proof,
    /// Whether the server asked for a client certificate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) client_asked: bool,
    /// What became of greetings with other protocols than today's.
    #[serde(default)]
    pub(super) greetings: HelloReplies,
    /// First flights with and without a staple.
    #[serde(default, skip_serializing_if = "Flights::is_empty")]
    pub(super) flights: Flights,
    /// What came of clients that returned.
    #[serde(default)]
    pub(super) returns: Returns,
    /// Time to connect.
    pub(super) connect_us: u64,
    /// Time from the first byte sent to the end of the handshake.
    pub(super) handshake_us: u64,
}

impl Session {
    /// The OCSP response that was stapled, at once or when it was asked for again.
    pub(super) fn staple(&self) -> Option<&[u8]> {
        match (&self.staple, &self.again) {
            (Some(staple), _) | (None, Some(Again::Stapled { staple })) => Some(&staple.0),
            _ => None,
        }
    }
}

impl Observation {
    /// All endpoints of the check, each once: those of the checklist, then those of its file.
    pub(super) fn endpoints<'a>(
        &'a self,
        settings: &'a Settings,
    ) -> impl Iterator<Item = &'a Endpoint> {
        let more = self.listed.iter();
        let more = more.filter(|endpoint| !settings.endpoints.contains(endpoint));
        settings.endpoints.iter().chain(more)
    }

    /// The certificates of a chain by their SHA-256, if the record holds them all.
    pub(super) fn ders(&self, chain: &[String]) -> Option<Vec<&[u8]>> {
        chain
            .iter()
            .map(|digest| self.certificate(digest))
            .collect()
    }

    /// A certificate by its SHA-256, if it is the one.
    pub(super) fn certificate(&self, digest: &str) -> Option<&[u8]> {
        let der = self.certificates.get(digest)?.0.as_slice();
        (sha256_hex(der) == digest).then_some(der)
    }
}

/// Enough of a SHA-256 to tell certificates apart; evidence files are named by it.
pub(super) fn short(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}
