//! Numbers about the chain that an address serves, with the names, labels and meaning that dashboards of
//! Prometheus' blackbox exporter know.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};

use der::Decode as _;
use jiff::Timestamp;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage, VerifiedPath};
use x509_cert::name::Name;

use super::case::Case;
use super::chain::Chain;
use super::chain_end::ChainEnd;
use super::observation::Session;
use super::verifier::unix_time;
use super::words::bounded;
use crate::instrument::tls::Anchor;
use crate::model::Measure;

/// Of one chain, for every address that serves it. When the chain ends is told only where a client that comes now
/// would accept it: the exporter has no verified chain otherwise.
pub(crate) fn measures(
    case: &Case<'_>,
    chain: &Chain<'_>,
    trust: &ChainEnd,
    sessions: &[(SocketAddr, &Session)],
) -> Vec<Measure> {
    let endpoint = case.endpoint.to_string();
    let named = chain.names(&case.settings.server(case.endpoint).0).is_ok();
    let last = named.then(|| lasts(chain, trust, case.anchors, case.window.now));
    let last = last.flatten();
    let leaf = chain.leaf();
    let subject = distinguished(&leaf.subject_raw);
    let issuer = distinguished(&leaf.issuer_raw);
    // The exporter lists DNS names alone.
    let hosts = leaf.names.iter();
    let hosts: Vec<_> = hosts
        .filter(|name| name.parse::<IpAddr>().is_err())
        .map(String::as_str)
        .collect();
    let hosts = bounded(&hosts.join(","));
    let mut measures = Vec::new();
    for (address, session) in sessions {
        let at = address.ip().to_string();
        let labels = [("endpoint", endpoint.as_str()), ("address", at.as_str())];
        if let Some(last) = last {
            let name = "probe_ssl_last_chain_expiry_timestamp_seconds";
            let seconds = last.as_second() as f64;
            measures.push(Measure::new(name, seconds, "seconds", labels));
        }
        let labels = [
            ("endpoint", endpoint.as_str()),
            ("address", at.as_str()),
            (
                "fingerprint_sha256",
                session.chain.first().map_or("", String::as_str),
            ),
            ("subject", &subject),
            ("issuer", &issuer),
            ("subjectalternative", &hosts),
            ("serialnumber", &leaf.serial),
        ];
        measures.push(Measure::new("probe_ssl_last_chain_info", 1.0, "", labels));
    }
    measures
}

/// Until when a chain leads to a trusted root, by the way that lasts longest of those that are valid at an instant.
/// None where none is.
fn lasts(
    chain: &Chain<'_>,
    trust: &ChainEnd,
    anchors: &[Anchor],
    at: Timestamp,
) -> Option<Timestamp> {
    let ChainEnd::Trusted(path) = trust else {
        return None;
    };
    // Every way begins with the leaf, so none lasts longer than that.
    if path.from <= at && at <= path.until && path.until == chain.leaf().not_after {
        return Some(path.until);
    }
    let (leaf, others) = chain.ders().split_first()?;
    let leaf = EndEntityCert::try_from(leaf).ok()?;
    let trusted: Vec<_> = anchors.iter().map(Anchor::to_trust_anchor).collect();
    let longest = Cell::new(None);
    let look = |verified: &VerifiedPath<'_>| {
        let path = chain.followed(verified, anchors);
        if path.from <= at && at <= path.until {
            longest.set(longest.get().max(Some(path.until)));
        }
        Err(Error::UnknownIssuer) // look for the next one
    };
    let _ = leaf.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &trusted,
        others,
        unix_time(at),
        KeyUsage::server_auth(),
        None,
        Some(&look),
    );
    longest.get()
}

/// A name in the words of RFC 4514, the innermost part first; of one that breaks the rules nothing.
fn distinguished(der: &[u8]) -> String {
    let name = Name::from_der(der).map(|name| name.to_string());
    bounded(&name.unwrap_or_default())
}
