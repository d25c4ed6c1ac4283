//! Numbers about the chain that an address serves, with the names, labels and meaning that dashboards of
//! Prometheus' blackbox exporter know.

use std::net::IpAddr;

use der::Decode as _;
use jiff::Timestamp;
use x509_cert::name::Name;

use super::certificate::seconds;
use super::chain::Chain;
use super::chain_end::ChainEnd;
use super::chains::VerifiedChain;
use super::endpoint::Host;
use super::families as family;
use super::observation::Session;
use super::{paths, server_name};
use crate::instrument::tls::Anchor;
use crate::judging::text::clipped;
use crate::model::Measure;

/// Of one address. When the chain expires is given only where a client that comes now would accept it: the exporter
/// has no verified chain otherwise.
pub(crate) fn measures(
    at: [(&str, &str); 2],
    server: &Host,
    verified: &VerifiedChain<'_>,
    session: &Session,
    anchors: &[Anchor],
    now: Timestamp,
) -> Vec<Measure> {
    let chain = &verified.chain;
    let leaf = chain.leaf();
    let mut measures = Vec::new();
    if server_name::unnamed(chain, &server.0).is_none()
        && let Some(last) = lasts(chain, &verified.end, anchors, now)
    {
        measures.push(family::CHAIN_EXPIRY.measure(seconds(last), at));
    }
    // The exporter lists DNS names alone.
    let hosts = leaf.names.iter();
    let hosts: Vec<_> = hosts
        .filter(|name| name.parse::<IpAddr>().is_err())
        .map(String::as_str)
        .collect();
    let fingerprint = session.chain.first().map_or("", String::as_str);
    let labels = [
        at[0],
        at[1],
        ("fingerprint_sha256", fingerprint),
        ("subject", &distinguished(&leaf.subject_raw)),
        ("issuer", &distinguished(&leaf.issuer_raw)),
        ("subjectalternative", &clipped(&hosts.join(","))),
        ("serialnumber", &leaf.serial),
    ];
    measures.push(family::CHAIN_INFO.measure(1.0, labels));
    measures
}

/// Until when a chain leads to a trusted root, by the way that lasts longest of those that are valid at an instant.
/// None where none is.
fn lasts(
    chain: &Chain<'_>,
    end: &ChainEnd,
    anchors: &[Anchor],
    at: Timestamp,
) -> Option<Timestamp> {
    let ChainEnd::Trusted(path) = end else {
        return None;
    };
    // Every way begins with the leaf, so none lasts longer than that.
    if path.from <= at && at <= path.until && path.until == chain.leaf().not_after {
        return Some(path.until);
    }
    paths::lasts(chain, anchors, at)
}

/// A name in the words of RFC 4514, the innermost part first; of one that breaks the rules nothing.
fn distinguished(der: &[u8]) -> String {
    let name = Name::from_der(der).map(|name| name.to_string());
    clipped(&name.unwrap_or_default())
}
