//! Whether a certificate names a server, by the rules of each client (RFC 9525).
//!
//! Both clients look at alternative names and take a wildcard for the leftmost label. They differ at the edges: OpenSSL
//! still falls back to the common name where there is no DNS name, takes a star within a label, and none for a top-level
//! domain; Go does neither of the first two, and takes `*.example` for `host.example`.

use std::net::IpAddr;

use rustls::pki_types::ServerName;

use super::clients::Client;
use crate::checks::tls::certificate::Hosts;

/// Whether a client finds a server among the names of its certificate.
pub(in crate::checks::tls) fn names(
    hosts: &Hosts,
    server: &ServerName<'_>,
    client: Client,
) -> bool {
    // Before version 3 there were no extensions, and Go reads none.
    let read = client == Client::OpenSsl || hosts.version_3;
    let host = match server {
        ServerName::IpAddress(address) => {
            let (wanted, mapped) = match IpAddr::from(*address) {
                IpAddr::V4(v4) => (v4.octets().to_vec(), v4.to_ipv6_mapped().octets().to_vec()),
                IpAddr::V6(v6) => (v6.octets().to_vec(), v6.octets().to_vec()),
            };
            // Go takes an IPv4 address also where it is mapped into IPv6.
            let fits =
                |bytes: &Vec<u8>| *bytes == wanted || client == Client::Go && *bytes == mapped;
            return read && hosts.addresses.iter().any(fits);
        }
        ServerName::DnsName(name) => name.as_ref(),
        _ => return false,
    };
    match client {
        Client::Go => read && hosts.dns.iter().any(|name| go(name, host)),
        Client::OpenSsl if hosts.dns.is_empty() => {
            hosts.common.iter().any(|name| openssl(name, host))
        }
        Client::OpenSsl => hosts.dns.iter().any(|name| openssl(name, host)),
    }
}

/// `matchHostnames` of crypto/x509.
fn go(name: &str, host: &str) -> bool {
    if !like_a_host(name) {
        return name.eq_ignore_ascii_case(host);
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let (mut names, mut hosts) = (name.split('.'), host.split('.'));
    if name == "*" || name.starts_with("*.") {
        names.next();
        hosts.next();
    }
    names.clone().count() == hosts.clone().count()
        && names
            .zip(hosts)
            .all(|(name, host)| name.eq_ignore_ascii_case(host))
}

/// Whether Go looks for wildcards in a name: labels of letters, digits, hyphens and underscores, the first possibly a star.
fn like_a_host(name: &str) -> bool {
    name.split('.').enumerate().all(|(place, label)| {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let star = place == 0 && label == "*";
        star || !label.is_empty() && !label.starts_with('-') && label.bytes().all(letters)
    })
}

/// `equal_wildcard` of OpenSSL's `v3_utl.c`.
fn openssl(name: &str, host: &str) -> bool {
    match star(name) {
        None => name.eq_ignore_ascii_case(host),
        Some((before, after)) => {
            let enough = host.len() >= before.len() + after.len();
            let (Some(start), Some(end)) = (
                host.get(..before.len()).filter(|_| enough),
                host.get(host.len().saturating_sub(after.len())..),
            ) else {
                return false;
            };
            let between = host
                .get(before.len()..host.len() - after.len())
                .unwrap_or_default();
            let whole = before.is_empty() && after.starts_with('.');
            let idna = host
                .get(..4)
                .is_some_and(|four| four.eq_ignore_ascii_case("xn--"));
            start.eq_ignore_ascii_case(before)
                && end.eq_ignore_ascii_case(after)
                && (!whole || !between.is_empty())
                && (whole || !idna)
                && between
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        }
    }
}

/// What is before and after the star, where it is one that OpenSSL takes: one, at an end of the leftmost label, with
/// two labels to the right, and not beside letters of an internationalised label.
fn star(name: &str) -> Option<(&str, &str)> {
    let (before, after) = name.split_once('*')?;
    let (rest, others) = after.split_once('.')?;
    let letters = |label: &str| {
        let fit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        label.bytes().all(fit)
    };
    let labels = others.split('.').all(|label| {
        !label.is_empty() && letters(label) && !label.starts_with('-') && !label.ends_with('-')
    });
    let idna = before
        .get(..4)
        .is_some_and(|four| four.eq_ignore_ascii_case("xn--"));
    (others.contains('.')
        && labels
        && letters(before)
        && letters(rest)
        && (before.is_empty() || rest.is_empty())
        && !idna
        && !before.starts_with('-'))
    .then_some((before, after))
}

#[cfg(test)]
mod tests {
    use super::{go, openssl};

    #[test]
    fn wildcards_are_taken_as_each_client_takes_them() {
        for (name, host, by_openssl, by_go) in [
            ("gw.test", "GW.test", true, true),
            ("*.game.test", "gw.game.test", true, true),
            ("*.game.test", "a.gw.game.test", false, false),
            ("*.game.test", "game.test", false, false),
            ("*.test", "gw.test", false, true),
            ("g*.game.test", "gw.game.test", true, false),
            ("*w.game.test", "gw.game.test", true, false),
            ("g*w.game.test", "gw.game.test", false, false),
            ("g*.game.test", "xn--g.game.test", false, false),
            ("gw.*.test", "gw.game.test", false, false),
            ("*.*.test", "gw.game.test", false, false),
            ("*", "gw", false, true),
        ] {
            assert_eq!(
                openssl(name, host),
                by_openssl,
                "OpenSSL: {name} for {host}"
            );
            assert_eq!(go(name, host), by_go, "Go: {name} for {host}");
        }
    }
}
