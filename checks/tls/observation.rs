//! What the probe writes down: every address with its handshake or the reason why there was none, every
//! certificate once, and the roots that could end a chain.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::client_certificate::{Own, Request};
use super::endpoint::Endpoint;
use super::protocol::HelloReplies;
use super::renewal::Renewal;
use super::resumption::Returns;
use super::revocation::{Learnt, SecondHandshake};
use super::settings::Settings;
use super::staple_gain::{Flights, Question};
use super::transparency::{LogList, SctDelivery};
use crate::instrument::tls::{
    Anchor, CertificateRequest, ClientKind, Der, Failure, Proof, RootSet,
};
use crate::model::digest::sha256_hex;

/// Format 4.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Observation {
    /// The trust stores in use; none until they were loaded.
    pub(crate) roots: Vec<RootSet>,
    /// Those roots that could end one of the chains.
    pub(crate) anchors: Vec<Anchor>,
    /// Every certificate that was served or stood on disk, by the SHA-256 of its DER.
    pub(crate) certificates: BTreeMap<String, Der>,
    /// The client's certificate, where the checklist gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<Own>,
    /// The names of the authorities that servers wanted clients' certificates from, by the SHA-256 of all of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) authorities: BTreeMap<String, Vec<Der>>,
    /// What `endpoints-file` named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) listed: Vec<Endpoint>,
    /// The list of transparency logs, with those of which a certificate above has timestamps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) logs: Option<LogList>,
    /// What was seen of each endpoint, by its name in the checklist with port.
    pub(crate) endpoints: BTreeMap<String, Seen>,
    /// What lists and responders said.
    #[serde(default, skip_serializing_if = "Learnt::is_empty")]
    pub(crate) revocation: Learnt,
    /// Questions to responders whose staple is judged by what it saves, by the SHA-256 of the certificate.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) questions: BTreeMap<String, Vec<Question>>,
    /// Which of the addresses that resolvers gave are this machine's own.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) own: BTreeSet<IpAddr>,
    /// Database servers that were left alone at some point, so that they do not block this host.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) spared: BTreeSet<SocketAddr>,
    /// What was seen of renewal.
    #[serde(default, skip_serializing_if = "Renewal::is_empty")]
    pub(crate) renewal: Renewal,
}

/// What was seen of one endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// How its addresses were found: what each resolver said, in the order of the settings.
    pub(crate) lookups: Vec<Lookup>,
    /// What each address did. One that is missing here was not contacted before the probe ended.
    pub(crate) addresses: BTreeMap<SocketAddr, Outcome>,
}

impl Seen {
    /// Every address that a resolver gave, each once.
    pub(crate) fn found(&self) -> BTreeSet<SocketAddr> {
        found(&self.lookups)
    }

    fn sessions(&self) -> impl Iterator<Item = (SocketAddr, &Session)> {
        let outcomes = self.addresses.iter();
        outcomes.filter_map(|(address, outcome)| Some((*address, outcome.completed()?)))
    }

    /// Whatever each address showed of a certificate, to our client and to those of other kinds.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (SocketAddr, Option<ClientKind>, &Session)> {
        self.addresses.iter().flat_map(|(address, outcome)| {
            let ours = outcome.shown();
            let others = ours.into_iter().flat_map(|ours| &ours.others);
            let others = others.filter_map(|(kind, other)| Some((Some(*kind), other.shown()?)));
            let ours = ours.map(|ours| (None, ours));
            let each = ours.into_iter().chain(others);
            each.map(|(kind, session)| (*address, kind, session))
        })
    }
}

/// Every address of these lookups, each once.
pub(crate) fn found(lookups: &[Lookup]) -> BTreeSet<SocketAddr> {
    let each = lookups.iter().flat_map(Lookup::addresses);
    each.copied().collect()
}

