//! A server's whole first flight: what it sends in answer to a ClientHello until it waits for the client. How long
//! that takes and how many bytes it has is what every client pays for a handshake, apart from its own work.
//!
//! The hello offers what was agreed on in a handshake proper, and asks for a stapled OCSP response or does not. In
//! TLS 1.2 the flight ends with ServerHelloDone. In TLS 1.3 it is encrypted behind its first message, so it is
//! opened, and ends with Finished. Nothing is verified, and the client says nothing more.

mod reader;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use super::client::Client;
use super::failure::Failure;
use super::tap::Arrived;
use crate::instrument::timeouts::Timeouts;
use reader::{Reader, Stop, TIMESTAMPS};

/// What a hello offers.
#[derive(Clone, Copy, Debug)]
pub struct FlightRequest<'a> {
    /// `TLS 1.3` or `TLS 1.2`, as in a [`Handshake`](super::Handshake).
    pub protocol: &'a str,
    /// Key exchange group, as there. In TLS 1.3 a key for it is sent along.
    pub group: &'a str,
    /// Whether a stapled OCSP response is asked for.
    pub staple: bool,
}

/// A first flight that is whole.
#[derive(Clone, Debug)]
pub struct Flight {
    /// From the first byte sent until the last byte of the flight was here.
    pub took: Duration,
    /// Its bytes, the headers of records counted.
    pub bytes: usize,
    /// The stapled OCSP response.
    pub staple: Option<Vec<u8>>,
    /// The server's certificate, DER.
    pub leaf: Option<Vec<u8>>,
    /// What the extension for timestamps of transparency logs holds (a SignedCertificateTimestampList), where it was
    /// asked for.
    pub timestamps: Option<Vec<u8>>,
}

impl Client {
    /// Connects to `address`, says hello to `name`, takes the answer, and hangs up.
    ///
    /// # Errors
    /// Why no whole flight came.
    pub async fn first_flight(
        &self,
        address: SocketAddr,
        name: &ServerName<'_>,
        request: FlightRequest<'_>,
        timeouts: Timeouts,
    ) -> Result<Flight, Failure> {
        self.flight(address, name, request, None, timeouts).await
    }

    /// The same, and asks for timestamps of transparency logs too.
    ///
    /// # Errors
    /// Why no whole flight came.
    pub async fn flight_with_timestamps(
        &self,
        address: SocketAddr,
        name: &ServerName<'_>,
        request: FlightRequest<'_>,
        timeouts: Timeouts,
    ) -> Result<Flight, Failure> {
        let also = Some(TIMESTAMPS);
        self.flight(address, name, request, also, timeouts).await
    }

    async fn flight(
        &self,
        address: SocketAddr,
        name: &ServerName<'_>,
        request: FlightRequest<'_>,
        also: Option<(u16, &[u8])>,
        timeouts: Timeouts,
    ) -> Result<Flight, Failure> {
        let arrived = Arrived::default();
        let broken = |how: &str| {
            let error = io::Error::new(io::ErrorKind::InvalidData, how.to_owned());
            Failure::of_handshake(&error, &arrived)
        };
        let (mut reader, hello) = Reader::greet(
            self.config.crypto_provider(),
            self.asks_for(name),
            &self.config.alpn_protocols,
            &self.schemes(),
            request,
            also,
        )
        .map_err(broken)?;
        let (mut stream, _) = self.open(address, timeouts).await?;
        let begin = Instant::now();
        let until = timeouts.until.min(begin + timeouts.handshake);
        let talk = async {
            stream.write_all(&hello).await?;
            let mut chunk = [0; 4096];
            loop {
                let count = stream.read(&mut chunk).await?;
                let took = begin.elapsed();
                if count == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
                }
                arrived.take(&chunk[..count]);
                match reader.take(&chunk[..count]) {
                    Ok(false) => {}
                    Ok(true) => return Ok(Ok(took)),
                    Err(stop) => return Ok(Err(stop)),
                }
            }
        };
        match timeout_at(until, talk).await {
            Err(_) => Err(Failure::handshake_timeout(begin.elapsed(), &arrived)),
            Ok(Err(error)) => Err(Failure::of_handshake(&error, &arrived)),
            Ok(Ok(Err(Stop::Alert(description)))) => Err(Failure::Alert { description }),
            Ok(Ok(Err(Stop::Broken(how)))) => Err(broken(how)),
            Ok(Ok(Ok(took))) => Ok(Flight {
                took,
                bytes: reader.records.read(),
                staple: reader.staple,
                leaf: reader.leaf,
                timestamps: reader.timestamps,
            }),
        }
    }
}
