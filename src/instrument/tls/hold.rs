//! A connection that stays open after its handshake.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::client::{Client, Timeouts};
use super::failure::Failure;
use super::identity::Answering;
use super::tap::{Arrived, Tapped};

impl Client {
    /// Connects to `address`, asks for `name`, shakes hands with whoever answers, and leaves the connection open.
    /// Nobody's certificate is verified: not for secrets.
    ///
    /// # Errors
    /// Why there was no handshake.
    pub async fn hold(
        &self,
        address: SocketAddr,
        name: ServerName<'static>,
        timeouts: Timeouts,
    ) -> Result<TlsStream<Tapped>, Failure> {
        let (stream, _) = self.open(address, timeouts).await?;
        let arrived = Arrived::default();
        let mut config = self.config.clone();
        config.client_auth_cert_resolver = Arc::new(Answering::new(self.identity.clone()));
        let connector = TlsConnector::from(Arc::new(config));
        let tapped = Tapped::new(stream, arrived.clone());
        let begin = Instant::now();
        let until = timeouts.until.min(begin + timeouts.handshake);
        match timeout_at(until, connector.connect(name, tapped)).await {
            Err(_) => Err(Failure::handshake_timeout(begin.elapsed(), &arrived)),
            Ok(Err(error)) => Err(Failure::of_handshake(&error, &arrived)),
            Ok(Ok(stream)) => Ok(stream),
        }
    }
}
