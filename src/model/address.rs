//! Addresses that do not lead where a name of a launch should lead (the special-purpose registries of RFC 6890).
//!
//! A connection from this machine proves nothing about them: 0.0.0.0 and 127.0.0.1 reach the machine itself, wherever it
//! stands. So whoever judges what a name resolves to has to look at the address too.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize as _, Deserializer};

use super::endpoint::no_zone;
use super::text_value::{TextValue, refused, text_value};

/// An address as a checklist writes it.
struct Literal(IpAddr);

impl FromStr for Literal {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        no_zone(text)?;
        let address = text.trim().parse().map(Self);
        address.map_err(|_| refused::<Self>(text))
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TextValue for Literal {
    const EXPECTED: &'static str =
        "an IP address without brackets and port, such as \"203.0.113.10\" or \"2001:db8::10\"";
}

text_value!(Literal);

/// Reads a list of addresses, with an error in words for what is none. For `#[serde(deserialize_with)]`.
///
/// # Errors
/// The first that is none.
pub fn literals<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpAddr>, D::Error> {
    let literals = Vec::<Literal>::deserialize(deserializer)?;
    Ok(literals.into_iter().map(|literal| literal.0).collect())
}

/// What is special about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Special {
    /// No client anywhere can connect to it. What it is.
    Nowhere(&'static str),
    /// Every client reaches itself.
    Loopback,
    /// It means something on one network segment only.
    LinkLocal,
    /// An IPv4 address in the form of an IPv6 one (RFC 4291 section 2.5.5.2): reached over IPv4, if at all.
    Mapped,
    /// What NAT64 makes of an IPv4 address (RFC 6052, RFC 8215): reached over IPv6 only behind such a translator.
    Translated,
}

impl Special {
    /// What is special about it; nothing about addresses that clients elsewhere, or in the same private network, can
    /// reach.
    pub fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(address) => v4(address),
            IpAddr::V6(address) => v6(address),
        }
    }

    /// A predicate of the address.
    pub fn words(self) -> String {
        match self {
            Self::Nowhere(what) => format!("is {what}: no client can connect to it"),
            Self::Loopback => "is a loopback address: every client reaches itself".to_owned(),
            Self::LinkLocal => {
                "is a link-local address: no client on another network can reach it".to_owned()
            }
            Self::Mapped => {
                "is an IPv4 address in IPv6 form, which no client reaches over IPv6".to_owned()
            }
            Self::Translated => "is made from an IPv4 address for NAT64".to_owned(),
        }
    }

    /// Whether it is as good as no address to every client.
    pub fn is_nowhere(self) -> bool {
        matches!(self, Self::Nowhere(_))
    }

    /// Whether a server with it serves clients over IPv6 of their own.
    pub fn is_native(self) -> bool {
        !matches!(self, Self::Mapped | Self::Translated)
    }
}

fn v4(address: Ipv4Addr) -> Option<Special> {
    Some(match address.octets() {
        [0, 0, 0, 0] => Special::Nowhere("the unspecified address"),
        [0, ..] => Special::Nowhere("an address of \"this network\""),
        [127, ..] => Special::Loopback,
        [169, 254, ..] => Special::LinkLocal,
        [224..=239, ..] => Special::Nowhere("a multicast address"),
        [255, 255, 255, 255] => Special::Nowhere("the broadcast address"),
        [240..=255, ..] => Special::Nowhere("a reserved address"),
        _ => return None,
    })
}

fn v6(address: Ipv6Addr) -> Option<Special> {
    if let Some(inner) = address.to_ipv4_mapped() {
        return Some(match v4(inner) {
            Some(special @ Special::Nowhere(_)) => special,
            _ => Special::Mapped,
        });
    }
    Some(match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Special::Nowhere("the unspecified address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Special::Loopback,
        [0x0100, 0, 0, 0, ..] => Special::Nowhere("an address of the discard prefix"),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0x64, 0xff9b, 1, ..] => Special::Translated,
        [0xfe80..=0xfebf, ..] => Special::LinkLocal,
        [0xff00..=0xffff, ..] => Special::Nowhere("a multicast address"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_lead_nowhere_or_home_are_told_from_those_of_servers() {
        for (address, words) in [
            (
                "0.0.0.0",
                "is the unspecified address: no client can connect to it",
            ),
            (
                "0.1.2.3",
                "is an address of \"this network\": no client can connect to it",
            ),
            (
                "::",
                "is the unspecified address: no client can connect to it",
            ),
            (
                "::ffff:0.0.0.0",
                "is the unspecified address: no client can connect to it",
            ),
            (
                "224.0.0.1",
                "is a multicast address: no client can connect to it",
            ),
            (
                "ff02::1",
                "is a multicast address: no client can connect to it",
            ),
            (
                "255.255.255.255",
                "is the broadcast address: no client can connect to it",
            ),
            (
                "240.0.0.1",
                "is a reserved address: no client can connect to it",
            ),
            (
                "100::7",
                "is an address of the discard prefix: no client can connect to it",
            ),
            (
                "127.0.0.1",
                "is a loopback address: every client reaches itself",
            ),
            (
                "127.9.9.9",
                "is a loopback address: every client reaches itself",
            ),
            ("::1", "is a loopback address: every client reaches itself"),
            (
                "169.254.1.1",
                "is a link-local address: no client on another network can reach it",
            ),
            (
                "fe80::1",
                "is a link-local address: no client on another network can reach it",
            ),
            (
                "febf::1",
                "is a link-local address: no client on another network can reach it",
            ),
            (
                "::ffff:198.18.0.1",
                "is an IPv4 address in IPv6 form, which no client reaches over IPv6",
            ),
            (
                "64:ff9b::c633:6401",
                "is made from an IPv4 address for NAT64",
            ),
            ("64:ff9b:1::1", "is made from an IPv4 address for NAT64"),
            ("10.0.0.1", ""),
            ("100.64.0.1", ""),
            ("192.168.1.1", ""),
            ("8.8.8.8", ""),
            ("fd00::1", ""),
            ("fec0::1", ""),
            ("64:ff9b:2::1", ""),
            ("192.0.2.1", ""),
            ("2001:db8::1", ""),
            ("2001:4860:4860::8888", ""),
        ] {
            let special = Special::of(address.parse().unwrap());
            assert_eq!(
                special.map_or(String::new(), Special::words),
                words,
                "{address}"
            );
        }
    }
}
