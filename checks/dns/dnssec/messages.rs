//! The messages that were gathered, and what is still missing: a look for a message that is not there is noted,
//! and the probe asks until nothing is missing. So the probe needs no plan of its own.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{self, Name};

use super::anchors::Anchors;
use super::question::Key;
use super::signed::{self, RrSet};
use crate::instrument::dns::RecordType;

/// Names up to the zone of an alias that are tried.
const STEPS: usize = 8;

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

    /// The zone that a record set must be signed by: whose signature it bears, and without one the zone that its
    /// name is in.
    pub(super) fn zone_of(&self, set: &RrSet<'_>) -> Result<Name, String> {
        if let Some(signer) = set.signer() {
            return Ok(signer);
        }
        self.zone_at(set.owner)
    }

    /// The zone that a name is in, by its SOA record.
    fn zone_at(&self, name: &Name) -> Result<Name, String> {
        let mut at = name.to_lowercase();
        for _ in 0..STEPS {
            let message = self.get(&at, RecordType::Soa)?;
            let soa = |set: &RrSet<'_>| set.kind == rr::RecordType::SOA && set.owner.zone_of(&at);
            let answers = signed::sets(&message.answers);
            let here = answers.iter().find(|set| soa(set));
            let authorities = signed::sets(&message.authorities);
            let found = match answers.is_empty() {
                true => authorities.iter().find(|set| soa(set)),
                false => here, // an alias: what is in the authority section is about its target
            };
            if let Some(found) = found {
                return Ok(found.owner.to_lowercase());
            }
            if at.is_root() {
                break;
            }
            at = at.base_name();
        }
        Err(format!("the zone of {name} is not found"))
    }

    /// The zone above: who answers for the DS records, or in whose zone the name above is.
    pub(super) fn parent(&self, zone: &Name) -> Result<Name, String> {
        let message = self.get(zone, RecordType::Ds)?;
        let answers = signed::sets(&message.answers);
        let authorities = signed::sets(&message.authorities);
        let ds = answers
            .iter()
            .filter(|set| set.kind == rr::RecordType::DS && set.owner == zone);
        let signers = ds.chain(&authorities).filter_map(RrSet::signer);
        let soas = authorities
            .iter()
            .filter(|set| set.kind == rr::RecordType::SOA);
        let soas = soas.map(|set| set.owner.to_lowercase());
        let above = |parent: &Name| parent.zone_of(zone) && parent != zone;
        let parent = signers.chain(soas).find(above);
        match parent {
            Some(parent) => Ok(parent),
            None => self.zone_at(&zone.base_name()),
        }
    }

    /// Looks at everything that a judgement of this question will look at, whatever it says.
    pub(super) fn walk(&self, name: &Name, kind: RecordType) {
        let Ok(message) = self.get(name, kind) else {
            return;
        };
        for set in signed::sets(&message.answers) {
            if let Ok(zone) = self.zone_of(&set) {
                self.climb(zone);
            }
        }
    }

    fn climb(&self, mut zone: Name) {
        loop {
            let keys = self.get(&zone, RecordType::Dnskey);
            if zone.is_root() || !self.anchors.of(&zone).is_empty() {
                return;
            }
            match (keys, self.parent(&zone)) {
                (_, Ok(parent)) => zone = parent,
                (_, Err(_)) => return,
            }
        }
    }
}
