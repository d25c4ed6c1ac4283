//! Servers that are asked over connections, as people write them: `tcp://`, `tls://`, `https://`, `quic://`.

use std::cmp::Ordering;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use http::Uri;
use http::uri::PathAndQuery;
use rustls::pki_types::ServerName;
use tokio::time::Instant;

use super::Transport;
use crate::instrument::lookup::{Found, LookupError, lookup};
use crate::instrument::tls::Trust;
use crate::model::endpoint::plain_ipv6;
use crate::model::{looks_secret, secret};

/// How questions travel to a server that is not asked by datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// `tcp://`: RFC 7766.
    Tcp,
    /// `tls://`: RFC 7858.
    Tls,
    /// `https://`: RFC 8484.
    Https,
    /// `quic://`: RFC 9250.
    Quic,
}

impl Scheme {
    const ALL: [Self; 4] = [Self::Tcp, Self::Tls, Self::Https, Self::Quic];

    /// As URLs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Https => "https",
            Self::Quic => "quic",
        }
    }

    /// The port that needs no mention.
    fn port(self) -> u16 {
        match self {
            Self::Tcp => 53,
            Self::Tls | Self::Quic => 853,
            Self::Https => 443,
        }
    }

    /// Whether the server shows a certificate.
    pub fn is_encrypted(self) -> bool {
        self != Self::Tcp
    }

    /// How its attempts are recorded.
    pub(super) fn transport(self) -> Transport {
        match self {
            Self::Tcp => Transport::Stream,
            Self::Tls => Transport::Tls,
            Self::Https => Transport::Https,
            Self::Quic => Transport::Quic,
        }
    }

    /// The application protocol to agree on. For DNS over TLS none is asked for: servers that know one refuse
    /// what they do not know.
    pub(super) fn alpn(self) -> &'static [&'static [u8]] {
        match self {
            Self::Tcp | Self::Tls => &[],
            Self::Https => &[b"h2"],
            Self::Quic => &[b"doq"],
        }
    }

    /// The protocol below, as firewalls know it.
    pub fn carrier(self) -> &'static str {
        match self {
            Self::Tcp | Self::Tls | Self::Https => "tcp",
            Self::Quic => "udp",
        }
    }
}

/// A server by its URL, and whose certificates it may show.
#[derive(Clone, Debug)]
pub struct Upstream {
    scheme: Scheme,
    host: Host,
    port: u16,
    /// Where questions go with HTTPS.
    path: Option<PathAndQuery>,
    trust: Option<Arc<Trust>>,
    /// What its certificate must be for, where that is not the host.
    name: Option<ServerName<'static>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Host {
    Address(IpAddr),
    /// In lower case, without the final dot.
    Name(String),
}

/// Why a text is no such URL. It never repeats the text: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UpstreamError(&'static str);

impl Upstream {
    /// The same server, with the roots that its certificate must lead to. Without them an encrypted server is
    /// not asked.
    #[must_use]
    pub fn trusting(mut self, trust: &Arc<Trust>) -> Self {
        self.trust = Some(Arc::clone(trust));
        self
    }

    /// The same server, whose certificate is for another name than its host.
    #[must_use]
    pub fn named(mut self, name: Option<ServerName<'static>>) -> Self {
        self.name = name;
        self
    }

    /// Whom it must be able to name as its authority.
    pub(super) fn trust(&self) -> Option<&Trust> {
        self.trust.as_deref()
    }

    /// How its attempts are recorded.
    pub fn transport(&self) -> Transport {
        self.scheme.transport()
    }

    /// How it is asked.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address or name as written, without brackets.
    pub fn host(&self) -> String {
        match &self.host {
            Host::Address(address) => address.to_string(),
            Host::Name(name) => name.clone(),
        }
    }

    /// Whether its address has to be looked up first.
    pub fn is_named(&self) -> bool {
        matches!(self.host, Host::Name(_))
    }

