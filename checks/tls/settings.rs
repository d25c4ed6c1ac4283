//! What a `tls` check can be told.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::endpoint::{Endpoint, Host};
use super::min_left::MinLeft;
use super::protocol::{OldProtocols, PostQuantum};
use super::renewal::{self, HotSwap};
use super::resumption::Resume;
use super::revocation::Policy;
use super::saving::{self, StapleSaving};
use super::transparency::{self, Transparency};
use crate::instrument::tls::StartTls;
use crate::model::Complaint;
use crate::model::units::Period;

/// The keys of a `tls` check.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// What clients connect to: `host`, `host:port`, `[2001:db8::1]:port`. The port is 443 unless given.
    #[serde(default)]
    pub(super) endpoints: Vec<Endpoint>,
    /// Text file of further endpoints, one to a line, relative to the checklist.
    #[serde(default)]
    pub(super) endpoints_file: Option<PathBuf>,
    /// IP addresses to connect to instead of looking the endpoints up.
    #[serde(default)]
    pub(super) addresses: Vec<IpAddr>,
    /// The name to ask for and to find in the certificate, where it is not the endpoint's host.
    #[serde(default)]
    pub(super) server_name: Option<Host>,
    /// The protocol in which TLS is asked for before it begins.
    #[serde(default)]
    pub(super) starttls: Option<StartTls>,
    /// PEM file of the certificate that is shown to servers that ask for one, and its chain.
    #[serde(default)]
    pub(super) client_certificate: Option<PathBuf>,
    /// PEM file of its unencrypted private key.
    #[serde(default)]
    pub(super) client_key: Option<PathBuf>,
    /// Whether every endpoint must answer over both IPv4 and IPv6.
    #[serde(default)]
    pub(super) dual_stack: bool,
    /// Whose root certificates are trusted; the system's unless `ca-file` is given.
    #[serde(default)]
    pub(super) trust: Option<Trust>,
    /// PEM file of root certificates, relative to the checklist.
    #[serde(default)]
    pub(super) ca_file: Option<PathBuf>,
    /// File of transparency logs in Google's format (log_list.json, version 3), relative to the checklist.
    #[serde(default)]
    pub(super) log_list: Option<PathBuf>,
    /// Whose certificates transparency logs must vouch for: those of public authorities unless `log-list` is given.
    #[serde(default)]
    pub(super) transparency: Option<Transparency>,
    /// How long the certificate must still last at T-0: a length of time, a share of its lifetime, or both, of
    /// which the smaller counts.
    #[serde(default)]
    pub(super) min_left: MinLeft,
    /// How long after T-0 the chain must be valid in any case.
    #[serde(default = "a_day")]
    pub(super) cover: Period,
    /// Application protocols to offer, the most wanted first.
    #[serde(default)]
    pub(super) alpn: Vec<String>,
    /// Whether servers may still speak TLS 1.0 and 1.1.
    #[serde(default)]
    pub(super) old_protocols: OldProtocols,
    /// Whether servers must know a post-quantum key exchange.
    #[serde(default)]
    pub(super) post_quantum: PostQuantum,
    /// Whether sessions of clients that come back must be resumed; not looked at unless given.
    #[serde(default)]
    pub(super) resumption: Option<Resume>,
    /// Whether a staple must save clients more time than it costs; not looked at unless given.
    #[serde(default)]
    pub(super) staple_saving: Option<StapleSaving>,
    /// How many clients come to each address and come back to it, and how often a staple is measured: 1 to 100.
    #[serde(default)]
    pub(super) handshakes: Option<u8>,
    /// PEM file of the certificate that is to be served, relative to the checklist.
    #[serde(default)]
    pub(super) file: Option<PathBuf>,
    /// The same, of a file that holds the private key too.
    #[serde(default)]
    pub(super) secret_file: Option<PathBuf>,
    /// Whether challenges of ACME (http-01) must reach every address.
    #[serde(default)]
    pub(super) acme_http01: bool,
    /// Other hosts to which such challenges may be redirected.
    #[serde(default)]
    pub(super) acme_hosts: Vec<Host>,
    /// The port at which they are asked for.
    #[serde(default = "http")]
    pub(super) acme_port: u16,
    /// The other port to which they may be redirected.
    #[serde(default = "https")]
    pub(super) acme_https_port: u16,
    /// A certificate that is installed and loaded under watch, before anything else is looked at.
    #[serde(default)]
    pub(super) hot_swap: Option<HotSwap>,
    /// Whether addresses of one endpoint may serve different certificates.
    #[serde(default)]
    pub(super) allow_different: bool,
    /// How much is asked of each certificate's revocation.
    #[serde(default)]
    pub(super) revocation: Policy,
    /// Whether the OCSP responder of each certificate is asked as well.
    #[serde(default)]
    pub(super) ocsp_query: bool,
    /// How long a connection may take.
    #[serde(default = "five_seconds")]
    pub(super) connect_timeout: Period,
    /// How long a handshake may take.
    #[serde(default = "five_seconds")]
    pub(super) handshake_timeout: Period,
}

/// Whose root certificates are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// The operating system's trust store.
    System,
    /// Mozilla's list as this program was built with it.
    Web,
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
    /// Rules that the types of the settings cannot tell.
    pub(super) fn review(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if self.endpoints.is_empty() && self.endpoints_file.is_none() {
            let complaint = Complaint::new("endpoints", "no endpoint is named");
            complaints.push(complaint.help("name at least one, such as \"gw.example.com:443\""));
        }
        match (&self.client_certificate, &self.client_key) {
            (Some(_), None) => complaints.push(
                Complaint::new("client-certificate", "a client certificate needs its key")
                    .help("name the PEM file of its private key as `client-key`"),
            ),
            (None, Some(_)) => complaints.push(
                Complaint::new("client-key", "a client key needs its certificate")
                    .help("name the PEM file of the certificate as `client-certificate`"),
            ),
            _ => {}
        }
        match self.handshakes {
            Some(_) if self.resumption.is_none() && self.staple_saving.is_none() => {
                let problem = "nothing is measured without `resumption` or `staple-saving`";
                let complaint = Complaint::new("handshakes", problem);
                complaints.push(complaint.help("set `resumption = \"note\"`"));
            }
            Some(0 | 101..) => {
                let problem = "an address is met between 1 and 100 times";
                complaints.push(Complaint::new("handshakes", problem));
            }
            _ => {}
        }
        if self.ocsp_query && self.revocation == Policy::Off {
            let problem = "responders cannot be asked where `revocation` is \"off\"";
            complaints.push(Complaint::new("ocsp-query", problem));
        }
        complaints.extend(transparency::review(self));
        complaints.extend(saving::review(self));
        complaints.extend(renewal::review(self));
        let mut seen = Vec::new();
        for endpoint in &self.endpoints {
            if seen.contains(&endpoint) {
                let problem = format!("`{endpoint}` is named twice");
                complaints.push(Complaint::new("endpoints", problem));
            }
            seen.push(endpoint);
        }
        // RFC 7301 section 3.1: a protocol name has 1 to 255 bytes.
        let nameless = |name: &String| name.is_empty() || name.len() > 255;
        if self.alpn.iter().any(nameless) {
            let problem = "an application protocol has between 1 and 255 bytes";
            complaints.push(Complaint::new("alpn", problem).help("such as \"h2\""));
        }
        complaints
    }
}
