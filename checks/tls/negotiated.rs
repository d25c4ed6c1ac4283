//! What client and server negotiated, and what the server would negotiate: as a table, and as the measures that
//! dashboards of Prometheus' blackbox exporter know.

use super::families as family;
use super::observation::{Observation, Session};
use super::settings::Settings;
use crate::instrument::tls::HelloReply;
use crate::judging::text::clipped;
use crate::model::{Cell, Exhibit, Measure};

/// A table of protocols, one row for each address that completed a handshake; none where there is none.
pub(crate) fn table(settings: &Settings, observation: &Observation) -> Option<Exhibit> {
    let sessions = observation.each_session(settings);
    let rows = sessions.map(|(endpoint, address, session)| {
        let replies = &session.hello_replies;
        [
            endpoint.to_string().into(),
            address.ip().to_string().into(),
            session.protocol.clone().into(),
            session.group.clone().into(),
            session.cipher_name().into(),
            Cell::maybe(session.alpn.as_deref().map(clipped)),
            Cell::maybe(replies.post_quantum()),
            spoken(&replies.tls_1_1, "TLS 1.1"),
            spoken(&replies.tls_1_0, "TLS 1.0"),
        ]
    });
    let columns = [
        "Endpoint",
        "Address",
        "Protocol",
        "Key exchange",
        "Cipher",
        "ALPN",
        "Post-quantum",
        "TLS 1.1",
        "TLS 1.0",
    ];
    Exhibit::table("Negotiated parameters by address", columns, rows)
}

fn spoken(reply: &Option<HelloReply>, offered: &str) -> Cell {
    match reply {
        Some(HelloReply::Agreed { version, .. }) if version == offered => "accepted".into(),
        Some(HelloReply::Agreed { version, .. }) => format!("{} instead", clipped(version)).into(),
        Some(HelloReply::Alert { .. } | HelloReply::HungUp { .. }) => "refused".into(),
        Some(HelloReply::Unheard { .. }) | None => Cell::Absent,
    }
}

/// Of one address: what was negotiated, each as a label of a measure that is 1.
pub(crate) fn measures(at: [(&str, &str); 2], session: &Session) -> Vec<Measure> {
    let [endpoint, address] = at;
    let cipher = session.cipher_name();
    let mut measures = vec![
        family::VERSION_INFO.measure(1.0, [endpoint, address, ("version", &session.protocol)]),
        family::CIPHER_INFO.measure(1.0, [endpoint, address, ("cipher", &cipher)]),
        family::KEY_EXCHANGE_INFO.measure(1.0, [endpoint, address, ("group", &session.group)]),
    ];
    if let Some(known) = session.hello_replies.post_quantum() {
        let value = if known == "no" { 0.0 } else { 1.0 };
        measures.push(family::POST_QUANTUM.measure(value, at));
    }
    measures
}