    /// What its certificate must be for.
    pub(super) fn server_name(&self) -> Option<ServerName<'static>> {
        match (&self.name, &self.host) {
            (Some(name), _) => Some(name.clone()),
            (None, Host::Address(address)) => Some(ServerName::from(*address)),
            (None, Host::Name(name)) => ServerName::try_from(name.clone()).ok(),
        }
    }

    /// Where questions go, with HTTPS.
    pub(super) fn uri(&self) -> Option<Uri> {
        let authority = self.to_string();
        let authority = authority.strip_prefix("https://")?.split('/').next()?;
        let uri = Uri::builder().scheme("https").authority(authority);
        uri.path_and_query(self.path.clone()?).build().ok()
    }

    /// Its addresses, by the operating system's own lookup.
    pub(super) async fn addresses(&self, until: Instant) -> Result<Found, LookupError> {
        lookup(&self.host(), self.port, until).await
    }
}

/// By the URL alone.
impl PartialEq for Upstream {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Upstream {}

impl Ord for Upstream {
    fn cmp(&self, other: &Self) -> Ordering {
        let path = |server: &Self| server.path.as_ref().map(ToString::to_string);
        let place = |server: &Self| (server.scheme, server.host.clone(), server.port);
        let url = |server: &Self| (place(server), path(server));
        url(self).cmp(&url(other))
    }
}

impl PartialOrd for Upstream {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Upstream {
    type Err = UpstreamError;

