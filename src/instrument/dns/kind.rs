//! The record types that can be asked for.

use std::fmt;

use hickory_proto::rr::RecordType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A record type, by its mnemonic (RFC 1035 section 3.2.2 and its successors).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// IPv4 address.
    A,
    /// IPv6 address.
    Aaaa,
    /// Alias.
    Cname,
    /// Mail exchanger.
    Mx,
    /// Text.
    Txt,
    /// Service location.
    Srv,
    /// HTTPS service binding.
    Https,
    /// Certification authority authorisation.
    Caa,
    /// Name server.
    Ns,
    /// Start of authority.
    Soa,
    /// Delegation signer: a zone's keys as its parent knows them.
    Ds,
    /// Keys of a zone.
    Dnskey,
}

impl Kind {
    /// The mnemonic.
    pub fn as_str(self) -> &'static str {
        self.wire().into()
    }

    /// Whether its records hold one address each.
    pub fn is_address(self) -> bool {
        matches!(self, Self::A | Self::Aaaa)
    }

    /// The type as hickory knows it.
    pub fn wire(self) -> RecordType {
        match self {
            Self::A => RecordType::A,
            Self::Aaaa => RecordType::AAAA,
            Self::Cname => RecordType::CNAME,
            Self::Mx => RecordType::MX,
            Self::Txt => RecordType::TXT,
            Self::Srv => RecordType::SRV,
            Self::Https => RecordType::HTTPS,
            Self::Caa => RecordType::CAA,
            Self::Ns => RecordType::NS,
            Self::Soa => RecordType::SOA,
            Self::Ds => RecordType::DS,
            Self::Dnskey => RecordType::DNSKEY,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
