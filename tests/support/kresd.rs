//! Knot Resolver (`kresd`), a recursive resolver that speaks DNS over HTTPS as well.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::nsd::answers;
use super::ports::free_port;
use super::server::Server;

/// Knot Resolver on ports of 127.0.0.1.
pub struct Kresd {
    /// The port of DNS over HTTPS, at `/dns-query`.
    pub https: u16,
    _server: Server,
}

impl Kresd {
    /// Resolves a zone at its authoritative server. `cert.pem` and `key.pem` in the folder are shown over HTTPS.
    pub fn start(folder: &Path, origin: &str, authority: SocketAddr) -> Self {
        let own = folder.join("kresd");
        std::fs::create_dir(&own).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let https = free_port();
        let files = folder.display();
        let configuration = format!(
            "net.listen('127.0.0.1', {}, {{ kind = 'dns' }})\n\
             net.listen('127.0.0.1', {https}, {{ kind = 'doh2' }})\n\
             net.tls('{files}/cert.pem', '{files}/key.pem')\n\
             trust_anchors.remove('.')\n\
             cache.size = 10 * MB\n\
             policy.add(policy.suffix(policy.STUB('{}@{}'), {{ todname('{origin}') }}))\n",
            address.port(),
            authority.ip(),
            authority.port(),
        );
        std::fs::write(own.join("kresd.conf"), configuration).unwrap();
        let mut command = Command::new("kresd");
        command.arg("-n").arg("-c").arg(own.join("kresd.conf"));
        command.arg(&own);
        let server = Server::start(command, &own, || answers(address));
        let _server = server;
        Self { https, _server }
    }
}
