//! nginx (Debian package `nginx-light`) with its whole state in a folder of the test.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::server::{Server, accepts};

/// Starts nginx with these `server` blocks. It is ready when `port` of 127.0.0.1 accepts connections.
pub fn start(folder: &Path, port: u16, servers: &str) -> Server {
    let folder_name = folder.display();
    let mut config = format!(
        "user root;\ndaemon off;\nworker_processes 1;\npid {folder_name}/nginx.pid;\n\
         error_log stderr;\nevents {{ worker_connections 512; }}\nhttp {{\n  access_log off;\n"
    );
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        let _ = writeln!(config, "  {kind}_temp_path {folder_name}/{kind};");
    }
    config.push_str(servers);
    config.push_str("\n}\n");
    let path = folder.join("nginx.conf");
    std::fs::write(&path, config).expect("configuration of nginx");
    let mut command = Command::new("nginx");
    command.arg("-c").arg(path).arg("-p").arg(folder);
    Server::start(command, folder, || accepts(port))
}

/// A `server` block that speaks TLS at these addresses with the files `<name>.pem` and `<name>.key`.
pub fn tls(folder: &Path, addresses: &[SocketAddr], name: &str) -> String {
    let listen: String = addresses
        .iter()
        .map(|address| format!("listen {address} ssl; "))
        .collect();
    let folder = folder.display();
    format!(
        "server {{ {listen} ssl_certificate {folder}/{name}.pem; \
         ssl_certificate_key {folder}/{name}.key; return 204; }}\n"
    )
}

/// Lets the nginx of this folder load its files again, and waits until the workers of before are gone: they answer
/// beside the new ones for as long as the machine's load keeps them from hearing of it.
pub fn reload(folder: &Path) {
    let before = workers(folder);
    let mut command = Command::new("nginx");
    command.arg("-c").arg(folder.join("nginx.conf"));
    let status = command
        .arg("-p")
        .arg(folder)
        .args(["-s", "reload"])
        .status();
    assert!(status.expect("nginx starts").success(), "nginx reloads");
    let begin = Instant::now();
    while workers(folder).iter().any(|worker| before.contains(worker)) {
        let patience = Duration::from_secs(30);
        assert!(begin.elapsed() < patience, "the workers of before end");
        sleep(Duration::from_millis(10));
    }
}

/// The process ids of the workers of this folder's nginx.
fn workers(folder: &Path) -> Vec<String> {
    let master = std::fs::read_to_string(folder.join("nginx.pid")).expect("nginx runs");
    let master = master.trim();
    let children = std::fs::read_to_string(format!("/proc/{master}/task/{master}/children"));
    let children = children.expect("nginx runs");
    children.split_whitespace().map(str::to_owned).collect()
}
