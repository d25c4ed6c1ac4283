//! A network of clients by address and prefix length.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A network: "203.0.113.0/24", "2001:db8::/48". A prefix of no bits would tell a resolver nothing (RFC 7871
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

impl Serialize for Subnet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subnet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Subnet;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a network, such as \"203.0.113.0/24\" or \"2001:db8:1::/48\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Subnet, E> {
                match text.parse::<IpNet>() {
                    Ok(network) if network.prefix_len() == 0 => Err(E::custom(format_args!(
                        "\"{text}\" is every network: a region needs at least one bit of prefix"
                    ))),
                    Ok(network) if network != network.trunc() => Err(E::custom(format_args!(
                        "\"{text}\" has bits beyond its prefix: write \"{}\"",
                        network.trunc()
                    ))),
                    Ok(network) => Ok(Subnet(network)),
                    Err(_) => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for Subnet {
    fn schema_name() -> Cow<'static, str> {
        "Subnet".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["203.0.113.0/24", "2001:db8:1::/48"] })
    }
}
