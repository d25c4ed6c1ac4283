//! BIND (`named`), an authoritative server and resolver that speaks DNS over TLS and over HTTPS as well.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::nsd::answers;
use super::ports::free_port;
use super::server::Server;

/// BIND on ports of 127.0.0.1.
pub struct Bind {
    /// The port of DNS over HTTPS, at `/dns-query`.
    pub https: u16,
    _server: Server,
}

impl Bind {
    /// Serves a zone file under an origin. `cert.pem` and `key.pem` in the folder are shown over HTTPS.
    pub fn start(folder: &Path, origin: &str, zone: &str) -> Self {
        let own = folder.join("bind");
        std::fs::create_dir(&own).unwrap();
        std::fs::write(own.join("zone"), zone).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let https = free_port();
        let (at, files) = (own.display(), folder.display());
        let configuration = format!(
            "tls shown {{ cert-file \"{files}/cert.pem\"; key-file \"{files}/key.pem\"; }};\n\
             http paths {{ endpoints {{ \"/dns-query\"; }}; }};\n\
             options {{ directory \"{at}\"; pid-file none; session-keyfile \"{at}/session.key\"; \
             recursion no; dnssec-validation no; notify no; minimal-responses yes; \
             listen-on port {} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; \
             listen-on port {https} tls shown http paths {{ 127.0.0.1; }}; }};\n\
             controls {{ }};\n\
             zone \"{origin}\" {{ type primary; file \"{at}/zone\"; check-names ignore; }};\n",
            address.port(),
        );
        std::fs::write(own.join("named.conf"), configuration).unwrap();
        let mut command = Command::new("named");
        command.args(["-g", "-n", "1", "-c"]);
        command.arg(own.join("named.conf"));
        let server = Server::start(command, &own, || answers(address));
        let _server = server;
        Self { https, _server }
    }
}
