//! Whom a client connects to, as people write it: `host:port`, `[2001:db8::1]:port`.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use rustls::pki_types::ServerName;

use super::text_value::{TextValue, text_value};

/// A DNS name or an IP address, such as a certificate may be issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(pub ServerName<'static>);

/// A host and a port of TCP or UDP. `PORT` counts where none is written; with 0 one must be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint<const PORT: u16 = 0> {
    /// The host.
    pub host: Host,
    /// The port, 1 to 65535.
    pub port: u16,
}

impl Host {
    /// The address, where the host is one.
    pub fn address(&self) -> Option<IpAddr> {
        match &self.0 {
            ServerName::IpAddress(address) => Some((*address).into()),
            _ => None,
        }
    }
}

impl Host {
    /// Whether the checklist itself says which machine is meant: by an address, or as `localhost` (RFC 6761 section 6.3).
    pub fn is_pinned(&self) -> bool {
        let name = self.0.to_str().to_ascii_lowercase();
        self.address().is_some() || name == "localhost" || name.ends_with(".localhost")
    }
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = no_user(text.trim())?;
        no_zone(text)?;
        let name = ServerName::try_from(ascii(text)).map(Self);
        name.map_err(|_| {
            let mut refusal = format!("\"{text}\" is neither a DNS name nor an IP address");
            if text.contains("://") {
                refusal.push_str("; an endpoint has no scheme, such as \"gw.example.com:443\"");
            }
            refusal
        })
    }
}

/// An international name in the form that certificates and DNS have it in (RFC 5890 section 2.3.2.1).
fn ascii(text: &str) -> String {
    match url::Host::parse(text) {
        Ok(url::Host::Domain(name)) if !text.is_ascii() => name,
        _ => text.to_owned(),
    }
}

impl<const PORT: u16> FromStr for Endpoint<PORT> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = no_user(text.trim())?;
        let (host, port) = parts(text)?;
        let port = match port.map(str::parse) {
            None if PORT == 0 => return Err(format!("\"{text}\" has no port; write host:port")),
            None => PORT,
            Some(Ok(port)) if port != 0 => port,
            _ => {
                let port = port.unwrap_or_default();
                return Err(format!(
                    "\"{port}\" in \"{text}\" is not a port from 1 to 65535"
                ));
            }
        };
        Ok(Self { host, port })
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

/// What is wrong with an IPv6 address that has a port without brackets, or a zone.
///
/// # Errors
/// How to write it. `2001:db8::1:443` may be an address, or one with a port: nobody can tell, so it is refused too.
pub fn plain_ipv6(text: &str) -> Result<(), String> {
    no_zone(text)?;
    let Some((address, port)) = text.rsplit_once(':') else {
        return Ok(());
    };
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit())
        && port.parse().is_ok_and(|port: u16| port > 0);
    if !is_port || address.parse::<Ipv6Addr>().is_err() {
        return Ok(());
    }
    let mut refusal =
        format!("\"{text}\" has a port behind an IPv6 address: write \"[{address}]:{port}\"");
    if text.parse::<Ipv6Addr>().is_ok() {
        refusal += &format!(", or \"[{text}]\" if all of it is the address");
    }
    Err(refusal)
}

/// A zone (RFC 4007 section 11) names an interface of this machine.
pub(super) fn no_zone(text: &str) -> Result<(), String> {
    match text.trim_start_matches('[').split_once('%') {
        Some((address, _)) if address.parse::<Ipv6Addr>().is_ok() => Err(format!(
            "\"{text}\" has a zone, what follows the `%`: link-local addresses are not supported, because they mean \
             nothing on another machine; write the server's global address"
        )),
        _ => Ok(()),
    }
}

