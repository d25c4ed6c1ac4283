//! What client and server negotiated, and what the server would negotiate: as a table, and as the measures that
//! dashboards of Prometheus' blackbox exporter know.

use super::observation::{Observation, Session};
use super::settings::Settings;
use super::words::bounded;
use crate::instrument::tls::HelloReply;
use crate::model::{Exhibit, Measure};

/// A table of protocols, one row for each address that completed a handshake; none where there is none.
pub(crate) fn table(settings: &Settings, observation: &Observation) -> Option<Exhibit> {
    let mut rows = Vec::new();
    for (endpoint, address, session) in observation.each_session(settings) {
        let replies = &session.hello_replies;
        rows.push(vec![
            endpoint.to_string(),
            address.ip().to_string(),
            session.protocol.clone(),
            session.group.clone(),
            session.cipher.clone(),
            session
                .alpn
                .as_deref()
                .map_or_else(|| "-".to_owned(), bounded),
            replies.post_quantum().to_owned(),
            spoken(&replies.tls_1_1, "TLS 1.1"),
            spoken(&replies.tls_1_0, "TLS 1.0"),
        ]);
    }
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
    (!rows.is_empty()).then(|| Exhibit::Table {
        title: "What each address agrees on".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: crate::model::Cell::old(rows),
        omitted: 0,
    })
}

fn spoken(greeting: &Option<HelloReply>, offered: &str) -> String {
    match greeting {
        Some(HelloReply::Agreed { version, .. }) if version == offered => "accepted".to_owned(),
        Some(HelloReply::Agreed { version, .. }) => format!("{} instead", bounded(version)),
        Some(HelloReply::Alert { .. } | HelloReply::HungUp { .. }) => "refused".to_owned(),
        Some(HelloReply::Unheard { .. }) | None => "-".to_owned(),
    }
}

/// Of one address: what was negotiated, each as a label of a measure that is 1.
pub(crate) fn measures(endpoint: &str, address: &str, session: &Session) -> Vec<Measure> {
    let info = |name: &str, label: &str, text: &str| {
        let labels = [("endpoint", endpoint), ("address", address), (label, text)];
        Measure::new(name, 1.0, "", labels)
    };
    // As IANA and the exporter spell it; rustls calls those of TLS 1.3 otherwise.
    let cipher = session.cipher.replacen("TLS13_", "TLS_", 1);
    let mut measures = vec![
        info("probe_tls_version_info", "version", &session.protocol),
        info("probe_tls_cipher_info", "cipher", &cipher),
        info("tls_key_exchange_info", "group", &session.group),
    ];
    let known = match session.hello_replies.post_quantum() {
        "-" => None,
        "no" => Some(0.0),
        _ => Some(1.0),
    };
    let labels = [("endpoint", endpoint), ("address", address)];
    measures.extend(known.map(|known| Measure::new("tls_post_quantum", known, "", labels)));
    measures
}
