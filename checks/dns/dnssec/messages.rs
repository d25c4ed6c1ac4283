//! The messages that were gathered, and what is still missing: a look for a message that is not there is noted,
//! and the probe asks until nothing is missing. So the probe needs no plan of its own.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::Name;

use super::anchors::Anchors;
use super::question::Key;
use crate::instrument::dns::RecordType;

/// Messages by question.
pub(super) struct Messages {
    by_question: HashMap<Key, Result<Message, String>>,
    missing: RefCell<BTreeSet<Key>>,
    pub(super) anchors: Anchors,
}

impl Messages {
    pub(super) fn new(anchors: Anchors) -> Self {
        Self {
            by_question: HashMap::new(),
            missing: RefCell::default(),
            anchors,
        }
    }

    /// Puts in what came, or why nothing did.
    pub(super) fn put(&mut self, key: Key, came: Result<Message, String>) {
        self.by_question.insert(key, came);
    }

    /// What was looked for in vain since the last call.
    pub(super) fn missing(&self) -> Vec<Key> {
        self.missing.take().into_iter().collect()
    }

    /// A message, or why there is none. NXDOMAIN is one; other codes say nothing.
    pub(super) fn get(&self, name: &Name, kind: RecordType) -> Result<&Message, String> {
        let key = (name.to_lowercase(), kind);
        let because = |reason: &str| format!("{kind} of {name}: {reason}");
        match self.by_question.get(&key) {
            Some(Ok(message)) => match message.metadata.response_code {
                ResponseCode::NoError | ResponseCode::NXDomain => Ok(message),
                code => Err(because(&format!("{code}"))),
            },
            Some(Err(reason)) => Err(because(reason)),
            None => {
                self.missing.borrow_mut().insert(key);
                Err(because("not observed"))
            }
        }
    }

    /// Notes that a message will be looked for.
    pub(super) fn want(&self, name: &Name, kind: RecordType) {
        let key = (name.to_lowercase(), kind);
        if !self.by_question.contains_key(&key) {
            self.missing.borrow_mut().insert(key);
        }
    }
}
