//! A network of clients by address and prefix length.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::model::text_value::{TextValue, refused, text_value};

/// A network: "203.0.113.0/24", "2001:db8::/48". A prefix of no bits would say nothing to a resolver (RFC 7871
/// section 7.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subnet(IpNet);

impl Subnet {
    /// Address and prefix length.
    pub fn parts(self) -> (IpAddr, u8) {
        (self.0.addr(), self.0.prefix_len())
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Subnet {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<IpNet>() {
            Ok(network) if network.prefix_len() == 0 => Err(format!(
                "\"{text}\" is every network: a region needs at least one bit of prefix"
            )),
            Ok(network) if network != network.trunc() => Err(format!(
                "\"{text}\" has bits beyond its prefix: write \"{}\"",
                network.trunc()
            )),
            Ok(network) => Ok(Self(network)),
            Err(_) => Err(refused::<Self>(text)),
        }
    }
}

impl TextValue for Subnet {
    const EXPECTED: &'static str = "a network, such as \"203.0.113.0/24\" or \"2001:db8:1::/48\"";
    const EXAMPLES: &'static [&'static str] = &["203.0.113.0/24", "2001:db8:1::/48"];
}

text_value!(Subnet);
