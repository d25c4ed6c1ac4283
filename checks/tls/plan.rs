//! What a check will contact, and with what load.

use super::settings::Settings;
use super::{
    client_certificate, endpoints_file, other_clients, protocol, renewal, resumption, revocation,
    staple_gain, transparency,
};
use crate::instrument::dns::Resolver;
use crate::instrument::host_block;
use crate::instrument::tls::StartTls;
use crate::judging::text::counted;
use crate::model::plan::Reach;
use crate::model::{InputFile, Plan, Touch};

/// The plan; places that certificates name are not known before they are seen.
pub(crate) fn plan(settings: &Settings) -> Plan {
    let mut targets: Vec<_> = settings
        .hosts()
        .map(|(host, port)| Reach::host(host, "tcp", port))
        .collect();
    let listed = settings.endpoints_file.as_ref().map(listed);
    targets.extend(listed.iter().cloned().map(Reach::NotKnownYet));
    if settings.looks_up() {
        targets.extend(settings.resolvers.iter().flat_map(Resolver::targets));
    }
    targets.extend(revocation::reach(settings));
    targets.extend(renewal::reach(settings));
    targets.sort();
    targets.dedup();
    let endpoints = settings.endpoints.len();
    let handshakes = 1 + other_clients::load(settings) + resumption::load(settings);
    let handshakes = counted(handshakes, "handshake");
    let each = match protocol::load(settings) {
        0 => handshakes,
        hellos => format!("{handshakes} and {}", counted(hellos, "ClientHello")),
    };
    let mut load = match settings.addresses.len() {
        _ if listed.is_some() => format!("{each} for each address of the endpoints"),
        0 if endpoints == 1 => format!("{each} for each address of 1 endpoint"),
        0 => format!("{each} for each address of {endpoints} endpoints"),
        1 if endpoints == 1 => format!("{each} at 1 address"),
        addresses => format!("{each} for each of {} addresses", endpoints * addresses),
    };
    load.push_str(client_certificate::load(settings));
    load.push_str(revocation::load(settings));
    load.push_str(transparency::load(settings));
    load.push_str(&staple_gain::load(settings));
    let mut ports = settings.endpoints.iter().map(|endpoint| endpoint.port);
    if settings.starttls == Some(StartTls::Mysql) || ports.any(|port| port == host_block::PORT) {
        load = format!("{load}; {}", host_block::LOAD);
    }
    let mut plan = Plan {
        touch: Touch::Read,
        targets,
        load,
        questions: Vec::new(),
    };
    renewal::plan(settings, &mut plan);
    plan
}

/// What a list of endpoints holds.
fn listed(file: &InputFile) -> String {
    match endpoints_file::read(file) {
        Ok(endpoints) => format!(
            "{} in {}",
            counted(endpoints.len(), "endpoint"),
            file.path()
        ),
        Err(error) => format!("unusable list: {}", error.message),
    }
}
