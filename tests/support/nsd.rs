//! NSD, an authoritative name server.

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::ports::free_port;
use super::server::Server;

/// NSD on a port of 127.0.0.1.
pub struct Nsd {
    pub address: SocketAddr,
    _server: Server,
}

impl Nsd {
    /// Serves a zone file under an origin.
    pub fn start(folder: &Path, origin: &str, zone: &str) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        Self::start_at(address, folder, origin, zone)
    }

    /// Serves a zone file under an origin at an address of its own.
    pub fn start_at(address: SocketAddr, folder: &Path, origin: &str, zone: &str) -> Self {
        Self::start_zones(address, folder, &[(origin, zone)])
    }

    /// Serves several zones by their origins.
    pub fn start_zones(address: SocketAddr, folder: &Path, zones: &[(&str, &str)]) -> Self {
        Self::with(address, folder, zones, "rrl-ratelimit: 0")
    }

    /// Serves a zone, under its origin, and answers one client at most so often in a second with the same. Every
    /// other answer above that is truncated, the rest dropped.
    pub fn limited(folder: &Path, origin: &str, zone: &str, rate: u32) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let more =
            format!("rrl-ratelimit: {rate}\n  rrl-whitelist-ratelimit: {rate}\n  rrl-slip: 2");
        Self::with(address, folder, &[(origin, zone)], &more)
    }

    fn with(address: SocketAddr, folder: &Path, zones: &[(&str, &str)], more: &str) -> Self {
        let folder = folder.join(format!("nsd-{}", address.ip()));
        std::fs::create_dir(&folder).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        let mut configuration = format!(
            "server:\n  ip-address: {}@{}\n  server-count: 1\n  username: \"\"\n  chroot: \"\"\n  \
             database: \"\"\n  pidfile: \"{}\"\n  xfrdfile: \"{}\"\n  zonelistfile: \"{}\"\n  {more}\n\
             remote-control:\n  control-enable: no\n",
            address.ip(),
            address.port(),
            path("pid"),
            path("xfrd"),
            path("zones"),
        );
        for (origin, zone) in zones {
            let file = path(&format!("zone.{origin}"));
            std::fs::write(&file, zone).unwrap();
            let clause = format!("zone:\n  name: \"{origin}\"\n  zonefile: \"{file}\"\n");
            configuration.push_str(&clause);
        }
        std::fs::write(folder.join("nsd.conf"), configuration).unwrap();
        let mut command = Command::new("nsd");
        command.arg("-d").arg("-c").arg(path("nsd.conf"));
        let server = Server::start(command, &folder, || answers(address));
        let _server = server;
        Self { address, _server }
    }
}

/// Whether a name server answers a question for `localhost`, whatever it says: a resolver has that name itself and
/// asks nobody.
pub fn answers(server: SocketAddr) -> bool {
    const QUESTION: &[u8] = b"\0\x07\0\0\0\x01\0\0\0\0\0\0\x09localhost\0\0\x01\0\x01";
    let socket = UdpSocket::bind((server.ip(), 0)).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let asked = socket.connect(server).and_then(|()| socket.send(QUESTION));
    asked.is_ok() && socket.recv(&mut [0; 512]).is_ok()
}