/// How the addresses of an endpoint were found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Lookup {
    /// By asking.
    Found {
        /// Whom: `system`, which is getaddrinfo(3) of the machine that probes, or a resolver as the settings name it.
        resolver: String,
        /// The answer, each address once.
        addresses: Vec<SocketAddr>,
        /// How long it took.
        took_us: u64,
        /// Which of the questions for A and AAAA got no usable answer, and why.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        failures: Vec<String>,
    },
    /// The checklist says them.
    Given {
        /// The addresses.
        addresses: Vec<SocketAddr>,
    },
    /// The answer was that there is no address.
    NoAddress {
        /// Whom: see above.
        resolver: String,
        /// In which words.
        message: String,
    },
    /// There was no usable answer.
    Failed {
        /// Whom: see above.
        resolver: String,
        /// The resolver's words, or what happened instead.
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
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        match self {
            Self::Found { addresses, .. } | Self::Given { addresses } => addresses,
            Self::NoAddress { .. } | Self::Failed { .. } | Self::Timeout { .. } => &[],
        }
    }

    /// Whom was asked, where someone was.
    pub(crate) fn resolver(&self) -> Option<&str> {
        match self {
            Self::Given { .. } => None,
            Self::Found { resolver, .. }
            | Self::NoAddress { resolver, .. }
            | Self::Failed { resolver, .. }
            | Self::Timeout { resolver, .. } => Some(resolver),
        }
    }
}

/// What one address did.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It completed a handshake.
    Handshake(Box<Session>),
    /// It did not.
    Failure(Failure),
    /// It showed its certificate, and the handshake failed all the same.
    Refused(Box<Refused>),
}

/// A handshake that failed after the server had shown its certificate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refused {
    /// Why it failed.
    pub(crate) failure: Failure,
    /// What was shown until then.
    pub(crate) session: Session,
}

impl Outcome {
    /// The completed handshake.
    pub(crate) fn completed(&self) -> Option<&Session> {
        match self {
            Self::Handshake(session) => Some(session),
            Self::Failure(_) | Self::Refused(_) => None,
        }
    }

    /// What was shown, whether or not the handshake was completed.
    pub(crate) fn shown(&self) -> Option<&Session> {
        match self {
            Self::Handshake(session) => Some(session),
            Self::Refused(refused) => Some(&refused.session),
            Self::Failure(_) => None,
        }
    }

    /// The same, to add to it.
    pub(crate) fn shown_mut(&mut self) -> Option<&mut Session> {
        match self {
            Self::Handshake(session) => Some(session),
            Self::Refused(refused) => Some(&mut refused.session),
            Self::Failure(_) => None,
        }
    }
}

/// A handshake.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    /// `TLS 1.3` or `TLS 1.2`.
    pub(crate) protocol: String,
    /// Cipher suite.
    pub(crate) cipher: String,
    /// Key exchange group.
    pub(crate) group: String,
    /// Application protocol that the server selected, as escaped ASCII.
    pub(crate) alpn: Option<String>,
    /// SHA-256 of each certificate in the order served, the leaf first.
    pub(crate) chain: Vec<String>,
    /// The OCSP response that was stapled in this handshake.
    pub(crate) staple: Option<Der>,
    /// What the server did when it was asked again for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) second_handshake: Option<SecondHandshake>,
    /// What it brought of transparency logs when it was asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sct_delivery: Option<SctDelivery>,
    /// Whether the server holds the leaf's private key.
    pub(crate) proof: Proof,
    /// The server refused the application protocols that were offered, so this handshake offered none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) alpn_refused: bool,
    /// The server's request for a client certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Request>,
    /// What it showed to clients of other kinds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) others: BTreeMap<ClientKind, Outcome>,
    /// Kinds of clients on which it hung up, twice, while it completed a handshake with ours right after that.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) hung_up_on: BTreeSet<ClientKind>,
    /// What became of ClientHellos with other protocols than today's.
    #[serde(default)]
    pub(crate) hello_replies: HelloReplies,
    /// First flights with and without a staple.
    #[serde(default, skip_serializing_if = "Flights::is_empty")]
    pub(crate) flights: Flights,
    /// What came of clients that returned.
    #[serde(default)]
    pub(crate) returns: Returns,
    /// Time to connect.
    pub(crate) connect_us: u64,
    /// Time from the first byte sent to the end of the handshake.
    pub(crate) handshake_us: u64,
}

impl Session {
    /// The cipher suite as IANA spells it; the records have another prefix for those of TLS 1.3.
    pub(crate) fn cipher_name(&self) -> String {
        self.cipher.replacen("TLS13_", "TLS_", 1)
    }

    /// The OCSP response that was stapled, at once or when it was asked for again.
    pub(crate) fn staple(&self) -> Option<&[u8]> {
        match (&self.staple, &self.second_handshake) {
            (Some(staple), _) | (None, Some(SecondHandshake::Stapled { staple })) => {
                Some(&staple.0)
            }
            _ => None,
        }
    }
}

