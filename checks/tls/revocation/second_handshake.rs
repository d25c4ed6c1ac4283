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
use crate::instrument::tls::Der;
use crate::model::digest::sha256_hex;

/// How long a server has to fetch a response after its first client.
const PAUSE: Duration = Duration::from_secs(1);

impl Round<'_> {
    /// Completes a second handshake with those that should have stapled.
    pub(super) async fn second_handshakes(&self, endpoints: &[Endpoint]) {
        let mut missing: Vec<(Endpoint, SocketAddr, String)> = Vec::new();
        self.notes.note(|seen| {
            let mut known = BTreeMap::new();
            for (endpoint, address, session) in seen.sessions_of(endpoints) {
                let leaf = session.chain.first();
                let Some(leaf) = leaf.filter(|_| session.staple.is_none()) else {
                    continue;
                };
                let staples = known
                    .entry(leaf.clone())
                    .or_insert_with(|| seen.certificate(leaf).is_some_and(staples));
                if *staples {
                    missing.push((endpoint.clone(), address, leaf.clone()));
                }
            }
        });
        if missing.is_empty() {
            return;
        }
        sleep_until(self.timeouts.by(PAUSE)).await;
        stream::iter(missing)
            .map(|(endpoint, address, leaf)| async move {
                if self.over() {
                    return; // not asked again: the judge tells it from one that staples nothing
                }
                let name = self.settings.server(&endpoint).0.clone();
                let shown = self.client.handshake(address, name, self.timeouts).await;
                let again = match shown {
                    Err(failure) => SecondHandshake::Failed { failure },
                    Ok(shown)
                        if shown.chain.first().map(|der| sha256_hex(der)) != Some(leaf.clone()) =>
                    {
                        SecondHandshake::OtherCertificate
                    }
                    Ok(shown) => match shown.staple {
                        Some(staple) => SecondHandshake::Stapled {
                            staple: Der(staple),
                        },
                        None => SecondHandshake::Unstapled,
                    },
                };
                if let SecondHandshake::Stapled { staple } = &again {
                    self.staples.staple(self.notes, &leaf, &staple.0);
                }
                self.session(&endpoint, address, |session| {
                    session.second_handshake = Some(again);
                });
            })
            .buffer_unordered(AT_ONCE)
            .collect::<()>()
            .await;
    }
}

/// Whether the server of a certificate has a response to staple.
fn staples(certificate: &[u8]) -> bool {
    Pointers::read(certificate)
        .is_ok_and(|pointers| pointers.must_staple || !pointers.responders.is_empty())
}
