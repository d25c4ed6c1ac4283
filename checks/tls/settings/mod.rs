//! The settings of a `tls` check.

mod acme;
mod hot_swap;
mod measured;
mod policy;
mod review;
mod timeouts;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checks::tls::endpoint::{Endpoint, Host};
use crate::checks::tls::min_left::MinLeft;
use crate::instrument::dns::Resolver;
use crate::instrument::tls::StartTls;
use crate::model::InputFile;
use crate::model::address::literals;
use crate::model::tls_settings::TlsSettings;
use crate::model::units::{UpTo, YEAR};

pub(super) use acme::Acme;
pub(super) use hot_swap::HotSwap;
pub(super) use measured::{Resumption, StapleGain};
pub(super) use policy::{
    Also, OldProtocols, PostQuantum, ResumptionLevel, Revocation, StapleLevel, Transparency,
};
pub(super) use timeouts::Timeouts;

/// Where the keys of earlier versions are now.
pub(super) const MOVED: &[(&str, &str)] = &[
    ("trust", "tls.trust"),
    ("ca-file", "tls.ca-file"),
    ("client-certificate", "tls.certificate"),
    ("client-key", "tls.key"),
    ("server-name", "tls.server-name"),
    ("acme-http01", "acme"),
    ("acme-hosts", "acme.hosts"),
    ("acme-port", "acme.port"),
    ("acme-https-port", "acme.https-port"),
    ("handshakes", "resumption.handshakes"),
    ("staple-saving", "staple-gain"),
    ("connect-timeout", "timeouts.connect"),
    ("handshake-timeout", "timeouts.handshake"),
];

/// The keys of a `tls` check.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// What clients connect to: `host`, `host:port`, `[2001:db8::1]:port`. The default port is 443.
    /// International names are accepted.
    #[serde(default)]
    pub(crate) endpoints: Vec<Endpoint>,
    /// Text file of further endpoints, one per line; `#` starts a comment. Relative to the checklist.
    #[serde(default)]
    pub(crate) endpoints_file: Option<InputFile>,
    /// IP addresses to connect to instead of looking the endpoints up, for servers that are not in DNS yet.
    #[serde(default, deserialize_with = "literals")]
    pub(crate) addresses: Vec<IpAddr>,
    /// Resolvers to look the endpoints up at: "system" (as an application on this machine resolves), a server by address
    /// and optional port, or one by URL: `tcp://10.0.0.53`, `tls://dns.example.com`, `https://dns.example.com/dns-query`,
    /// `quic://dns.example.com`. All addresses that they give are contacted.
    #[serde(default = "resolvers")]
    #[schemars(length(min = 1))]
    pub(crate) resolvers: Vec<Resolver>,
    /// The protocol in which TLS is requested before it begins, for servers with STARTTLS. It does not change the
    /// default port.
    #[serde(default)]
    pub(crate) starttls: Option<StartTls>,
    /// Whose roots are trusted, the client's certificate, and the name to ask for and to find in the server's.
    #[serde(default)]
    pub(crate) tls: TlsSettings,
    /// Whether every endpoint must answer over both IPv4 and IPv6.
    #[serde(default)]
    pub(crate) dual_stack: bool,
    /// Whether addresses of one endpoint may serve different certificates.
    #[serde(default)]
    pub(crate) allow_different: bool,
    /// How long the certificate must still last at T-0: a duration, a share of its lifetime, or both, of which the
    /// smaller counts. The default, 30 days and one third, suits certificates of 90, 47 and 6 days.
    #[serde(default)]
    pub(crate) min_left: MinLeft,
    /// How long after T-0 the whole chain must be valid in any case.
    #[serde(default = "a_day")]
    pub(crate) cover: UpTo<{ 10 * YEAR }>,
    /// Application protocols to offer, the most wanted first, such as `["h2", "http/1.1"]`. The server must select one.
    #[serde(default)]
    pub(crate) alpn: Vec<String>,
    /// As what other clients to contact each address, and to judge what they are shown: `"without-sni"`,
    /// `"each-version"`. An RSA or ECDSA certificate beside the first is asked for in any case.
    #[serde(default)]
    pub(crate) also: Vec<Also>,
    /// How servers that still accept TLS 1.0 or 1.1 are judged.
    #[serde(default)]
    pub(crate) old_protocols: OldProtocols,
    /// Whether servers must support a post-quantum key exchange such as X25519MLKEM768.
    #[serde(default)]
    pub(crate) post_quantum: PostQuantum,
    /// How strictly revocation is checked.
    #[serde(default)]
    pub(crate) revocation: Revocation,
    /// Whether to ask the OCSP responder that a certificate names as well.
    #[serde(default)]
    pub(crate) ocsp_query: bool,
    /// Which certificates must be in Certificate Transparency logs. Absent: `"prefer"`, and `"require"` where `log-list`
    /// is given.
    #[serde(default)]
    pub(crate) transparency: Option<Transparency>,
    /// File of transparency logs in Google's format (`log_list.json`, version 3), in place of the built-in list, which
    /// is Chrome's as of the release of tminus.
    #[serde(default)]
    pub(crate) log_list: Option<InputFile>,
    /// PEM file of the certificate that the servers must serve, its issuers after it, as ACME clients write it.
    #[serde(default)]
    pub(crate) file: Option<PathBuf>,
    /// The same, for a file that also holds the private key, as haproxy loads it. The key goes into no report.
    #[serde(default)]
    pub(crate) secret_file: Option<PathBuf>,
    /// Checks that ACME http-01 challenges reach every address. Leave it out where the ACME client itself listens only
    /// while it renews.
    #[serde(default)]
    pub(crate) acme: Option<Acme>,
    /// Measures, or requires, that clients that come back resume their sessions.
    #[serde(default)]
    pub(crate) resumption: Option<Resumption>,
    /// Measures, or requires, that a staple saves clients more time than it costs.
    #[serde(default)]
    pub(crate) staple_gain: Option<StapleGain>,
    /// Replaces a certificate while clients are connected, and watches who notices. Needs `--allow write`.
    #[serde(default)]
    pub(crate) hot_swap: Option<HotSwap>,
    /// How long each step at one address may take; the check's own `timeout` ends them all.
    #[serde(default)]
    pub(crate) timeouts: Timeouts,
}

