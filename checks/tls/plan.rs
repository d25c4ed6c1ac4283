//! What a check will contact, and with what load.

use std::net::IpAddr;

use super::settings::Settings;
use super::{protocol, renewal, resumption, revocation, staple_gain, transparency, words};
use crate::model::{Plan, Target, Touch};

/// The plan; places that certificates name are not known before they are seen.
pub(crate) fn plan(settings: &Settings) -> Plan {
    let mut targets: Vec<_> = settings
        .endpoints
        .iter()
        .flat_map(|endpoint| {
            let given = settings.addresses.iter().map(IpAddr::to_string);
            let hosts = if settings.addresses.is_empty() {
                vec![endpoint.host.to_string()]
            } else {
                given.collect()
            };
            hosts
                .into_iter()
                .map(|host| Target::host(host, "tcp", endpoint.port))
        })
        .collect();
    targets.sort();
    targets.dedup();
    let endpoints = settings.endpoints.len();
    let handshakes = words::counted(1 + resumption::load(settings), "handshake");
    let each = match protocol::load(settings) {
        0 => handshakes,
        greetings => format!("{handshakes} and {}", words::counted(greetings, "greeting")),
    };
    let mut load = match settings.addresses.len() {
        _ if settings.endpoints_file.is_some() => {
            format!("{each} for each address of the endpoints in `endpoints-file`")
        }
        0 if endpoints == 1 => format!("{each} for each address of 1 endpoint"),
        0 => format!("{each} for each address of {endpoints} endpoints"),
        1 if endpoints == 1 => format!("{each} at 1 address"),
        addresses => format!("{each} for each of {} addresses", endpoints * addresses),
    };
    load.push_str(revocation::load(settings.revocation, settings.ocsp_query));
    load.push_str(transparency::load(settings));
    load.push_str(&staple_gain::load(settings));
    let mut plan = Plan {
        touch: Touch::Read,
        targets,
        load,
        questions: Vec::new(),
    };
    renewal::plan(settings, &mut plan);
    plan
}
