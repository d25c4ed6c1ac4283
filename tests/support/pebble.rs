//! Pebble (Debian package `pebble`), the ACME authority that the makers of Let's Encrypt test with, and `dehydrated`, a
//! client of it.

use std::path::Path;
use std::process::Command;

use super::ports::free_port;
use super::server::{Server, accepts};
use crate::fixtures::pki::Authority;
use crate::fixtures::pki::{DAY, Leaf};

/// An authority on loopback.
pub struct Pebble {
    port: u16,
    management: u16,
    _servers: [Server; 2],
}

/// Starts Pebble with its state in `folder`. It finds every name at 127.0.0.1 and ::1, and asks for challenges at
/// `http`, or at `https` where it is redirected there.
pub fn pebble(folder: &Path, now: i64, http: u16, https: u16) -> Pebble {
    let root = Authority::root("Pebble's own");
    let leaf = root.issue(&Leaf::new("127.0.0.1", now - DAY, now + DAY));
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect(name);
    write("pebble-ca.pem", &root.pem());
    write("pebble.pem", &leaf.pem());
    write("pebble.key", &leaf.key_pem());
    let (port, management, dns) = (free_port(), free_port(), free_port());
    write(
        "pebble.json",
        &format!(
            r#"{{"pebble": {{
                "listenAddress": "127.0.0.1:{port}",
                "managementListenAddress": "127.0.0.1:{management}",
                "certificate": "pebble.pem",
                "privateKey": "pebble.key",
                "httpPort": {http},
                "tlsPort": {https},
                "ocspResponderURL": "",
                "externalAccountBindingRequired": false
            }}}}"#
        ),
    );
    let names = free_port();
    let mut resolver = Command::new("pebble-challtestsrv");
    resolver
        .args(["-dns01", &format!("127.0.0.1:{dns}")])
        .args(["-management", &format!("127.0.0.1:{names}")])
        .args(["-http01", "", "-https01", "", "-tlsalpn01", ""]);
    let resolver = Server::start(resolver, folder, || accepts(names) && accepts(dns));
    let mut authority = Command::new("pebble");
    authority
        .current_dir(folder)
        .env("PEBBLE_VA_NOSLEEP", "1")
        .env("PEBBLE_WFE_NONCEREJECT", "0")
        .args(["-config", "pebble.json"])
        .args(["-dnsserver", &format!("127.0.0.1:{dns}")]);
    let authority = Server::start(authority, folder, || accepts(port) && accepts(management));
    Pebble {
        port,
        management,
        _servers: [resolver, authority],
    }
}

impl Pebble {
    /// The root to which what it issues leads, PEM.
    pub fn root(&self, folder: &Path) -> String {
        let output = Command::new("curl")
            .current_dir(folder)
            .args(["--silent", "--fail", "--cacert", "pebble-ca.pem"])
            .arg(format!("https://127.0.0.1:{}/roots/0", self.management))
            .output()
            .expect("curl");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("PEM")
    }

    /// Makes a client that has certificates issued for `name` into `certs/NAME`, answers challenges from
    /// `acme/.well-known/acme-challenge`, and lets nginx load what is new. All of it in `folder`.
    pub fn client(&self, folder: &Path, name: &str) {
        let here = folder.display();
        let write =
            |name: &str, text: String| std::fs::write(folder.join(name), text).expect("a file");
        write(
            "dehydrated.conf",
            format!(
                "CA=https://127.0.0.1:{}/dir\nBASEDIR={here}\nWELLKNOWN={here}/acme/.well-known/acme-challenge\n\
                 CURL_OPTS='--cacert {here}/pebble-ca.pem'\nKEY_ALGO=prime256v1\nHOOK={here}/hook.sh\n",
                self.port
            ),
        );
        write("domains.txt", format!("{name}\n"));
        write(
            "hook.sh",
            format!(
                "#!/bin/sh\n[ \"$1\" = deploy_cert ] || exit 0\n\
                 cp \"$5\" {here}/live.pem && cp \"$3\" {here}/live.key\n\
                 [ ! -e {here}/reload ] || nginx -c {here}/nginx.conf -p {here} -s reload\n"
            ),
        );
        let status = Command::new("chmod")
            .arg("+x")
            .arg(folder.join("hook.sh"))
            .status();
        assert!(status.expect("chmod").success());
        dehydrated(folder, &["--register", "--accept-terms"]);
    }
}

/// Runs the client.
pub fn dehydrated(folder: &Path, arguments: &[&str]) {
    let output = Command::new("dehydrated")
        .current_dir(folder)
        .args(["-f", "dehydrated.conf"])
        .args(arguments)
        .output()
        .expect("dehydrated");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
