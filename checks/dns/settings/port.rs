//! Ports as checklists write them.

use std::fmt;
use std::str::FromStr;

use crate::model::text_value::{TextValue, refused, text_value};

/// A port that accepts connections: "443/tcp".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TcpPort(pub u16);

impl fmt::Display for TcpPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/tcp", self.0)
    }
}

impl FromStr for TcpPort {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let port = text.strip_suffix("/tcp").and_then(|port| port.parse().ok());
        port.filter(|port| *port != 0)
            .map(TcpPort)
            .ok_or_else(|| refused::<Self>(text))
    }
}

impl TextValue for TcpPort {
    const EXPECTED: &'static str = "a TCP port, such as \"443/tcp\"";
    const EXAMPLES: &'static [&'static str] = &["443/tcp"];
}

text_value!(TcpPort);
