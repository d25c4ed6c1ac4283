//! haproxy (Debian package `haproxy`) as a TLS terminator on several addresses.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::server::{Server, accepts};

/// Starts haproxy: a master, which loads its files again on SIGUSR2, and a worker. Each `bind` has an address and what stands behind it; `port` of 127.0.0.1 must be among them.
pub fn start(folder: &Path, port: u16, binds: &[(SocketAddr, String)]) -> Server {
    let mut config =
        "global\n  maxconn 256\n  tune.ssl.default-dh-param 2048\ndefaults\n  mode http\n  \
                      timeout connect 5s\n  timeout client 30s\n  timeout server 5s\n"
            .to_owned();
    for (number, (address, more)) in binds.iter().enumerate() {
        let _ = writeln!(
            config,
            "frontend f{number}\n  bind {address} ssl {more}\n  http-request return status 204"
        );
    }
    let path = folder.join("haproxy.cfg");
    std::fs::write(&path, config).expect("configuration of haproxy");
    let mut command = Command::new("haproxy");
    command.arg("-W").arg("-db").arg("-f").arg(path);
    Server::start(command, folder, || accepts(port))
}
