//! Servers that should have stapled and did not are asked a second time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::sleep_until;

use super::seen::SecondHandshake;
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::round::{AT_ONCE, Round};
use crate::instrument::revocation::Pointers;
use crate::instrument::tls::{ClientKind, Der, Handshake};
use crate::model::digest::sha256_hex;

/// How long a server has to fetch a response after its first client.
const PAUSE: Duration = Duration::from_secs(1);

impl Round<'_> {
    /// Completes a second handshake with those that should have stapled.
    pub(super) async fn second_handshakes(&self, endpoints: &[Endpoint]) {
        let mut missing: Vec<(Endpoint, SocketAddr, Option<ClientKind>, String)> = Vec::new();
        self.notes.note(|seen| {
            let mut known = BTreeMap::new();
            for (endpoint, address, kind, session) in seen.shown_of(endpoints) {
                let leaf = session.chain.first();
                let Some(leaf) = leaf.filter(|_| session.staple.is_none()) else {
                    continue;
                };
                let staples = known
                    .entry(leaf.clone())
                    .or_insert_with(|| seen.certificate(leaf).is_some_and(staples));
                if *staples {
                    missing.push((endpoint.clone(), address, kind, leaf.clone()));
                }
            }
        });
        if missing.is_empty() {
            return;
        }
        sleep_until(self.timeouts.by(PAUSE)).await;
        stream::iter(missing)
            .map(|(endpoint, address, kind, leaf)| async move {
                if self.over() {
                    return; // not asked again: the judge tells it from one that staples nothing
                }
                let name = self.settings.server(&endpoint).0.clone();
                let client = self.client(&endpoint, address, kind);
                let again = match client.handshake(address, name, self.timeouts).await {
                    Ok(shown) => SecondHandshake::of(shown, &leaf),
                    Err(unfinished) => match unfinished.shown {
                        Some(shown) => SecondHandshake::of(shown, &leaf),
                        None => SecondHandshake::Failed {
                            failure: unfinished.failure,
                        },
                    },
                };
                if let SecondHandshake::Stapled { staple } = &again {
                    self.staples.staple(self.notes, &leaf, &staple.0);
                }
                self.shown(&endpoint, address, kind, |session| {
                    session.second_handshake = Some(again);
                });
            })
            .buffer_unordered(AT_ONCE)
            .collect::<()>()
            .await;
    }
}

impl SecondHandshake {
    fn of(shown: Handshake, leaf: &str) -> Self {
        if shown.chain.first().map(|der| sha256_hex(der)).as_deref() != Some(leaf) {
            return Self::OtherCertificate;
        }
        match shown.staple {
            Some(staple) => Self::Stapled {
                staple: Der(staple),
            },
            None => Self::Unstapled,
        }
    }
}

/// Whether the server of a certificate has a response to staple.
fn staples(certificate: &[u8]) -> bool {
    Pointers::read(certificate)
        .is_ok_and(|pointers| pointers.must_staple || !pointers.responders.is_empty())
}