    fn from_str(text: &str) -> Result<Self, UpstreamError> {
        let refused = |why| Err(UpstreamError(why));
        let known = Scheme::ALL.into_iter().find_map(|scheme| {
            let rest = text.strip_prefix(scheme.as_str())?;
            Some((scheme, rest.strip_prefix("://")?))
        });
        let Some((scheme, rest)) = known else {
            return refused("there is no such scheme; known are tcp, tls, https and quic");
        };
        let (rest, path) = match rest.find(['/', '?', '#']) {
            None => (rest, None),
            Some(end) => (&rest[..end], Some(&rest[end..])),
        };
        if rest.contains('@') {
            return refused("a resolver's URL cannot contain user information");
        }
        let path = match (scheme, path) {
            (Scheme::Https, Some(path)) if path.starts_with('/') => {
                // As RFC 8484 section 4.1.1 writes it; a question in the body needs no such variable.
                let path = path.strip_suffix("{?dns}").unwrap_or(path);
                match path.parse() {
                    Ok(read) if !path.contains('#') => {
                        for token in looks_secret::ranges(path) {
                            secret::remember(&path[token]);
                        }
                        Some(read)
                    }
                    _ => return refused("the path is not valid in HTTP"),
                }
            }
            (Scheme::Https, _) => {
                return refused("a path must follow the host, in most cases /dns-query");
            }
            (_, None) => None,
            (_, Some(_)) => return refused("nothing can follow host and port"),
        };
        if plain_ipv6(rest).is_err() {
            return refused(
                "an IPv6 address must be in brackets before its port, as in \"[2001:db8::53]:853\", and without a zone (`%eth0`)",
            );
        }
        let (host, port) = match rest.strip_prefix('[') {
            Some(rest) => {
                let Some((address, port)) = rest.split_once(']') else {
                    return refused("the bracket of the IPv6 address is not closed");
                };
                let Ok(address) = address.parse::<Ipv6Addr>() else {
                    return refused("the brackets do not hold an IPv6 address");
                };
                let port = match port.strip_prefix(':') {
                    None if !port.is_empty() => {
                        return refused("only a port can follow the bracket");
                    }
                    port => port,
                };
                (Host::Address(address.into()), port)
            }
            None => {
                let (host, port) = match rest.split_once(':') {
                    Some((_, port)) if port.contains(':') => (rest, None),
                    Some((host, port)) => (host, Some(port)),
                    None => (rest, None),
                };
                match Host::read(host) {
                    Some(host) => (host, port),
                    None => return refused("the host is neither a domain name nor an IP address"),
                }
            }
        };
        let port = match port.map(str::parse) {
            None => scheme.port(),
            Some(Ok(0) | Err(_)) => return refused("the port is not between 1 and 65535"),
            Some(Ok(port)) => port,
        };
        Ok(Self {
            scheme,
            host,
            port,
            path,
            trust: None,
            name: None,
        })
    }
}

impl Host {
    fn read(text: &str) -> Option<Self> {
        let address = text.parse::<IpAddr>().map(Self::Address).ok();
        address.or_else(|| {
            // What consists of digits and dots is a mistyped address rather than a name.
            let numeric = text
                .bytes()
                .all(|byte| byte == b'.' || byte.is_ascii_digit());
            let name = text.strip_suffix('.').unwrap_or(text).to_lowercase();
            let is_name = matches!(
                ServerName::try_from(name.as_str()),
                Ok(ServerName::DnsName(_))
            );
            (is_name && !numeric).then_some(Self::Name(name))
        })
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{}://", self.scheme.as_str());
        text += &match &self.host {
            Host::Address(IpAddr::V6(address)) => format!("[{address}]"),
            Host::Address(IpAddr::V4(address)) => Ipv4Addr::to_string(address),
            Host::Name(name) => name.clone(),
        };
        if self.port != self.scheme.port() {
            text += &format!(":{}", self.port);
        }
        if let Some(path) = &self.path {
            // A token in the query stays out of reports.
            text += &looks_secret::mask(path.as_str());
        }
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_and_written_in_its_one_form() {
        for (text, written) in [
            ("tcp://10.0.0.53", "tcp://10.0.0.53"),
            ("tcp://10.0.0.53:53", "tcp://10.0.0.53"),
            ("tls://10.0.0.53:853", "tls://10.0.0.53"),
            ("tls://10.0.0.53:53", "tls://10.0.0.53:53"),
            ("tls://DNS.Example.com.", "tls://dns.example.com"),
            ("tls://dns.example.com:8853", "tls://dns.example.com:8853"),
            ("tcp://[2001:db8::0:53]", "tcp://[2001:db8::53]"),
            ("tls://2001:db8::53", "tls://[2001:db8::53]"),
            ("tls://[2001:db8::53]:8853", "tls://[2001:db8::53]:8853"),
            (
                "https://Dns.example.com:443/dns-query{?dns}",
                "https://dns.example.com/dns-query",
            ),
            ("quic://Dns.example.com:853", "quic://dns.example.com"),
            ("https://[2001:db8::53]/", "https://[2001:db8::53]/"),
            (
                "https://10.0.0.53:8443/a?b=c",
                "https://10.0.0.53:8443/a?b=c",
            ),
        ] {
            let read: Upstream = text.parse().unwrap();
            assert_eq!(read.to_string(), written);
            assert_eq!(written.parse::<Upstream>().unwrap(), read);
        }
    }

    #[test]
    fn a_token_in_the_query_is_used_and_not_shown() {
        let text = "https://dns.example.com/dns-query?token=hunter2-hunter2&a=b";
        let (server, secrets) = secret::collect(|| text.parse::<Upstream>());
        let server = server.unwrap();
        let shown = "https://dns.example.com/dns-query?token=***&a=b";
        assert_eq!(server.to_string(), shown);
        assert!(
            server
                .uri()
                .unwrap()
                .to_string()
                .contains("token=hunter2-hunter2&a=b")
        );
        assert_eq!(
            secrets[0].expose(),
            "hunter2-hunter2",
            "struck from what the server says"
        );
        assert_eq!(
            shown.parse::<Upstream>().unwrap().to_string(),
            shown,
            "a record reads back"
        );
    }

    #[test]
    fn what_is_no_such_url_is_refused_without_repeating_it() {
        for text in [
            "udp://10.0.0.53",
            "tls:10.0.0.53",
            "tls://",
            "tls://10.0.0",
            "tls://a b",
            "tls://[10.0.0.53]",
            "tls://[2001:db8::1",
            "tls://[2001:db8::1]853",
            "tls://10.0.0.53:0",
            "tls://10.0.0.53:70000",
            "tls://10.0.0.53:",
            "tls://10.0.0.53/path",
            "tls://me:hunter2@10.0.0.53",
            "https://me:hunter2@10.0.0.53/dns-query",
            "https://dns.example.com",
            "https://dns.example.com?dns",
            "https://dns.example.com/a b",
            "https://dns.example.com/a#b",
        ] {
            let error = text.parse::<Upstream>().unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{text}: {error}");
        }
    }
}
