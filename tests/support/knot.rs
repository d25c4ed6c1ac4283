//! Knot DNS, an authoritative name server, with what NSD does not do: answers by the client's network.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::nsd::answers;
use super::ports::free_port;
use super::server::Server;

/// Knot on a port of 127.0.0.1.
pub struct Knot {
    pub address: SocketAddr,
    _server: Server,
}

impl Knot {
    /// Serves a zone file under an origin; `map` (YAML of `mod-geoip`) says which names depend on the network.
    pub fn start(folder: &Path, origin: &str, zone: &str, map: &str) -> Self {
        let folder = folder.join("knot");
        std::fs::create_dir(&folder).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let path = |name: &str| folder.join(name).display().to_string();
        std::fs::write(folder.join("zone"), zone).unwrap();
        std::fs::write(folder.join("map"), map).unwrap();
        let configuration = format!(
            "server:\n  listen: 127.0.0.1@{}\n  rundir: \"{}\"\n  edns-client-subnet: on\n  udp-workers: 1\n  \
             tcp-workers: 1\n  background-workers: 1\nlog:\n  - target: stderr\n    any: info\n\
             database:\n  storage: \"{}\"\n  journal-db-max-size: 1M\n\
             mod-geoip:\n  - id: map\n    config-file: \"{}\"\n    ttl: 60\n    mode: subnet\n\
             zone:\n  - domain: {origin}\n    file: \"{}\"\n    zonefile-sync: -1\n    module: mod-geoip/map\n",
            address.port(),
            path("."),
            path("db"),
            path("map"),
            path("zone"),
        );
        std::fs::write(folder.join("knot.conf"), configuration).unwrap();
        let mut command = Command::new("knotd");
        command.arg("-c").arg(path("knot.conf"));
        let server = Server::start(command, &folder, || answers(address));
        let _server = server;
        Self { address, _server }
    }
}
