//! An exchange and its attempts where they stand, without a copy: packed among the others, or on their own.

use std::sync::Arc;

use super::exchanges::{Exchanges, records};
use super::probe::Exchange;
use crate::instrument::dns::{Attempt, Kind, Outcome, Transport};

/// One exchange where it stands.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    pub(super) exchanges: &'a Exchanges,
    pub(super) place: usize,
}

impl<'a> Entry<'a> {
    /// The name as the checklist writes it.
    pub fn name(self) -> &'a Arc<str> {
        &self.exchanges.question_at(self.place).0
    }

    /// The record type.
    pub fn kind(self) -> Kind {
        self.exchanges.question_at(self.place).1
    }

    /// The resolver as the checklist writes it.
    pub fn resolver(self) -> &'a Arc<str> {
        self.exchanges.resolver_at(self.place)
    }

    /// Counted from 0.
    pub fn round(self) -> u32 {
        self.exchanges.round_at(self.place)
    }

    /// Each packet in the order of its end.
    pub fn attempts(self) -> impl Iterator<Item = Tried<'a>> {
        self.exchanges.attempts_at(self.place)
    }

    /// The whole exchange as data of its own.
    pub fn unpacked(self) -> Exchange {
        Exchange {
            name: Arc::clone(self.name()),
            kind: self.kind(),
            resolver: Arc::clone(self.resolver()),
            round: self.round(),
            attempts: self.attempts().map(Tried::unpacked).collect(),
        }
    }

    /// From the first packet to the answer, in microseconds, where there is an answer.
    pub(super) fn latency_us(self) -> Option<u64> {
        let mut attempts = self.attempts();
        let first = attempts.next()?;
        let last = attempts.last().unwrap_or(first);
        match last.outcome {
            Outcome::Answer(reply) if !reply.tc => {
                Some((last.start_us + last.duration_us).saturating_sub(first.start_us))
            }
            _ => None,
        }
    }

    /// How many messages were sent, repetitions over TCP not counted, and how many of them were lost.
    pub(super) fn packets(self) -> (usize, usize) {
        packets(self.attempts())
    }
}

/// How many messages were sent, repetitions over TCP not counted, and how many of them were lost.
pub(super) fn packets<'a>(attempts: impl Iterator<Item = Tried<'a>>) -> (usize, usize) {
    attempts.fold((0, 0), |(sent, lost), attempt| {
        (
            sent + usize::from(attempt.is_packet()),
            lost + usize::from(attempt.is_lost()),
        )
    })
}

/// An attempt where it stands.
#[derive(Clone, Copy)]
pub struct Tried<'a> {
    /// How it went out.
    pub transport: Transport,
    /// When it went out, in microseconds since the probe began.
    pub start_us: u64,
    /// Until the answer came or was given up, in microseconds.
    pub duration_us: u64,
    /// What came. The TTLs stand beside it.
    pub outcome: &'a Outcome,
    pub(super) ttls: Ttls<'a>,
    /// Its outcome among the different ones, where it is packed.
    pub(super) place: u32,
}

/// Where the TTLs of records stand.
#[derive(Clone, Copy)]
pub(super) enum Ttls<'a> {
    /// In the records.
    InRecords,
    /// Here, one for all.
    All(u32),
    /// Here, one for each.
    Each(&'a [u32]),
}

impl<'a> Tried<'a> {
    /// The TTL of one record by its place in the answer.
    pub fn ttl(self, record: usize) -> u32 {
        match self.ttls {
            Ttls::InRecords => records(self.outcome).get(record).map_or(0, |r| r.ttl),
            Ttls::All(ttl) => ttl,
            Ttls::Each(ttls) => ttls.get(record).copied().unwrap_or(0),
        }
    }

    /// The TTL of every record, in order.
    pub fn ttls(self) -> impl Iterator<Item = u32> {
        (0..records(self.outcome).len()).map(move |record| self.ttl(record))
    }

    /// Whether it was a message of our own that left this machine: a datagram, or one of those that share a
    /// connection.
    pub fn is_packet(self) -> bool {
        self.transport.sends(self.outcome)
    }

    /// Whether it was such a message, and nothing acceptable came back.
    pub fn is_lost(self) -> bool {
        self.is_packet() && self.outcome.is_nothing()
    }

    fn unpacked(self) -> Attempt {
        let mut outcome = self.outcome.clone();
        if let Outcome::Answer(reply) = &mut outcome {
            for (record, ttl) in reply.records.iter_mut().zip(self.ttls()) {
                record.ttl = ttl;
            }
        }
        Attempt {
            transport: self.transport,
            start_us: self.start_us,
            duration_us: self.duration_us,
            outcome,
        }
    }
}

impl<'a> From<&'a Attempt> for Tried<'a> {
    fn from(attempt: &'a Attempt) -> Self {
        Self {
            transport: attempt.transport,
            start_us: attempt.start_us,
            duration_us: attempt.duration_us,
            outcome: &attempt.outcome,
            ttls: Ttls::InRecords,
            place: u32::MAX,
        }
    }
}

/// What an exchange came to: enough to read it.
#[derive(Clone, Copy)]
pub(super) struct Last<'a> {
    /// The name as the checklist writes it.
    pub name: &'a str,
    /// The record type.
    pub kind: Kind,
    /// Datagrams that were sent.
    pub packets: usize,
    /// The last attempt; none where the probe was cut short before one ended.
    pub attempt: Option<Tried<'a>>,
}

impl<'a> From<Entry<'a>> for Last<'a> {
    fn from(entry: Entry<'a>) -> Self {
        Self {
            name: entry.name(),
            kind: entry.kind(),
            packets: entry.packets().0,
            attempt: entry.attempts().last(),
        }
    }
}

impl<'a> From<&'a Exchange> for Last<'a> {
    fn from(exchange: &'a Exchange) -> Self {
        let attempts = || exchange.attempts.iter().map(Tried::from);
        Self {
            name: &exchange.name,
            kind: exchange.kind,
            packets: packets(attempts()).0,
            attempt: attempts().next_back(),
        }
    }
}
