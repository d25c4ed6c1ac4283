//! Finds the addresses of endpoints: as the checklist gives them, or by asking every resolver.
//!
//! The system's resolver is asked for one endpoint at a time, as an application does. Any other is asked about all
//! endpoints at once, before the first handshake: a hundred thousand names travel over one socket or connection.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::endpoint::Endpoint;
use super::observation::Lookup;
use super::settings::Settings;
use crate::instrument::dns::addresses::{Addresses, addresses};
use crate::instrument::dns::{Limits, Resolver};
use crate::instrument::lookup::{LookupError, lookup};
use crate::instrument::tls::{Roots, Trust};
use crate::model::ProbeError;

/// What is known of the addresses of a check's endpoints, and how to learn the rest.
pub(crate) struct Lookups<'a> {
    given: &'a [IpAddr],
    resolvers: Vec<Asked>,
    until: Instant,
}

/// A resolver, and what it said of each host where it was asked about all of them at once.
struct Asked {
    name: String,
    answers: Option<HashMap<String, Addresses>>,
}

impl<'a> Lookups<'a> {
    /// Asks all resolvers but the system's, at the same time. An encrypted one must show a certificate that leads to
    /// one of these roots.
    ///
    /// # Errors
    /// When an encrypted resolver cannot be asked for want of roots.
    pub(crate) async fn begin(
        settings: &'a Settings,
        roots: &Roots,
        endpoints: &[Endpoint],
        until: Instant,
    ) -> Result<Self, ProbeError> {
        let given = settings.addresses.as_slice();
        let mut hosts: Vec<_> = endpoints.iter().filter(|_| given.is_empty()).collect();
        hosts.retain(|endpoint| endpoint.host.address().is_none());
        let hosts: BTreeSet<_> = hosts
            .iter()
            .map(|endpoint| endpoint.host.to_string())
            .collect();
        let hosts: Vec<String> = hosts.into_iter().collect();
        let mut resolvers = settings.resolvers.clone();
        if resolvers.iter().any(Resolver::is_encrypted) {
            let trust = Trust::new(roots);
            let trust =
                trust.map_err(|error| ProbeError::new(format!("cannot set up TLS: {error}")));
            let trust = Arc::new(trust?);
            for resolver in &mut resolvers {
                *resolver = resolver.trusting(&trust, None);
            }
        }
        let asked = resolvers.iter().map(|resolver| {
            let hosts = &hosts;
            async move {
                let name = resolver.to_string();
                if *resolver == Resolver::System {
                    return Asked {
                        name,
                        answers: None,
                    };
                }
                let found = addresses(resolver, hosts, Limits::USUAL, until).await;
                let answers = hosts.iter().cloned().zip(found).collect();
                Asked {
                    name,
                    answers: Some(answers),
                }
            }
        });
        Ok(Self {
            given,
            resolvers: join_all(asked).await,
            until,
        })
    }

    /// What each resolver says of an endpoint, unless its addresses are given or it is one.
    pub(crate) async fn of(&self, endpoint: &Endpoint) -> Vec<Lookup> {
        let here = |address: IpAddr| SocketAddr::new(address, endpoint.port);
        let given = match endpoint.host.address() {
            Some(address) if self.given.is_empty() => BTreeSet::from([here(address)]),
            _ => self.given.iter().copied().map(here).collect(),
        };
        if !given.is_empty() {
            let addresses = given.into_iter().collect();
            return vec![Lookup::Given { addresses }];
        }
        let host = endpoint.host.to_string();
        let each = self.resolvers.iter().map(|resolver| async {
            let name = resolver.name.clone();
            match &resolver.answers {
                None => system(name, &host, endpoint.port, self.until).await,
                Some(answers) => named(name, answers.get(&host), endpoint.port),
            }
        });
        join_all(each).await
    }
}

/// What the system's resolver says.
async fn system(resolver: String, host: &str, port: u16, until: Instant) -> Lookup {
    match lookup(host, port, until).await {
        Ok(found) => Lookup::Found {
            resolver,
            addresses: BTreeSet::from_iter(found.addresses).into_iter().collect(),
            took_us: found.took.unwrap_or_default().as_micros() as u64,
            failures: Vec::new(),
        },
        Err(LookupError::Timeout { after_ms }) => Lookup::Timeout { resolver, after_ms },
        Err(LookupError::NoAddress { message }) => Lookup::NoAddress { resolver, message },
        Err(LookupError::Failed { message }) => Lookup::Failed { resolver, message },
    }
}

/// What a resolver said that was asked by messages of our own.
fn named(resolver: String, found: Option<&Addresses>, port: u16) -> Lookup {
    let Some(found) = found else {
        let message = "it was not asked".to_owned();
        return Lookup::Failed { resolver, message };
    };
    let addresses = found.addresses.iter();
    let addresses: Vec<_> = addresses.map(|ip| SocketAddr::new(*ip, port)).collect();
    match (addresses.is_empty(), found.failures.is_empty()) {
        (false, _) => Lookup::Found {
            resolver,
            addresses,
            took_us: found.took.as_micros() as u64,
            failures: found.failures.clone(),
        },
        (true, false) => Lookup::Failed {
            resolver,
            message: found.failures.join("; "),
        },
        (true, true) => Lookup::NoAddress {
            resolver,
            message: match found.no_name {
                true => "NXDOMAIN".to_owned(),
                false => "neither A nor AAAA records".to_owned(),
            },
        },
    }
}
