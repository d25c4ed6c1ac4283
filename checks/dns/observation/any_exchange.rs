//! An exchange wherever it is: packed among the others, or on its own.

use super::attempt::AttemptRef;
use super::exchange::Exchange;
use super::packed::ExchangeRef;
use crate::instrument::dns::RecordType;

/// What can be read of an exchange.
pub(crate) trait AnyExchange<'a>: Copy {
    fn name(self) -> &'a str;
    fn kind(self) -> RecordType;
    fn resolver(self) -> &'a str;
    /// Counted from 0.
    fn round(self) -> u32;
    /// Each packet in the order of its end.
    fn attempts(self) -> impl Iterator<Item = AttemptRef<'a>>;
}

impl<'a> AnyExchange<'a> for ExchangeRef<'a> {
    fn name(self) -> &'a str {
        ExchangeRef::name(self)
    }
    fn kind(self) -> RecordType {
        ExchangeRef::kind(self)
    }
    fn resolver(self) -> &'a str {
        ExchangeRef::resolver(self)
    }
    fn round(self) -> u32 {
        ExchangeRef::round(self)
    }
    fn attempts(self) -> impl Iterator<Item = AttemptRef<'a>> {
        ExchangeRef::attempts(self)
    }
}

impl<'a> AnyExchange<'a> for &'a Exchange {
    fn name(self) -> &'a str {
        &self.name
    }
    fn kind(self) -> RecordType {
        self.kind
    }
    fn resolver(self) -> &'a str {
        &self.resolver
    }
    fn round(self) -> u32 {
        self.round
    }
    fn attempts(self) -> impl Iterator<Item = AttemptRef<'a>> {
        self.attempts.iter().map(AttemptRef::from)
    }
}
