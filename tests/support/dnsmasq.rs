//! dnsmasq, the cache of many routers and machines, in front of a zone of the test.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::nsd::answers;
use super::ports::free_port;
use super::server::Server;

/// dnsmasq on a port of 127.0.0.1.
pub struct Dnsmasq {
    pub address: SocketAddr,
    _server: Server,
}

impl Dnsmasq {
    /// Forwards every question to a server; `more` are further arguments.
    pub fn start(folder: &Path, server: SocketAddr, more: &[&str]) -> Self {
        let folder = folder.join("dnsmasq");
        std::fs::create_dir(&folder).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut command = Command::new("dnsmasq");
        command
            .args([
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--no-resolv",
            ])
            .args([
                "--no-hosts",
                "--bind-interfaces",
                "--listen-address=127.0.0.1",
            ])
            .args(["--cache-size=10000", "--log-facility=-", "--user=root"])
            .arg(format!("--port={}", address.port()))
            .arg(format!("--pid-file={}", folder.join("pid").display()))
            .arg(format!("--server={}#{}", server.ip(), server.port()))
            .args(more);
        let server = Server::start(command, &folder, || answers(address));
        let _server = server;
        Self { address, _server }
    }
}
