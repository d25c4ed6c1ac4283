//! A question and its attempts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::instrument::dns::{Attempt, Outcome, RecordType, Reply};

/// One question at one resolver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The name as the checklist writes it.
    pub name: Arc<str>,
    /// The record type.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// The resolver as the checklist writes it.
    pub resolver: Arc<str>,
    /// Counted from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub round: u32,
    /// Each packet in the order of its end; none where the probe was cut short before one ended.
    pub attempts: Vec<Attempt>,
}

fn is_first(round: &u32) -> bool {
    *round == 0
}

impl Exchange {
    /// An exchange of the first round without attempts.
    pub(crate) fn open(name: &Arc<str>, kind: RecordType, resolver: &Arc<str>) -> Self {
        Self {
            name: Arc::clone(name),
            kind,
            resolver: Arc::clone(resolver),
            round: 0,
            attempts: Vec::new(),
        }
    }

    /// The whole answer, if there is one.
    pub(crate) fn reply(&self) -> Option<&Reply> {
        match &self.attempts.last()?.outcome {
            Outcome::Answer(reply) if !reply.tc => Some(reply),
            _ => None,
        }
    }
}
