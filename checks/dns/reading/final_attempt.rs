//! How an exchange ended: enough to read it.

use crate::checks::dns::observation::{AttemptRef, Exchange, ExchangeRef, packets};
use crate::instrument::dns::RecordType;

/// What an exchange came to: enough to read it.
#[derive(Clone, Copy)]
pub(crate) struct FinalAttempt<'a> {
    /// The name as the checklist writes it.
    pub name: &'a str,
    /// The record type.
    pub kind: RecordType,
    /// Datagrams that were sent.
    pub packets: usize,
    /// The last attempt; none where the probe was cut short before one ended.
    pub attempt: Option<AttemptRef<'a>>,
}

impl<'a> From<ExchangeRef<'a>> for FinalAttempt<'a> {
    fn from(entry: ExchangeRef<'a>) -> Self {
        Self {
            name: entry.name(),
            kind: entry.kind(),
            packets: entry.packets().0,
            attempt: entry.attempts().last(),
        }
    }
}

impl<'a> From<&'a Exchange> for FinalAttempt<'a> {
    fn from(exchange: &'a Exchange) -> Self {
        let attempts = || exchange.attempts.iter().map(AttemptRef::from);
        Self {
            name: &exchange.name,
            kind: exchange.kind,
            packets: packets(attempts()).0,
            attempt: attempts().next_back(),
        }
    }
}
