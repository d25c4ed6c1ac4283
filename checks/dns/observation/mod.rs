//! What was seen, as plain data: what the probe writes down and the judge reads.

mod any_exchange;
mod attempt;
mod distinct;
mod exchange;
mod layout;
mod outcome_key;
mod packed;
mod packed_serde;
mod parts;
mod sessions;
mod signatures;
mod traffic;
mod zones;

pub use attempt::AttemptRef;
pub use exchange::Exchange;
pub use packed::{ExchangeRef, Exchanges};
pub use parts::{Absence, Connection, Listed, Regional};
pub use sessions::Sessions;
pub use signatures::{Gathered, Path, Signatures};
pub use traffic::{Count, Phase, Traffic};
pub use zones::{Above, Host, Lost, Referrer, Server, Smaller, Walk, Zone};

pub(super) use any_exchange::AnyExchange;
pub(super) use attempt::{packets, records};
pub(super) use layout::Layout;
pub(super) use traffic::Counts;
pub(super) use zones::OF_ZONE;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::settings::{DomainName, Settings};
use crate::instrument::dns::system::Configuration;
use crate::instrument::tls::Der;

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// One entry for each round, resolver and question, also where the probe did not come to it.
    pub exchanges: Exchanges,
    /// The names of `names-file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<Listed>,
    /// The client certificate, where the checklist gives one, and what follows it in its file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client: Vec<Der>,
    /// One entry for each resolver.
    pub resolvers: Vec<ResolverNotes>,
    /// Names that must not exist, at each resolver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absences: Vec<Absence>,
    /// Which of the addresses that came back are this machine's own.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub own: BTreeSet<IpAddr>,
    /// Connections to addresses that came back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<Connection>,
    /// Answers on behalf of regions, at each resolver that can be asked for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Regional>,
    /// What the signatures are judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Signatures>,
    /// What the zones' own servers said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Walk>,
    /// Every packet of all this, counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traffic: Vec<Traffic>,
}

/// What concerns a resolver rather than a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolverNotes {
    /// The resolver as the checklist writes it.
    pub resolver: Arc<str>,
    /// The connections to it, where it is asked over them.
    #[serde(default, skip_serializing_if = "Sessions::is_empty")]
    pub sessions: Sessions,
    /// How this machine resolves, where it is the system resolver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<Configuration>,
    /// Why it could not be asked, or not to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Observation {
    /// An observation in which nothing has been seen yet.
    pub fn blank(settings: &Settings, listed: Option<Listed>) -> Self {
        let resolvers: Vec<Arc<str>> = settings
            .resolvers
            .iter()
            .map(|resolver| resolver.to_string().into())
            .collect();
        let names = listed.as_ref().map_or(&[][..], |listed| &listed.names);
        let mut exchanges = Exchanges::default();
        // In the order of `Layout`.
        for round in 0..settings.rounds() {
            for resolver in &resolvers {
                for (name, kind) in settings.questions(names) {
                    exchanges.open(name.text(), kind, resolver, round);
                }
            }
        }
        Self {
            exchanges,
            resolvers: resolvers
                .iter()
                .map(|resolver| ResolverNotes {
                    resolver: Arc::clone(resolver),
                    sessions: Sessions::default(),
                    system: None,
                    error: None,
                })
                .collect(),
            listed,
            ..Self::default()
        }
    }

    /// The names that a file listed.
    pub fn listed_names(&self) -> &[DomainName] {
        self.listed.as_ref().map_or(&[], |listed| &listed.names)
    }
}
