//! Outcomes as they are compared: without the TTLs of their records.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer};

use super::attempt::records;
use crate::instrument::dns::Outcome;

/// An outcome whose records have no TTL.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Timeless(Outcome);

impl Timeless {
    /// Takes the TTLs out of an outcome, and replaces words that nearly every outcome has by ones that take no room.
    pub(super) fn of(mut outcome: Outcome) -> (Self, Vec<u32>) {
        let ttls = take_ttls(&mut outcome);
        if let Outcome::Answer(reply) = &mut outcome {
            let records = reply.records.iter_mut().map(|record| &mut record.kind);
            for word in std::iter::once(&mut reply.rcode).chain(records) {
                if let Some(common) = COMMON.iter().find(|common| ***common == **word) {
                    *word = Cow::Borrowed(common);
                }
            }
        }
        (Self(outcome), ttls)
    }

    /// The outcome; the TTLs of its records are 0.
    pub(super) fn outcome(&self) -> &Outcome {
        &self.0
    }
}

/// Response codes and record types of nearly every answer.
const COMMON: [&str; 6] = ["NOERROR", "A", "AAAA", "CNAME", "NXDOMAIN", "SERVFAIL"];

impl<'de> Deserialize<'de> for Timeless {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Outcome::deserialize(deserializer).map(|outcome| Self::of(outcome).0)
    }
}

impl Hash for Timeless {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(&self.0).hash(state);
        for record in records(&self.0) {
            record.data.hash(state);
        }
    }
}

/// The TTLs of an answer's records, which are 0 afterwards.
fn take_ttls(outcome: &mut Outcome) -> Vec<u32> {
    match outcome {
        Outcome::Answer(reply) => {
            let records = reply.records.iter_mut();
            let ttls = records.map(|record| std::mem::take(&mut record.ttl));
            ttls.collect()
        }
        _ => Vec::new(),
    }
}
