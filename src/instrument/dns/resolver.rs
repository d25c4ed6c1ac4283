//! Whom a check asks for names, as people write it. One spelling with one meaning in every module.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use rustls::pki_types::ServerName;

use super::Upstream;
use crate::instrument::tls::Trust;
use crate::model::endpoint::plain_ipv6;
use crate::model::plan::Reach;
use crate::model::text_value::{TextValue, refused, text_value};

/// Whom to ask.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolver {
    /// The way applications on this machine resolve.
    System,
    /// A server, over UDP, and over TCP where an answer does not fit.
    Server(SocketAddr),
    /// A server over a connection.
    Upstream(Upstream),
}

impl Resolver {
    /// Whether it shows a certificate.
    pub fn is_encrypted(&self) -> bool {
        matches!(self, Self::Upstream(server) if server.scheme().is_encrypted())
    }

    /// The same resolver. An encrypted one then accepts certificates that lead to these roots, for `name` where that
    /// is not its host.
    #[must_use]
    pub fn trusting(&self, trust: &Arc<Trust>, name: Option<&ServerName<'static>>) -> Self {
        match self {
            Self::Upstream(server) => {
                Self::Upstream(server.clone().trusting(trust).named(name.cloned()))
            }
            _ => self.clone(),
        }
    }

    /// What is contacted on its behalf: where it goes by name, the system's resolver too.
    pub fn targets(&self) -> impl Iterator<Item = Reach> {
        let system = || Reach::NotKnownYet("the system's resolver".to_owned());
        let (first, second) = match self {
            Self::System => (system(), None),
            Self::Server(server) => {
                let target = Reach::host(server.ip().to_string(), "udp", server.port());
                (target, None)
            }
            Self::Upstream(server) => {
                let carrier = server.scheme().carrier();
                let target = Reach::host(server.host(), carrier, server.port());
                (target, server.is_named().then(system))
            }
        };
        std::iter::once(first).chain(second)
    }
}

/// The port of DNS over UDP and TCP.
pub const PORT: u16 = 53;

impl fmt::Display for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.pad("system"),
            Self::Server(server) if server.port() == PORT => f.pad(&server.ip().to_string()),
            Self::Server(server) => f.pad(&server.to_string()),
            Self::Upstream(server) => server.fmt(f),
        }
    }
}

/// Reads an address with an optional port.
pub fn server(text: &str) -> Option<SocketAddr> {
    let bare = text.parse().map(|ip: IpAddr| SocketAddr::new(ip, PORT));
    let address = bare.or_else(|_| text.parse()).ok();
    address.filter(|server| server.port() != 0)
}

/// Reads the same, and says what is wrong with an IPv6 address that has no brackets, or a zone.
///
/// # Errors
/// How to write it.
pub fn plain_server(text: &str) -> Result<Option<SocketAddr>, String> {
    plain_ipv6(text).map(|()| server(text))
}

impl FromStr for Resolver {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "system" => Ok(Self::System),
            url if url.contains("://") => {
                // The text is not repeated: who wrote a password into it must not read it in a log.
                let upstream = url.parse().map(Self::Upstream);
                upstream.map_err(|error| format!("{error}; expected {}", Self::EXPECTED))
            }
            _ => plain_server(text)?
                .map(Self::Server)
                .ok_or_else(|| refused::<Self>(text)),
        }
    }
}

impl TextValue for Resolver {
    const EXPECTED: &'static str = "\"system\", a server's address with an optional port, such as \"10.0.0.53\", \
         \"10.0.0.53:5353\" or \"[2001:db8::53]:5353\", or a URL such as \"tcp://10.0.0.53\", \
         \"tls://dns.example.com\", \"https://dns.example.com/dns-query\" or \"quic://dns.example.com\"";
    const EXAMPLES: &'static [&'static str] = &[
        "system",
        "10.0.0.53",
        "10.0.0.53:5353",
        "[2001:db8::53]:5353",
        "tcp://10.0.0.53",
        "tls://dns.example.com",
        "https://dns.example.com/dns-query",
        "quic://dns.example.com",
    ];
}

text_value!(Resolver);
