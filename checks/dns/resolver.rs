//! Whom a check asks, as people write it.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::instrument::dns::Upstream;
use crate::model::Target;

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
    pub(super) fn targets(&self) -> impl Iterator<Item = Target> {
        let system = || Target::new("system resolver", "udp", PORT);
        let (first, second) = match self {
            Self::System => (system(), None),
            Self::Server(server) => {
                let target = Target::new(server.ip().to_string(), "udp", server.port());
                (target, None)
            }
            Self::Upstream(server) => {
                let carrier = server.scheme().carrier();
                let target = Target::new(server.host(), carrier, server.port());
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

impl Serialize for Authority {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Resolver::Server(self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Authority {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Authority;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a server's address with an optional port, such as \"10.0.0.53\" or \"10.0.0.53:5353\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Authority, E> {
                let bare = text.parse().map(|ip: IpAddr| SocketAddr::new(ip, PORT));
                let address = bare.or_else(|_| text.parse()).ok();
                address
                    .filter(|server| server.port() != 0)
                    .map(Authority)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for Authority {
    fn schema_name() -> Cow<'static, str> {
        "Authority".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["10.0.0.53", "10.0.0.53:5353"] })
    }
}

impl Serialize for Resolver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Resolver {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Resolver;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "\"system\", a server's address with an optional port, such as \"10.0.0.53\", \
                     \"10.0.0.53:5353\" or \"[2001:db8::53]:5353\", or a URL such as \"tcp://10.0.0.53\", \
                     \"tls://dns.example.com\", \"https://dns.example.com/dns-query\" or \
                     \"quic://dns.example.com\"",
                )
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Resolver, E> {
                let address = || {
                    let bare = text.parse().map(|ip: IpAddr| SocketAddr::new(ip, PORT));
                    bare.or_else(|_| text.parse()).ok()
                };
                match text {
                    "system" => Ok(Resolver::System),
                    url if url.contains("://") => {
                        let server = url.parse().map(Resolver::Upstream);
                        // The text is not repeated: who wrote a password into it must not read it in a log.
                        server.map_err(|error| {
                            let wanted: &dyn de::Expected = &self;
                            E::custom(format_args!("{error}; expected {wanted}"))
                        })
                    }
                    _ => address()
                        .filter(|server| server.port() != 0)
                        .map(Resolver::Server)
                        .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for Resolver {
    fn schema_name() -> Cow<'static, str> {
        "Resolver".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "examples": [
                "system",
                "10.0.0.53",
                "10.0.0.53:5353",
                "[2001:db8::53]:5353",
                "tcp://10.0.0.53",
                "tls://dns.example.com",
                "https://dns.example.com/dns-query",
                "quic://dns.example.com",
            ],
        })
    }
}
