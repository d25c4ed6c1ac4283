//! An attempt where it is, without a copy: packed among the others, or on its own.

use crate::instrument::dns::{Attempt, Outcome, Record, Transport};

/// How many messages were sent, repetitions over TCP not counted, and how many of them were lost.
pub(crate) fn packets<'a>(attempts: impl Iterator<Item = AttemptRef<'a>>) -> (usize, usize) {
    attempts.fold((0, 0), |(sent, lost), attempt| {
        (
            sent + usize::from(attempt.is_packet()),
            lost + usize::from(attempt.is_lost()),
        )
    })
}

/// An attempt where it is.
#[derive(Clone, Copy)]
pub struct AttemptRef<'a> {
    /// How it went out.
    pub transport: Transport,
    /// Which of the system's servers was asked, by its place in the configuration.
    pub server: Option<u8>,
    /// When it went out, in microseconds since the probe began.
    pub start_us: u64,
    /// Until the answer came or was given up, in microseconds.
    pub duration_us: u64,
    /// What came. The TTLs are beside it.
    pub outcome: &'a Outcome,
    pub(crate) ttls: Ttls<'a>,
    /// Its outcome among the different ones, where it is packed.
    pub(crate) place: u32,
}

/// Where the TTLs of records are.
#[derive(Clone, Copy)]
pub(crate) enum Ttls<'a> {
    /// In the records.
    InRecords,
    /// Here, one for all.
    All(u32),
    /// Here, one for each.
    Each(&'a [u32]),
}

impl<'a> AttemptRef<'a> {
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

    pub(super) fn unpacked(self) -> Attempt {
        let mut outcome = self.outcome.clone();
        if let Outcome::Answer(reply) = &mut outcome {
            for (record, ttl) in reply.records.iter_mut().zip(self.ttls()) {
                record.ttl = ttl;
            }
        }
        Attempt {
            transport: self.transport,
            server: self.server,
            start_us: self.start_us,
            duration_us: self.duration_us,
            outcome,
        }
    }
}

impl<'a> From<&'a Attempt> for AttemptRef<'a> {
    fn from(attempt: &'a Attempt) -> Self {
        Self {
            transport: attempt.transport,
            server: attempt.server,
            start_us: attempt.start_us,
            duration_us: attempt.duration_us,
            outcome: &attempt.outcome,
            ttls: Ttls::InRecords,
            place: u32::MAX,
        }
    }
}

/// The records of an answer.
pub(crate) fn records(outcome: &Outcome) -> &[Record] {
    match outcome {
        Outcome::Answer(reply) => &reply.records,
        _ => &[],
    }
}
