//! Contacts an address as the other clients.

use std::net::SocketAddr;

use futures_util::{StreamExt as _, stream};

use super::{hung_up, kinds};
use crate::checks::tls::certificate::Certificate;
use crate::checks::tls::endpoint::{Endpoint, Host};
use crate::checks::tls::observation::Outcome;
use crate::checks::tls::round::Round;
use crate::instrument::tls::{Client, ClientKind, Handshake, Unfinished};

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
    ) -> Vec<Other> {
        let Ok(leaf) = Certificate::read(self.leaf) else {
            return Vec::new(); // the judge says that it cannot be read
        };
        let host = &round.settings.server(self.endpoint);
        let enter = &enter;
        stream::iter(kinds(round.settings, host, &leaf, self.protocol))
            .map(|kind| async move {
                let client = round.clients.get(Some(kind), self.alpn_refused);
                let ours = round.clients.get(None, self.alpn_refused);
                let ended =
                    |end: &End| matches!(end, Err(unfinished) if hung_up(&unfinished.failure));
                let mut end = self.contact(round, client, host).await;
                // To hang up may be chance, and is how some servers refuse, above all those with GnuTLS: those go on
                // with ours as before.
                if ended(&end) {
                    end = self.contact(round, client, host).await;
                }
                Other {
                    kind,
                    hung_up: ended(&end) && self.contact(round, ours, host).await.is_ok(),
                    outcome: enter(end),
                }
            })
            .buffer_unordered(ClientKind::ALL.len())
            .collect()
            .await
    }

    async fn contact(&self, round: &Round<'_>, client: &Client, host: &Host) -> End {
        let name = host.0.clone();
        client.handshake(self.address, name, round.timeouts).await
    }
}

/// What came of one of them.
pub(crate) struct Other {
    pub(crate) kind: ClientKind,
    pub(crate) outcome: Outcome,
    /// The server hung up on it, twice, and completed a handshake with our client right after that.
    pub(crate) hung_up: bool,
}
