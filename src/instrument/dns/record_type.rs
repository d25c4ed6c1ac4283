//! The record types that can be asked for.

use std::fmt;

use hickory_proto::rr;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A record type, by its mnemonic (RFC 1035 section 3.2.2 and its successors).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
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
    /// Service binding (RFC 9460).
    Svcb,
    /// HTTPS service binding.
    Https,
    /// Name of an address. For a name that is an address itself, the name under in-addr.arpa or ip6.arpa is asked for.
    Ptr,
    /// Naming authority pointer.
    Naptr,
    /// Certificate or key of a TLS server.
    Tlsa,
    /// Fingerprint of an SSH host key.
    Sshfp,
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

impl RecordType {
    /// The mnemonic.
    pub fn as_str(self) -> &'static str {
        self.wire().into()
    }

    /// Whether its records hold one address each.
    pub fn is_address(self) -> bool {
        matches!(self, Self::A | Self::Aaaa)
    }

    /// The type as hickory knows it.
    pub fn wire(self) -> rr::RecordType {
        match self {
            Self::A => rr::RecordType::A,
            Self::Aaaa => rr::RecordType::AAAA,
            Self::Cname => rr::RecordType::CNAME,
            Self::Mx => rr::RecordType::MX,
            Self::Txt => rr::RecordType::TXT,
            Self::Srv => rr::RecordType::SRV,
            Self::Svcb => rr::RecordType::SVCB,
            Self::Https => rr::RecordType::HTTPS,
            Self::Ptr => rr::RecordType::PTR,
            Self::Naptr => rr::RecordType::NAPTR,
            Self::Tlsa => rr::RecordType::TLSA,
            Self::Sshfp => rr::RecordType::SSHFP,
            Self::Caa => rr::RecordType::CAA,
            Self::Ns => rr::RecordType::NS,
            Self::Soa => rr::RecordType::SOA,
            Self::Ds => rr::RecordType::DS,
            Self::Dnskey => rr::RecordType::DNSKEY,
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