/// The host, and the text of the port where there is one.
fn parts(text: &str) -> Result<(Host, Option<&str>), String> {
    plain_ipv6(text)?;
    let address = |text: &str| {
        let address = text.parse::<Ipv6Addr>().ok()?;
        Some(Host(ServerName::from(IpAddr::from(address))))
    };
    if let Some(host) = address(text) {
        return Ok((host, None));
    }
    if let Some(bracketed) = text.strip_prefix('[') {
        let parts = bracketed.split_once(']').and_then(|(host, rest)| {
            let port = match rest {
                "" => None,
                _ => Some(rest.strip_prefix(':')?),
            };
            Some((address(host)?, port))
        });
        return parts.ok_or_else(|| {
            format!("\"{text}\" is not an IPv6 endpoint, such as \"[2001:db8::1]:443\"")
        });
    }
    match text.split_once(':') {
        Some((host, port)) if !port.starts_with("//") => Ok((host.parse()?, Some(port))),
        _ => Ok((text.parse()?, None)),
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_str())
    }
}

impl<const PORT: u16> fmt::Display for Endpoint<PORT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.address() {
            Some(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            _ => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl TextValue for Host {
    const EXPECTED: &'static str = "a DNS name or an IP address, such as \"gw.example.com\"";
}

text_value!(Host);

impl<const PORT: u16> TextValue for Endpoint<PORT> {
    const EXPECTED: &'static str =
        "host:port, such as \"gw.example.com:443\" or \"[2001:db8::1]:443\"";
}

text_value!(Endpoint<const PORT: u16>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_needs_brackets_before_a_port_and_has_no_zone() {
        for (text, words) in [
            (
                "::1:36381",
                "\"::1:36381\" has a port behind an IPv6 address: write \"[::1]:36381\"",
            ),
            (
                "2001:db8::1:443",
                "\"2001:db8::1:443\" has a port behind an IPv6 address: write \"[2001:db8::1]:443\", or \
                 \"[2001:db8::1:443]\" if all of it is the address",
            ),
            ("fe80::1%eth0", "\"fe80::1%eth0\" has a zone"),
            ("fe80::1%eth0:443", "\"fe80::1%eth0:443\" has a zone"),
            ("[fe80::1%eth0]:443", "\"[fe80::1%eth0]:443\" has a zone"),
        ] {
            for read in [
                text.parse::<Endpoint<443>>().map(drop),
                text.parse::<Endpoint>().map(drop),
            ] {
                let error = read.unwrap_err();
                assert!(error.starts_with(words), "{error}");
            }
        }
        assert!("fe80::1%2".parse::<Host>().unwrap_err().contains("zone"));
        for (text, shown) in [
            ("[2001:db8::1:443]", "[2001:db8::1:443]:443"),
            ("2001:db8:0:0:0:0:1:443", "[2001:db8::1:443]:443"), // eight groups are an address
            ("2001:db8::beef", "[2001:db8::beef]:443"),
            ("::1", "[::1]:443"),
        ] {
            assert_eq!(text.parse::<Endpoint<443>>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn a_port_must_be_written_where_there_is_no_default() {
        for (text, with_default, without) in [
            ("gw.example.com:8443", Some("gw.example.com:8443"), true),
            ("gw.example.com", Some("gw.example.com:443"), false),
            ("192.0.2.1:22", Some("192.0.2.1:22"), true),
            ("[2001:db8::1]:22", Some("[2001:db8::1]:22"), true),
            ("[2001:db8::1]", Some("[2001:db8::1]:443"), false),
            ("2001:db8::1", Some("[2001:db8::1]:443"), false),
            ("gw.example.com:0", None, false),
            ("gw.example.com:65536", None, false),
            ("[2001:db8::1]22", None, false),
            ("https://gw.example.com", None, false),
            ("", None, false),
        ] {
            let read = text.parse::<Endpoint<443>>();
            let shown = read.ok().map(|endpoint| endpoint.to_string());
            assert_eq!(shown.as_deref(), with_default, "{text}");
            assert_eq!(text.parse::<Endpoint>().is_ok(), without, "{text}");
        }
    }
}
