//! What stands against an address that a name resolves to. This machine reaches 0.0.0.0, 127.0.0.1 and its own addresses
//! without any network, so a probe finds nothing wrong with them; clients elsewhere find nothing at all, or themselves.

use std::net::IpAddr;

use crate::model::Status;
use crate::model::address::Special;

/// What stands against an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// Its kind.
    Special(Special),
    /// It is this machine's own.
    Own,
}

impl Against {
    /// What stands against an address, which may be this machine's own.
    pub fn of(address: IpAddr, own: bool) -> Option<Self> {
        let special = Special::of(address).map(Self::Special);
        special.or(own.then_some(Self::Own))
    }

    /// How bad that is for clients.
    pub fn status(self) -> Status {
        match self {
            Self::Special(special) if special.is_nowhere() => Status::Fail,
            _ => Status::Warn,
        }
    }

    /// A predicate of the address.
    pub fn words(self) -> String {
        match self {
            Self::Special(special) => special.words(),
            Self::Own => {
                "is this machine's own address: a connection from here says nothing of the way to it".to_owned()
            }
        }
    }

    /// In short, where many are counted.
    pub fn word(self) -> &'static str {
        match self {
            Self::Special(Special::Nowhere(what)) => what,
            Self::Special(Special::Loopback) => "loopback",
            Self::Special(Special::LinkLocal) => "link-local",
            Self::Special(Special::Mapped) => "IPv4 in IPv6 form",
            Self::Special(Special::Translated) => "NAT64",
            Self::Own => "this machine's own",
        }
    }

    /// Whether a connection from this machine proves nothing about clients elsewhere.
    pub fn is_local(self) -> bool {
        !matches!(self, Self::Special(Special::Mapped | Special::Translated))
    }

    /// Whether clients cannot use it as an address of its family.
    pub fn lacks_family(self) -> bool {
        match self {
            Self::Special(special) => special.is_nowhere() || !special.is_native(),
            Self::Own => false,
        }
    }
}
