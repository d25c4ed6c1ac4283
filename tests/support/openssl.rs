//! `openssl s_server`: serves whatever certificate it is given, and speaks what it is told to.

use std::path::Path;
use std::process::Command;

use super::ports::free_port;
use super::server::{Server, accepts};

/// A server on 127.0.0.1.
pub struct TlsServer {
    pub port: u16,
    _server: Server,
}

/// Serves `leaf.pem` with `leaf.key` and after it the certificates of `chain.pem`, all in `folder`.
pub fn s_server(folder: &Path, options: &[&str]) -> TlsServer {
    let port = free_port();
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args(["s_server", "-accept", &format!("127.0.0.1:{port}")])
        .args(["-cert", "leaf.pem", "-key", "leaf.key"])
        .args(["-www", "-quiet"])
        .args(options);
    let chain = std::fs::read(folder.join("chain.pem")).expect("chain.pem");
    if !chain.is_empty() {
        command.args(["-cert_chain", "chain.pem"]); // refuses an empty file
    }
    let server = Server::start(command, folder, || accepts(port));
    TlsServer {
        port,
        _server: server,
    }
}

/// An OCSP response for `leaf.pem` by the authority whose certificate and key are `chain.pem` and `chain.key`:
/// it knows of no certificate, so it says "unknown". Written to `staple.der`.
pub fn ocsp_response(folder: &Path) -> Vec<u8> {
    std::fs::write(folder.join("index.txt"), "").expect("an empty index");
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(["ocsp", "-index", "index.txt", "-CA", "chain.pem"])
        .args(["-rsigner", "chain.pem", "-rkey", "chain.key"])
        .args(["-issuer", "chain.pem", "-cert", "leaf.pem"])
        .args(["-respout", "staple.der", "-noverify"])
        .output()
        .expect("openssl ocsp");
    assert!(output.status.success(), "{output:?}");
    std::fs::read(folder.join("staple.der")).expect("a response")
}
