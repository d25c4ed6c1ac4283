//! `openssl s_server`, which serves whatever certificate it is given and speaks what it is told to; `openssl ca` and
//! `openssl ocsp`, an authority with its books and its responder.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::http;
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

/// An authority in a folder, as `openssl ca` and `openssl ocsp` know it: `ca.pem` and `ca.key` with what it has
/// issued in `index.txt`.
pub struct Registry<'a> {
    pub folder: &'a Path,
}

impl Registry<'_> {
    /// Enters a certificate of `name.pem`, revoked or not.
    pub fn enter(&self, name: &str, revoked: bool) {
        let configuration = "[ca]\ndefault_ca = us\n[us]\ndatabase = index.txt\nunique_subject = no\ndefault_md = sha256\n\
                             default_crl_days = 2\n";
        std::fs::write(self.folder.join("ca.cnf"), configuration).expect("a configuration");
        let index = self.folder.join("index.txt");
        if !index.exists() {
            std::fs::write(&index, "").expect("an index");
        }
        let flag = if revoked { "-revoke" } else { "-valid" };
        let file = format!("{name}.pem");
        let reason: &[&str] = if revoked {
            &["-crl_reason", "keyCompromise"]
        } else {
            &[]
        };
        self.run(
            &[
                &[
                    "ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key",
                ],
                &[flag, &*file][..],
                reason,
            ]
            .concat(),
        );
    }

    /// The revocation list, DER.
    pub fn list(&self) -> Vec<u8> {
        self.run(&[
            "ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-gencrl", "-out",
            "list.pem",
        ]);
        self.run(&[
            "crl", "-in", "list.pem", "-outform", "DER", "-out", "list.crl",
        ]);
        std::fs::read(self.folder.join("list.crl")).expect("a list")
    }

    /// Answers an OCSP request, signed by the certificate and key `signer.pem` and `signer.key`.
    pub fn respond(&self, request: &[u8], signer: &str, number: usize) -> Vec<u8> {
        let [asked, said] = [
            format!("request-{number}.der"),
            format!("response-{number}.der"),
        ];
        std::fs::write(self.folder.join(&asked), request).expect("a request");
        let [signer, key] = [format!("{signer}.pem"), format!("{signer}.key")];
        self.run(&[
            "ocsp",
            "-index",
            "index.txt",
            "-CA",
            "ca.pem",
            "-rsigner",
            &signer,
            "-rkey",
            &key,
            "-ndays",
            "2",
            "-reqin",
            &asked,
            "-respout",
            &said,
        ]);
        std::fs::read(self.folder.join(said)).expect("a response")
    }

    fn run(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .current_dir(self.folder)
            .args(arguments)
            .output()
            .expect("openssl");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
}

/// A responder on loopback that lets `openssl ocsp` answer, by POST and by GET (RFC 6960 appendix A.1).
pub async fn responder(folder: &Path, signer: &'static str) -> u16 {
    let folder = folder.to_owned();
    let number = AtomicUsize::new(0);
    http::serve(move |asked| {
        let request = match asked.method.as_str() {
            "POST" => asked.body,
            _ => {
                let path = asked.path.rsplit("/ocsp/").next().unwrap();
                let path = path
                    .replace("%2B", "+")
                    .replace("%2F", "/")
                    .replace("%3D", "=");
                STANDARD.decode(path).unwrap()
            }
        };
        let number = number.fetch_add(1, Ordering::Relaxed);
        Registry { folder: &folder }.respond(&request, signer, number)
    })
    .await
}
