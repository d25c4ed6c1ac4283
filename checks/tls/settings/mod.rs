//! What a `tls` check can be told.

mod hot_swap;
mod policy;
mod review;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checks::tls::endpoint::{Endpoint, Host};
use crate::checks::tls::min_left::MinLeft;
use crate::instrument::tls::StartTls;
use crate::model::units::Period;

pub(crate) use hot_swap::HotSwap;
pub use policy::TrustStore;
pub(crate) use policy::{OldProtocols, PostQuantum, Resume, Revocation, StapleGain, Transparency};

/// How often an address is contacted where `handshakes` does not say it.
const HANDSHAKES: u8 = 3;

/// The keys of a `tls` check.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// What clients connect to: `host`, `host:port`, `[2001:db8::1]:port`. The port is 443 unless given.
    #[serde(default)]
    pub(crate) endpoints: Vec<Endpoint>,
    /// Text file of further endpoints, one to a line, relative to the checklist.
    #[serde(default)]
    pub(crate) endpoints_file: Option<PathBuf>,
    /// IP addresses to connect to instead of looking the endpoints up.
    #[serde(default)]
    pub(crate) addresses: Vec<IpAddr>,
    /// The name to ask for and to find in the certificate, where it is not the endpoint's host.
    #[serde(default)]
    pub(crate) server_name: Option<Host>,
    /// The protocol in which TLS is asked for before it begins.
    #[serde(default)]
    pub(crate) starttls: Option<StartTls>,
    /// PEM file of the certificate that is shown to servers that ask for one, and its chain.
    #[serde(default)]
    pub(crate) client_certificate: Option<PathBuf>,
    /// PEM file of its unencrypted private key.
    #[serde(default)]
    pub(crate) client_key: Option<PathBuf>,
    /// Whether every endpoint must answer over both IPv4 and IPv6.
    #[serde(default)]
    pub(crate) dual_stack: bool,
    /// Whose root certificates are trusted; the system's unless `ca-file` is given.
    #[serde(default)]
    pub(crate) trust: Option<TrustStore>,
    /// PEM file of root certificates, relative to the checklist.
    #[serde(default)]
    pub(crate) ca_file: Option<PathBuf>,
    /// File of transparency logs in Google's format (log_list.json, version 3), relative to the checklist.
    #[serde(default)]
    pub(crate) log_list: Option<PathBuf>,
    /// Whose certificates transparency logs must vouch for: those of public authorities unless `log-list` is given.
    #[serde(default)]
    pub(crate) transparency: Option<Transparency>,
    /// How long the certificate must still last at T-0: a length of time, a share of its lifetime, or both, of
    /// which the smaller counts.
    #[serde(default)]
    pub(crate) min_left: MinLeft,
    /// How long after T-0 the chain must be valid in any case.
    #[serde(default = "a_day")]
    pub(crate) cover: Period,
    /// Application protocols to offer, the most wanted first.
    #[serde(default)]
    pub(crate) alpn: Vec<String>,
    /// Whether servers may still speak TLS 1.0 and 1.1.
    #[serde(default)]
    pub(crate) old_protocols: OldProtocols,
    /// Whether servers must know a post-quantum key exchange.
    #[serde(default)]
    pub(crate) post_quantum: PostQuantum,
    /// Whether sessions of clients that come back must be resumed; not looked at unless given.
    #[serde(default)]
    pub(crate) resumption: Option<Resume>,
    /// Whether a staple must save clients more time than it costs; not looked at unless given.
    #[serde(default)]
    pub(crate) staple_saving: Option<StapleGain>,
    /// How many clients come to each address and come back to it, and how often a staple is measured: 1 to 100.
    #[serde(default)]
    pub(crate) handshakes: Option<u8>,
    /// PEM file of the certificate that is to be served, relative to the checklist.
    #[serde(default)]
    pub(crate) file: Option<PathBuf>,
    /// The same, of a file that holds the private key too.
    #[serde(default)]
    pub(crate) secret_file: Option<PathBuf>,
    /// Whether challenges of ACME (http-01) must reach every address.
    #[serde(default)]
    pub(crate) acme_http01: bool,
    /// Other hosts to which such challenges may be redirected.
    #[serde(default)]
    pub(crate) acme_hosts: Vec<Host>,
    /// The port at which they are asked for.
    #[serde(default = "http")]
    pub(crate) acme_port: u16,
    /// The other port to which they may be redirected.
    #[serde(default = "https")]
    pub(crate) acme_https_port: u16,
    /// A certificate that is installed and loaded under watch, before anything else is looked at.
    #[serde(default)]
    pub(crate) hot_swap: Option<HotSwap>,
    /// Whether addresses of one endpoint may serve different certificates.
    #[serde(default)]
    pub(crate) allow_different: bool,
    /// How much is asked of each certificate's revocation.
    #[serde(default)]
    pub(crate) revocation: Revocation,
    /// Whether the OCSP responder of each certificate is asked as well.
    #[serde(default)]
    pub(crate) ocsp_query: bool,
    /// How long a connection may take.
    #[serde(default = "five_seconds")]
    pub(crate) connect_timeout: Period,
    /// How long a handshake may take.
    #[serde(default = "five_seconds")]
    pub(crate) handshake_timeout: Period,
}

fn a_day() -> Period {
    Period(Duration::from_secs(24 * 60 * 60))
}

fn five_seconds() -> Period {
    Period(Duration::from_secs(5))
}

fn http() -> u16 {
    80
}

fn https() -> u16 {
    443
}

impl Settings {
    /// How many clients come to each address, and how often a staple is measured.
    pub(crate) fn handshakes(&self) -> usize {
        usize::from(self.handshakes.unwrap_or(HANDSHAKES))
    }

    /// What to ask an endpoint for, and what its certificate has to name.
    pub(crate) fn server<'a>(&'a self, endpoint: &'a Endpoint) -> &'a Host {
        self.server_name.as_ref().unwrap_or(&endpoint.host)
    }

    /// Whose certificates must be logged. A check with a list of logs means its certificates to be in them, whoever
    /// has issued them.
    pub(crate) fn transparency(&self) -> Transparency {
        let unless_said = match self.log_list {
            Some(_) => Transparency::Require,
            None => Transparency::Prefer,
        };
        self.transparency.unwrap_or(unless_said)
    }

    /// The file whose certificate the servers are to serve.
    pub(crate) fn served_file(&self) -> Option<&Path> {
        let named = self.file.as_ref().or(self.secret_file.as_ref());
        named.map(AsRef::as_ref)
    }
}
