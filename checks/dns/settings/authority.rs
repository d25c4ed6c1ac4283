//! Authoritative servers as checklists write them.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use crate::instrument::dns::{Resolver, resolver};
use crate::model::text_value::{TextValue, refused, text_value};

/// An authoritative server, by address and optional port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Authority(pub SocketAddr);

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Resolver::Server(self.0).fmt(f)
    }
}

impl FromStr for Authority {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        resolver::plain_server(text)?
            .map(Self)
            .ok_or_else(|| refused::<Self>(text))
    }
}

impl TextValue for Authority {
    const EXPECTED: &'static str =
        "a server's address with an optional port, such as \"10.0.0.53\" or \"10.0.0.53:5353\"";
    const EXAMPLES: &'static [&'static str] = &["10.0.0.53", "10.0.0.53:5353"];
}

text_value!(Authority);
