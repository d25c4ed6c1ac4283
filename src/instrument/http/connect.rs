//! The way to where a request is sent: lookup, connection, TLS.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::error::HttpError;
use super::exchange::{Exchange, Protocol, Session};
use super::request::{Destination, Request, Security, Versions};
use crate::instrument::dial::{Dialled, dial};
use crate::instrument::lookup::lookup;
use crate::instrument::tls::{Der, Refusal};

/// A connection, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Where a request can be sent.
pub(super) struct Reached {
    pub(super) stream: Box<dyn Stream>,
    pub(super) protocol: Protocol,
}

/// Connects, and notes on the way what happens.
pub(super) async fn reach(
    request: &Request<'_>,
    exchange: &mut Exchange,
) -> Result<Reached, HttpError> {
    let dialled = connection(request, exchange).await?;
    if request.url.scheme() == "http" {
        return Ok(Reached {
            stream: Box::new(dialled.stream),
            protocol: match request.versions {
                Versions::Http1 | Versions::SelectedHttp1 | Versions::Either => Protocol::Http1,
                Versions::Http2 => Protocol::Http2,
            },
        });
    }
    let (stream, alpn) = encrypted(request, dialled, exchange).await?;
    let protocol = match (alpn.as_deref(), request.versions) {
        (Some(b"h2"), _) => Protocol::Http2,
        (_, Versions::Http2) => return Err(HttpError::NoHttp2),
        (Some(b"http/1.1"), _) => Protocol::Http1,
        (_, Versions::SelectedHttp1) => return Err(HttpError::NoHttp1),
        _ => Protocol::Http1,
    };
    Ok(Reached { stream, protocol })
}

async fn connection(request: &Request<'_>, exchange: &mut Exchange) -> Result<Dialled, HttpError> {
    let (host, timeouts) = (request.host()?, request.timeouts);
    let (addresses, tries) = match request.destination {
        Destination::Address(address) => (vec![address], 1),
        Destination::Host { tries } => {
            let port = request.url.port_or_known_default().unwrap_or_default();
            let found = lookup(host, port, timeouts.until).await;
            let found = found.map_err(|error| HttpError::Lookup { error })?;
            exchange.phases.lookup_us = found.took.map(micros);
            (found.addresses, tries)
        }
    };
    for address in addresses.into_iter().take(tries.max(1)) {
        let tried = exchange.address.replace(address);
        if let (Some(tried), Some(HttpError::Connect { error })) = (tried, exchange.failure.take())
        {
            exchange.passed_over.push((tried, error));
        }
        match dial(address, timeouts.connect_by()).await {
            Ok(dialled) => {
                exchange.phases.connect_us = Some(micros(dialled.took));
                return Ok(dialled);
            }
            Err(error) => exchange.failure = Some(HttpError::Connect { error }),
        }
    }
    // A lookup that finds something finds an address.
    Err(exchange.failure.take().unwrap_or(HttpError::Url {
        reason: "it has no address".to_owned(),
    }))
}

/// Shakes hands. Also says which application protocol was agreed on.
async fn encrypted(
    request: &Request<'_>,
    dialled: Dialled,
    exchange: &mut Exchange,
) -> Result<(Box<dyn Stream>, Option<Vec<u8>>), HttpError> {
    let (name, until) = (request.server_name()?, request.timeouts.handshake_by());
    let offered: &[&[u8]] = match request.versions {
        Versions::Http1 | Versions::SelectedHttp1 => &[b"http/1.1"],
        Versions::Http2 => &[b"h2"],
        Versions::Either => &[b"h2", b"http/1.1"],
    };
    let escaped = |alpn: &[u8]| alpn.escape_ascii().to_string();
    match request.security {
        Security::Plain => Err(HttpError::Url {
            reason: "https is not expected here".to_owned(),
        }),
        Security::Record(client) => {
            let client = client.offering(offered);
            let connection = client.over(dialled.stream, name, until).await;
            let connection = connection.map_err(|failure| HttpError::Handshake { failure })?;
            let handshake = connection.handshake();
            exchange.phases.handshake_us = Some(micros(handshake.handshake));
            let alpn = connection.stream.get_ref().1.alpn_protocol();
            let alpn = alpn.map(<[u8]>::to_vec);
            exchange.session = Some(Session {
                protocol: Some(handshake.protocol),
                alpn: handshake.alpn,
                chain: handshake.chain.into_iter().map(Der).collect(),
            });
            Ok((Box::new(connection.stream), alpn))
        }
        Security::Verify(trust) => {
            let (end, shown) = trust.over(dialled.stream, name, offered, until).await;
            let session = exchange.session.insert(Session {
                chain: shown.chain.into_iter().map(Der).collect(),
                ..Session::default()
            });
            let trusted = end.map_err(|refusal| match refusal {
                Refusal::Untrusted(reason) => HttpError::Untrusted { reason },
                Refusal::Failed(failure) => HttpError::Handshake { failure },
            })?;
            session.protocol = Some(trusted.protocol);
            session.alpn = trusted.alpn.as_deref().map(escaped);
            exchange.phases.handshake_us = Some(micros(trusted.handshake));
            Ok((Box::new(trusted.stream), trusted.alpn))
        }
    }
}

pub(super) fn micros(duration: Duration) -> u64 {
    duration.as_micros() as u64
}
