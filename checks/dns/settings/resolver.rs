//! Whom a check asks, as people write it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use crate::instrument::dns::Upstream;
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

    /// What is contacted on its behalf: where it goes by name, the system's resolver too.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Reach> {
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
pub(super) const PORT: u16 = 53;

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

/// An authoritative server, by address and optional port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Authority(pub SocketAddr);

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Resolver::Server(self.0).fmt(f)
    }
}

/// An address with an optional port.
fn server(text: &str) -> Option<SocketAddr> {
    let bare = text.parse().map(|ip: IpAddr| SocketAddr::new(ip, PORT));
    let address = bare.or_else(|_| text.parse()).ok();
    address.filter(|server| server.port() != 0)
}

impl FromStr for Authority {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        server(text).map(Self).ok_or_else(|| refused::<Self>(text))
    }
}

impl TextValue for Authority {
    const EXPECTED: &'static str =
        "a server's address with an optional port, such as \"10.0.0.53\" or \"10.0.0.53:5353\"";
    const EXAMPLES: &'static [&'static str] = &["10.0.0.53", "10.0.0.53:5353"];
}

text_value!(Authority);

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
            _ => server(text)
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
