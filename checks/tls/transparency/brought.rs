//! What a server brings of transparency logs beside its certificate, in the extension signed_certificate_timestamp
//! (RFC 6962 section 3.3.1). Our TLS library cannot ask for it, so a hello by hand does, in the protocol that was agreed
//! on before: some servers bring it in TLS 1.2 alone, and a browser that comes by TLS 1.3 goes without.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::checks::tls::endpoint::Host;
use crate::checks::tls::observation::Session;
use crate::instrument::tls::{Client, Der, Failure, FlightRequest, Timeouts};
use crate::model::digest::sha256_hex;

/// What became of the question.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in super::super) enum Brought {
    /// It answered.
    Answered {
        /// SHA-256 of the certificate that it served then; empty where it served none.
        leaf: String,
        /// What the extension holds, where there is one: a SignedCertificateTimestampList.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list: Option<Der>,
    },
    /// There was no whole answer.
    Failed {
        /// Why.
        failure: Failure,
    },
}

/// How a server agreed before.
#[derive(Clone, Debug)]
pub(super) struct Agreed {
    protocol: String,
    group: String,
}

impl Agreed {
    pub(super) fn in_session(session: &Session) -> Self {
        Self {
            protocol: session.protocol.clone(),
            group: session.group.clone(),
        }
    }

    /// Asks a server.
    pub(super) async fn ask(
        &self,
        client: &Client,
        address: SocketAddr,
        host: &Host,
        timeouts: Timeouts,
    ) -> Brought {
        let request = FlightRequest {
            protocol: &self.protocol,
            group: &self.group,
            staple: false,
        };
        match client
            .flight_with_timestamps(address, &host.0, request, timeouts)
            .await
        {
            Ok(flight) => Brought::Answered {
                leaf: flight.leaf.map_or_else(String::new, |der| sha256_hex(&der)),
                list: flight.timestamps.map(Der),
            },
            Err(failure) => Brought::Failed { failure },
        }
    }
}