impl Observation {
    /// All endpoints of the check, each once: those of the checklist, then those of its file.
    pub(crate) fn endpoints<'e>(
        &'e self,
        settings: &'e Settings,
    ) -> impl Iterator<Item = &'e Endpoint> {
        let listed = |endpoint: &&Endpoint| !settings.endpoints.contains(endpoint);
        let more = self.listed.iter().filter(listed);
        settings.endpoints.iter().chain(more)
    }

    /// What was seen of an endpoint.
    pub(crate) fn seen(&self, endpoint: &Endpoint) -> Option<&Seen> {
        self.endpoints.get(&endpoint.to_string())
    }

    /// The completed handshakes of an endpoint.
    pub(crate) fn sessions<'a>(
        &'a self,
        endpoint: &Endpoint,
    ) -> impl Iterator<Item = (SocketAddr, &'a Session)> + use<'a> {
        self.seen(endpoint).into_iter().flat_map(Seen::sessions)
    }

    /// The completed handshakes of these endpoints, in their order.
    pub(crate) fn sessions_of<'a, 'e>(
        &'a self,
        endpoints: impl IntoIterator<Item = &'e Endpoint>,
    ) -> impl Iterator<Item = (&'e Endpoint, SocketAddr, &'a Session)> {
        endpoints.into_iter().flat_map(|endpoint| {
            let sessions = self.sessions(endpoint);
            sessions.map(move |(address, session)| (endpoint, address, session))
        })
    }

    /// The completed handshakes of all endpoints.
    pub(crate) fn each_session<'a: 'e, 'e>(
        &'a self,
        settings: &'e Settings,
    ) -> impl Iterator<Item = (&'e Endpoint, SocketAddr, &'a Session)> {
        self.sessions_of(self.endpoints(settings))
    }

    /// Whatever was shown at the addresses of these endpoints, to our client and to those of other kinds.
    pub(crate) fn shown_of<'a, 'e>(
        &'a self,
        endpoints: impl IntoIterator<Item = &'e Endpoint>,
    ) -> impl Iterator<Item = (&'e Endpoint, SocketAddr, Option<ClientKind>, &'a Session)> {
        endpoints.into_iter().flat_map(|endpoint| {
            let shown = self.seen(endpoint).into_iter().flat_map(Seen::shown);
            shown.map(move |(address, kind, session)| (endpoint, address, kind, session))
        })
    }

    /// What one address showed to our client, or to one of another kind, to add to it.
    pub(crate) fn session_mut(
        &mut self,
        endpoint: &Endpoint,
        address: SocketAddr,
        kind: Option<ClientKind>,
    ) -> Option<&mut Session> {
        let seen = self.endpoints.get_mut(&endpoint.to_string())?;
        let ours = seen.addresses.get_mut(&address)?.shown_mut()?;
        match kind {
            None => Some(ours),
            Some(kind) => ours.others.get_mut(&kind)?.shown_mut(),
        }
    }

    /// Keeps certificates, each once, and says how each is called.
    pub(crate) fn keep_certificates(&mut self, chain: &[Vec<u8>]) -> Vec<String> {
        let keep = |der: &Vec<u8>| {
            let digest = sha256_hex(der);
            let known = self.certificates.entry(digest.clone());
            known.or_insert_with(|| Der(der.clone()));
            digest
        };
        chain.iter().map(keep).collect()
    }

    /// Keeps a server's request for a client certificate, the names of its authorities once however many servers want
    /// them.
    pub(crate) fn request(&mut self, asked: &CertificateRequest) -> Request {
        let names = &asked.authorities;
        let authorities = (!names.is_empty()).then(|| {
            let digest = sha256_hex(&names.concat());
            let known = self.authorities.entry(digest.clone());
            known.or_insert_with(|| names.iter().cloned().map(Der).collect());
            digest
        });
        Request {
            authorities,
            sent: asked.sent,
            verdict: asked.verdict,
            page: None,
        }
    }

    /// The certificates of a chain by their SHA-256, if the record holds them all.
    pub(crate) fn ders(&self, chain: &[String]) -> Option<Vec<&[u8]>> {
        chain
            .iter()
            .map(|digest| self.certificate(digest))
            .collect()
    }

    /// A certificate by its SHA-256, if it is the one.
    pub(crate) fn certificate(&self, digest: &str) -> Option<&[u8]> {
        let der = self.certificates.get(digest)?.0.as_slice();
        (sha256_hex(der) == digest).then_some(der)
    }
}

/// Enough of a SHA-256 to tell certificates apart; evidence files are named by it.
pub(crate) fn short(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}
