//! What a check contacts, and with what load.

use super::names_file;
use super::settings::Settings;
use crate::instrument::dns::Resolver;
use crate::instrument::host_block;
use crate::judging::text::counted;
use crate::model::plan::Reach;
use crate::model::{Plan, Touch};

/// From the settings alone.
pub(super) fn plan(settings: &Settings) -> Plan {
    let mut targets = Vec::new();
    for target in settings.resolvers.iter().flat_map(Resolver::targets) {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    for port in settings
        .reachable
        .iter()
        .flat_map(|reachable| &reachable.ports)
    {
        let text = format!("every address that comes back, {port}");
        targets.push(Reach::NotKnownYet(text));
        let gone = settings.gone.iter();
        targets.extend(gone.map(|ip| Reach::host(ip.to_string(), "tcp", port.0)));
    }
    if let Some(authoritative) = &settings.authoritative {
        let servers = authoritative.servers.iter().map(|server| server.0);
        let transport = "udp and tcp";
        targets.extend(
            servers.map(|server| Reach::host(server.ip().to_string(), transport, server.port())),
        );
        if authoritative.servers.is_empty() {
            let text = format!(
                "every server of the names' zones and of the zones above them, {transport} port {}",
                authoritative.port
            );
            targets.push(Reach::NotKnownYet(text));
        }
    }
    Plan {
        touch: Touch::Read,
        targets,
        load: load(settings),
        questions: Vec::new(),
    }
}

fn load(settings: &Settings) -> String {
    let for_each = settings.types.len() * settings.resolvers.len() * settings.rounds() as usize;
    let absent = settings.absent.len() + settings.absent_under.len();
    let queries = settings.names.len() * for_each
        + absent * settings.resolvers.len()
        + settings.region_questions();
    let most = queries * settings.query.tries as usize;
    let mut load = match (&settings.names_file, queries) {
        (Some(file), _) => match names_file::read(file, &settings.names) {
            Ok(listed) => {
                let most = (listed.count * for_each + queries) * settings.query.tries as usize;
                let names = counted(listed.count, "name");
                let each = counted(for_each, "query");
                format!(
                    "{each} for each of {names} in {}, {most} packets at most",
                    file.path()
                )
            }
            Err(error) => format!("unusable list: {}", error.message),
        },
        (None, 1) => format!("1 query, {most} packets at most"),
        (None, _) => format!("{queries} queries, {most} packets at most"),
    };
    if settings.resolvers.contains(&Resolver::System) {
        load += ", and what getaddrinfo asks the system's resolver for each name";
    }
    if settings.dnssec.is_some() {
        load += ", and each question with its signatures, and DS and DNSKEY of every zone above it";
    }
    if let Some(authoritative) = &settings.authoritative {
        load += ", and each question at every server of its zone";
        if authoritative.servers.is_empty() {
            load += ", and one for each zone at every server of the zone above";
        }
    }
    let mut ports = settings.reachable.iter().flat_map(|asked| &asked.ports);
    if ports.any(|port| port.0 == host_block::PORT) {
        load = format!("{load}, {}", host_block::LOAD);
    }
    format!("{load}, {} a second at a server", settings.query.qps)
}
