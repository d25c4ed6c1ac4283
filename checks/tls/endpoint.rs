//! Whom a client connects to, as people write it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use rustls::pki_types::ServerName;

use crate::model::written::{Written, written};

/// The port of an endpoint that names none: https.
const PORT: u16 = 443;

/// A DNS name or an IP address, such as a certificate may be issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host(pub(crate) ServerName<'static>);

/// A host and a TCP port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: Host,
    pub(crate) port: u16,
}

impl Host {
    /// The address, where the host is one.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match &self.0 {
            ServerName::IpAddress(address) => Some((*address).into()),
            _ => None,
        }
    }
}

/// Text without user information. It is not repeated: it may hold a password.
fn no_user(text: &str) -> Result<&str, String> {
    if text.contains('@') {
        return Err(
            "a host has no user information: remove what is in front of the `@`".to_owned(),
        );
    }
    Ok(text)
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = no_user(text.trim())?;
        ServerName::try_from(text.to_owned())
            .map(Self)
            .map_err(|_| {
                let mut refusal = format!("\"{text}\" is neither a DNS name nor an IP address");
                if text.contains("://") {
                    refusal.push_str("; an endpoint has no scheme, such as \"gw.example.com:443\"");
                } else if !text.is_ascii() {
                    refusal.push_str("; write an international name in its xn-- form");
                }
                refusal
            })
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = no_user(text.trim())?;
        let port_of = |port: &str| match port.parse() {
            Ok(0) | Err(_) => Err(format!(
                "\"{port}\" in \"{text}\" is not a port from 1 to 65535"
            )),
            Ok(port) => Ok(port),
        };
        let address = |text: &str| text.parse::<Ipv6Addr>().ok().map(IpAddr::from);
        if let Some(address) = address(text) {
            let host = Host(ServerName::from(address));
            return Ok(Self { host, port: PORT });
        }
        if let Some(bracketed) = text.strip_prefix('[') {
            let parts = bracketed.split_once(']').and_then(|(host, rest)| {
                let port = if rest.is_empty() {
                    "443"
                } else {
                    rest.strip_prefix(':')?
                };
                Some((address(host)?, port))
            });
            let (host, port) = parts.ok_or_else(|| {
                format!("\"{text}\" is not an IPv6 endpoint, such as \"[2001:db8::1]:443\"")
            })?;
            let host = Host(ServerName::from(host));
            return Ok(Self {
                host,
                port: port_of(port)?,
            });
        }
        match text.split_once(':') {
            Some((host, port)) if !port.starts_with("//") => Ok(Self {
                host: host.parse()?,
                port: port_of(port)?,
            }),
            _ => Ok(Self {
                host: text.parse()?,
                port: PORT,
            }),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_str())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.address() {
            Some(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            _ => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl Written for Host {
    const EXPECTED: &'static str = "a DNS name or an IP address, such as \"gw.example.com\"";
}

written!(Host);

impl Written for Endpoint {
    const EXPECTED: &'static str =
        "host:port, such as \"gw.example.com:443\" or \"[2001:db8::1]:443\"";
}

written!(Endpoint);
