//! The servers behind `tminus demo`: authoritative DNS at two addresses and TLS endpoints under a fresh private CA, all
//! on loopback, all inside this process.
//!
//! They are real servers on real sockets; the demo's checklist probes them like any others.
#![allow(clippy::disallowed_methods, reason = "the lab is a piece of the world")]

mod authority;
mod dns;
mod tls;

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp, Unit};
use tokio::runtime::{Builder, Runtime};

use self::authority::{Age, Authority};
use crate::model::digest::sha256_hex;

const CHECKLIST: &str = include_str!("checklist.toml");
const LOAD_TEST: &str = "Load test of PixelRush 1.4.0: 8,000 requests per second for 30 minutes,\n\
                         P99 142 ms, error rate 0.04%. Accepted.\n";

/// Whether the lab is healthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Every check passes.
    Healthy,
    /// An expired certificate, a stale DNS answer, an endpoint that hangs.
    Broken,
}

/// Why the lab could not start.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A socket or a file.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// The cause.
        source: io::Error,
    },
    /// A key or a certificate.
    #[error("cannot create a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A certificate that TLS rejects.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// A name that DNS rejects.
    #[error("cannot set up the zone: {0}")]
    Zone(#[from] hickory_proto::ProtoError),
}

/// Names what was being done when an I/O error came.
fn during(what: impl Into<String>) -> impl FnOnce(io::Error) -> LabError {
    |source| LabError::Io {
        what: what.into(),
        source,
    }
}

/// Running servers; they stop when this value is dropped.
#[derive(Debug)]
pub struct Lab {
    checklist: PathBuf,
    runtime: Option<Runtime>,
}

impl Lab {
    /// Starts the servers and writes to `folder` the checklist that probes them, with the files it names.
    ///
    /// # Errors
    /// When a socket, a certificate or a file cannot be created.
    pub fn start(folder: &Path, condition: Condition, now: Timestamp) -> Result<Self, LabError> {
        // A separate runtime, as if on another machine.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("lab")
            .enable_all()
            .build()
            .map_err(during("cannot start the lab's runtime"))?;
        let authority = Authority::new(now)?;
        let addresses = runtime.block_on(Addresses::open(&authority, condition))?;
        let checklist = folder.join("checklist.toml");
        let files = [
            (checklist.clone(), addresses.fill_in(CHECKLIST, now)),
            (folder.join("ca.pem"), authority.pem()),
            (folder.join("load-test.txt"), LOAD_TEST.to_owned()),
        ];
        for (path, text) in files {
            fs::write(&path, text).map_err(during(format!("cannot write {}", path.display())))?;
        }
        Ok(Self {
            checklist,
            runtime: Some(runtime),
        })
    }

    /// The checklist that probes this lab.
    pub fn checklist(&self) -> &Path {
        &self.checklist
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Where the servers listen.
struct Addresses {
    primary: SocketAddr,
    secondary: SocketAddr,
    gateway: SocketAddr,
    login: SocketAddr,
}

impl Addresses {
    async fn open(authority: &Authority, condition: Condition) -> Result<Self, LabError> {
        const GATEWAY: &str = "gateway.pixelrush.test";
        const LOGIN: &str = "login.pixelrush.test";
        Ok(match condition {
            Condition::Healthy => Self {
                primary: dns::serve(dns::GATEWAY).await?,
                secondary: dns::serve(dns::GATEWAY).await?,
                gateway: tls::serve(authority, GATEWAY, Age::Fresh).await?,
                login: tls::serve(authority, LOGIN, Age::Fresh).await?,
            },
            Condition::Broken => Self {
                primary: dns::serve(dns::GATEWAY).await?,
                secondary: dns::serve(dns::GATEWAY_OF_LAST_RELEASE).await?,
                gateway: tls::serve(authority, GATEWAY, Age::Expired).await?,
                login: tls::hang().await?,
            },
        })
    }

    fn fill_in(&self, template: &str, now: Timestamp) -> String {
        let hours = |hours| {
            let instant = now
                .saturating_add(SignedDuration::from_hours(hours))
                .unwrap_or(now);
            instant.round(Unit::Minute).unwrap_or(instant).to_string()
        };
        template
            .replace("{t0}", &hours(26))
            .replace("{signed-at}", &hours(-5))
            .replace("{primary}", &self.primary.to_string())
            .replace("{secondary}", &self.secondary.to_string())
            .replace("{gateway-port}", &self.gateway.port().to_string())
            .replace("{login-port}", &self.login.port().to_string())
            .replace("{load-test-sha256}", &sha256_hex(LOAD_TEST.as_bytes()))
    }
}
