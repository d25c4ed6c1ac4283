//! Certificates in a folder, a server that presents them, and a check that looks at it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tminus::model::{Finding, Status};

use super::openssl::{Registry, TlsServer, s_server};
use super::probe::{Probe, Seen};
use crate::fixtures::pki::{Authority, DAY, Issued, Leaf, Revocation};

pub const NAME: &str = "gw.test";

pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_secs()).unwrap()
}

pub fn good() -> Leaf {
    Leaf::new(NAME, now() - DAY, now() + 90 * DAY)
}

/// A folder with `roots.pem`, and what issues below that root.
pub struct Pki {
    folder: TempDir,
    pub root: Authority,
    pub middle: Authority,
}

impl Pki {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Authority::root("Test Root");
        let middle = root.intermediate("Test Intermediate", now() - DAY, now() + 900 * DAY);
        let pki = Self {
            folder,
            root,
            middle,
        };
        pki.write("roots.pem", &pki.root.pem());
        pki
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// Serves a leaf with `chain` after it.
    pub fn serve(&self, leaf: &Issued, chain: &str, options: &[&str]) -> TlsServer {
        self.write("leaf.pem", &leaf.pem());
        self.write("leaf.key", &leaf.key_pem());
        self.write("chain.pem", chain);
        s_server(self.path(), options)
    }

    pub fn check(&self, port: u16, more: &str) -> Probe {
        Probe::new(
            "tls",
            format!(
                "endpoints = ['127.0.0.1:{port}']\ntls.server-name = '{NAME}'\ntls.ca-file = 'roots.pem'\n{more}"
            ),
        )
    }

    /// Serves by `openssl s_server` and looks at it.
    pub async fn look(&self, leaf: &Issued, chain: &str, options: &[&str], more: &str) -> Seen {
        let server = self.serve(leaf, chain, options);
        self.check(server.port, more).run(self.path()).await
    }
}

/// A good leaf that names where its status is published.
pub fn named(responder: Option<u16>, list: Option<u16>, must_staple: bool) -> Leaf {
    let mut leaf = good();
    leaf.revocation = Revocation {
        responder: responder.map(|port| format!("http://127.0.0.1:{port}/ocsp")),
        lists: list
            .map(|port| format!("http://127.0.0.1:{port}/list.crl"))
            .into_iter()
            .collect(),
        must_staple,
        ..Revocation::default()
    };
    leaf
}

/// The authority as `openssl` knows it, and the leaf in its books.
pub fn registry<'a>(pki: &'a Pki, leaf: &Issued, revoked: bool) -> Registry<'a> {
    pki.write("ca.pem", &pki.middle.pem());
    pki.write("ca.key", &pki.middle.key_pem());
    pki.write("leaf.pem", &leaf.pem());
    let registry = Registry { folder: pki.path() };
    registry.enter("leaf", revoked);
    registry
}

/// The findings that should have passed and did not, each as its status and what was observed, or else claimed.
pub fn faults(seen: &Seen) -> String {
    let told = |finding: &Finding| {
        let observed = finding.observed.as_ref().unwrap_or(&finding.claim);
        format!("{}: {observed}", finding.status)
    };
    let findings = seen.judgement.findings.iter();
    let faults =
        findings.filter(|finding| !matches!(finding.status, Status::Pass | Status::Skipped));
    faults.map(told).collect::<Vec<_>>().join("\n")
}
