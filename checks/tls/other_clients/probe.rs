//! Contacts an address as the other clients.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use futures_util::{StreamExt as _, stream};

use super::kinds;
use crate::checks::tls::certificate::Certificate;
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::Outcome;
use crate::checks::tls::round::Round;
use crate::instrument::tls::{ClientKind, Failure, Handshake, Unfinished};

/// What one handshake came to.
type End = Result<Handshake, Box<Unfinished>>;

/// An address that showed a certificate to our client.
pub(crate) struct OtherClients<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) address: SocketAddr,
    /// It refused the application protocols that were offered.
    pub(crate) alpn_refused: bool,
    /// The certificate, DER.
    pub(crate) leaf: &'a [u8],
    /// The protocol that was negotiated.
    pub(crate) protocol: &'a str,
}

impl OtherClients<'_> {
    /// Contacts it as each of the other clients that concern it, side by side. `enter` writes down what was shown.
    pub(crate) async fn ask(
        &self,
        round: &Round<'_>,
        enter: impl Fn(End) -> Outcome,
    ) -> BTreeMap<ClientKind, Outcome> {
        let Ok(leaf) = Certificate::read(self.leaf) else {
            return BTreeMap::new(); // the judge says that it cannot be read
        };
        let host = &round.settings.server(self.endpoint);
        let enter = &enter;
        stream::iter(kinds(round.settings, host, &leaf, self.protocol))
            .map(|kind| async move {
                let client = round.clients.get(Some(kind), self.alpn_refused);
                let contact = || client.handshake(self.address, host.0.clone(), round.timeouts);
                let mut end = contact().await;
                // To hang up may be chance, and is how some servers refuse.
                if matches!(&end, Err(unfinished) if hung_up(&unfinished.failure)) {
                    end = contact().await;
                }
                (kind, enter(end))
            })
            .buffer_unordered(ClientKind::ALL.len())
            .collect()
            .await
    }
}

/// Whether the server ended the connection without a word.
pub(super) fn hung_up(failure: &Failure) -> bool {
    matches!(failure, Failure::Closed { received: 0, .. })
}
