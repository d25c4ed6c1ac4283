//! A connection that stays open after its handshake, with all that was shown in it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::client::TlsStream;

use super::client::{Agreed, Client, Handshake};
use super::failure::Failure;
use super::identity::Answering;
use super::recorder::Recorder;
use super::shake::{Shaken, shake_hands};
use super::tap::Tapped;
use crate::instrument::timeouts::Timeouts;

/// A connection to what answered. Its certificate was recorded, not verified: not for secrets.
#[derive(Debug)]
pub struct Connection {
    /// The connection.
    pub stream: TlsStream<Tapped>,
    answering: Arc<Answering>,
    recorder: Arc<Recorder>,
    connect: Duration,
    handshake: Duration,
}

impl Client {
    /// Connects to `address`, asks for `name`, shakes hands with what answers, and leaves the connection open.
    ///
    /// # Errors
    /// Why there was no handshake.
    pub async fn connect(
        &self,
        address: SocketAddr,
        name: ServerName<'static>,
        timeouts: Timeouts,
    ) -> Result<Connection, Failure> {
        let (stream, connect) = self.open(address, timeouts).await?;
        let connection = self.over(stream, name, timeouts.handshake_by()).await?;
        Ok(Connection {
            connect,
            ..connection
        })
    }

    /// Shakes hands over a connection that was made before.
    ///
    /// # Errors
    /// Why there was no handshake.
    pub async fn over(
        &self,
        stream: TcpStream,
        name: ServerName<'static>,
        until: Instant,
    ) -> Result<Connection, Failure> {
        let (recorder, answering, shaken) = self.shake(stream, name, until).await;
        let shaken = shaken?;
        Ok(Connection {
            stream: shaken.stream,
            answering,
            recorder,
            connect: Duration::ZERO,
            handshake: shaken.took,
        })
    }

    /// Shakes hands, and hands over who took down what was shown on the way, whatever became of it.
    pub(super) async fn shake(
        &self,
        stream: TcpStream,
        name: ServerName<'static>,
        until: Instant,
    ) -> (Arc<Recorder>, Arc<Answering>, Result<Shaken, Failure>) {
        let recorder = Arc::new(self.recorder());
        let answering = Arc::new(Answering::new(self.identity.clone()));
        let mut config = self.config.clone();
        config
            .dangerous()
            .set_certificate_verifier(Arc::clone(&recorder) as _);
        config.client_auth_cert_resolver = Arc::clone(&answering) as _;
        let shaken = shake_hands(stream, name, config.into(), until).await;
        (recorder, answering, shaken)
    }
}

impl Connection {
    /// What the handshake showed.
    pub fn handshake(&self) -> Handshake {
        let agreed = Agreed::of(self.stream.get_ref().1);
        let (recorder, answering) = (&self.recorder, &self.answering);
        Handshake::of(agreed, recorder, answering, self.connect, self.handshake)
    }
}
