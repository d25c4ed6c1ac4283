//! Handshakes of a client that remembers: the server gave it a ticket or a session, and it comes back with it
//! (RFC 8446 section 2.2, RFC 5077, RFC 5246 section 7.3).

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ProtocolVersion};
use serde::{Deserialize, Serialize};
use tokio::time::{timeout, timeout_at};

use super::client::{Client, GOODBYE, VERDICT, accepted};
use super::failure::Failure;
use super::identity::Answering;
use super::shake::shake_hands;
use crate::instrument::timeouts::Timeouts;

/// A handshake, without what the server showed on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HandshakeKind {
    /// From the beginning.
    Full {
        /// From the first byte sent to the end of the handshake.
        took_us: u64,
    },
    /// Taken up from an earlier one.
    Resumed {
        /// As above.
        took_us: u64,
    },
    /// None.
    Failed {
        /// Why.
        failure: Failure,
    },
}

/// What a client remembers of one server.
#[derive(Debug)]
pub struct SessionCache<'a> {
    client: &'a Client,
    config: Arc<ClientConfig>,
}

impl<'a> SessionCache<'a> {
    /// A client that remembers nothing yet.
    pub fn new(client: &'a Client) -> Self {
        let mut config = client.config.clone();
        config.resumption = Resumption::in_memory_sessions(1);
        // One for all handshakes: what was given to another identity is not taken up.
        config.client_auth_cert_resolver = Arc::new(Answering::new(client.identity.clone()));
        Self {
            client,
            config: Arc::new(config),
        }
    }

    /// Completes a handshake with what is remembered, and remembers what the server gives after a full one. Waits
    /// half a second for a server that gives nothing.
    pub async fn handshake(
        &self,
        address: SocketAddr,
        name: &ServerName<'static>,
        timeouts: Timeouts,
    ) -> HandshakeKind {
        self.try_handshake(address, name, timeouts)
            .await
            .unwrap_or_else(|failure| HandshakeKind::Failed { failure })
    }

    async fn try_handshake(
        &self,
        address: SocketAddr,
        name: &ServerName<'static>,
        timeouts: Timeouts,
    ) -> Result<HandshakeKind, Failure> {
        let (stream, _) = self.client.open(address, timeouts).await?;
        let config = Arc::clone(&self.config);
        let until = timeouts.handshake_by();
        let shaken = shake_hands(stream, name.clone(), config, until).await?;
        let mut stream = shaken.stream;
        let took_us = shaken.took.as_micros() as u64;
        let resumed = stream.get_ref().1.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
        let version = stream.get_ref().1.protocol_version();
        if !resumed && version == Some(ProtocolVersion::TLSv1_3) {
            // Tickets come after the handshake; their lack shows in the next one.
            let until = timeouts.by(VERDICT);
            let _ = timeout_at(until, accepted(&mut stream)).await;
        }
        let _ = timeout(GOODBYE, tokio::io::AsyncWriteExt::shutdown(&mut stream)).await;
        Ok(if resumed {
            HandshakeKind::Resumed { took_us }
        } else {
            HandshakeKind::Full { took_us }
        })
    }
}
