//! Unbound, a recursive resolver, with zones of the test behind it.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::nsd::answers;
use super::ports::free_port;
use super::server::Server;

/// Unbound on a port of 127.0.0.1.
pub struct Unbound {
    pub address: SocketAddr,
    _server: Server,
}

impl Unbound {
    /// Resolves each zone at its authoritative server; `more` is added to the `server` clause.
    pub fn start(folder: &Path, zones: &[(&str, SocketAddr)], more: &str) -> Self {
        let folder = folder.join("unbound");
        std::fs::create_dir(&folder).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut configuration = format!(
            "server:\n  interface: 127.0.0.1@{}\n  username: \"\"\n  chroot: \"\"\n  directory: \"{}\"\n  \
             pidfile: \"\"\n  use-syslog: no\n  do-daemonize: no\n  num-threads: 1\n  do-not-query-localhost: no\n  \
             module-config: \"iterator\"\n  \
             local-zone: \"test.\" nodefault\n  {more}\n",
            address.port(),
            folder.display(),
        );
        for (zone, server) in zones {
            let (ip, port) = (server.ip(), server.port());
            write!(
                configuration,
                "stub-zone:\n  name: \"{zone}\"\n  stub-addr: {ip}@{port}\n"
            )
            .unwrap();
        }
        std::fs::write(folder.join("unbound.conf"), configuration).unwrap();
        let mut command = Command::new("unbound");
        command.arg("-c").arg(folder.join("unbound.conf"));
        let server = Server::start(command, &folder, || answers(address));
        let _server = server;
        Self { address, _server }
    }
}
