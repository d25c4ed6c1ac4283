//! What servers staple: those that stapled nothing are asked a second time, and every response is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, sleep_until};

use super::ask::{AT_ONCE, OCSP_RESPONSE, Round};
use super::seen::Again;
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::{Observation, Outcome, short};
use crate::instrument::revocation::Pointers;
use crate::instrument::tls::Der;
use crate::model::Notebook;
use crate::model::digest::sha256_hex;

/// How long a server has to fetch a response after its first client.
const PAUSE: Duration = Duration::from_secs(1);

impl Round<'_> {
    /// Shakes hands again with those that should have stapled.
    pub(super) async fn again(&self, endpoints: &[Endpoint]) {
        let mut missing: Vec<(Endpoint, SocketAddr, String)> = Vec::new();
        self.notes.note(|seen| {
            let mut known = BTreeMap::new();
            for endpoint in endpoints {
                let Some(of) = seen.endpoints.get(&endpoint.to_string()) else {
                    continue;
                };
                for (address, outcome) in &of.addresses {
                    let Outcome::Handshake(session) = outcome else {
                        continue;
                    };
                    let Some(leaf) = session.chain.first().filter(|_| session.staple.is_none())
                    else {
                        continue;
                    };
                    let staples = known
                        .entry(leaf.clone())
                        .or_insert_with(|| seen.certificate(leaf).is_some_and(staples));
                    if *staples {
                        missing.push((endpoint.clone(), *address, leaf.clone()));
                    }
                }
            }
        });
        if missing.is_empty() {
            return;
        }
        sleep_until(self.timeouts.until.min(Instant::now() + PAUSE)).await;
        stream::iter(missing)
            .map(|(endpoint, address, leaf)| async move {
                if Instant::now() >= self.timeouts.until {
                    return; // not asked again: the judge tells it from one that staples nothing
                }
                let host = self.settings.server_name.as_ref().unwrap_or(&endpoint.host);
                let met = self
                    .client
                    .handshake(address, host.0.clone(), self.timeouts)
                    .await;
                let again = match met {
                    Err(failure) => Again::Failed { failure },
                    Ok(met)
                        if met.chain.first().map(|der| sha256_hex(der)) != Some(leaf.clone()) =>
                    {
                        Again::OtherCertificate
                    }
                    Ok(met) => match met.staple {
                        Some(staple) => Again::Stapled {
                            staple: Der(staple),
                        },
                        None => Again::Unstapled,
                    },
                };
                if let Again::Stapled { staple } = &again {
                    self.keeper.staple(self.notes, &leaf, &staple.0);
                }
                self.notes.note(|seen| {
                    let of = seen.endpoints.get_mut(&endpoint.to_string());
                    let outcome = of.and_then(|of| of.addresses.get_mut(&address));
                    if let Some(Outcome::Handshake(session)) = outcome {
                        session.again = Some(again);
                    }
                });
            })
            .buffer_unordered(AT_ONCE)
            .collect::<()>()
            .await;
    }
}

/// Keeps staples as evidence, each once however many addresses show it.
#[derive(Debug, Default)]
pub(in super::super) struct Keeper {
    known: Mutex<BTreeSet<String>>,
}

impl Keeper {
    /// Keeps what was stapled to a certificate.
    pub(in super::super) fn staple(
        &self,
        notes: &Notebook<Observation>,
        leaf: &str,
        staple: &[u8],
    ) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.insert(sha256_hex(staple)) {
            let name = format!("staple-{}.der", short(leaf));
            notes.evidence(name, OCSP_RESPONSE, staple.to_vec());
        }
    }
}

/// Whether the server of a certificate has a response to staple.
fn staples(certificate: &[u8]) -> bool {
    Pointers::read(certificate)
        .is_ok_and(|pointers| pointers.must_staple || !pointers.responders.is_empty())
}