fn resolvers() -> Vec<Resolver> {
    vec![Resolver::System]
}

fn a_day() -> UpTo<{ 10 * YEAR }> {
    UpTo::new(Duration::from_secs(24 * 60 * 60))
}

impl Settings {
    /// How many clients come to each address and come back.
    pub(crate) fn handshakes_to_resume(&self) -> usize {
        let asked = self.resumption.as_ref();
        asked.map_or(0, |asked| usize::from(asked.handshakes))
    }

    /// How often a staple is measured at each address.
    pub(crate) fn handshakes_with_staple(&self) -> usize {
        let asked = self.staple_gain.as_ref();
        asked.map_or(0, |asked| usize::from(asked.handshakes))
    }

    /// What to ask an endpoint for, and what its certificate has to name.
    pub(crate) fn server(&self, endpoint: &Endpoint) -> Host {
        let name = self.tls.server_name.as_ref();
        let name = name.and_then(|name| name.parse().ok());
        name.unwrap_or_else(|| endpoint.host.clone())
    }

    /// Which certificates must be logged. A check with a list of logs expects its certificates in them, whichever CA
    /// issued them.
    pub(crate) fn transparency(&self) -> Transparency {
        let default = match self.log_list {
            Some(_) => Transparency::Require,
            None => Transparency::Prefer,
        };
        self.transparency.unwrap_or(default)
    }

    /// Whether something is looked up, as far as the settings say: names without `addresses`.
    pub(crate) fn looks_up(&self) -> bool {
        let named = self.endpoints.iter();
        let named = named.filter(|endpoint| endpoint.host.address().is_none());
        self.addresses.is_empty() && (self.endpoints_file.is_some() || named.count() > 0)
    }

    /// The hosts that are known before anything is looked up, each with a port.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = (String, u16)> {
        self.endpoints.iter().flat_map(|endpoint| {
            let given = self.addresses.iter().map(ToString::to_string);
            let named = self.addresses.is_empty().then(|| endpoint.host.to_string());
            given.chain(named).map(|host| (host, endpoint.port))
        })
    }

    /// The file whose certificate the servers are to serve.
    pub(crate) fn served_file(&self) -> Option<&Path> {
        let named = self.file.as_ref().or(self.secret_file.as_ref());
        named.map(AsRef::as_ref)
    }
}
