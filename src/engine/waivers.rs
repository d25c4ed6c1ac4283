//! Which waivers count in a run: those that hold when it begins.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::model::Waiver;

/// Waivers parted by whether they held at the begin of a run.
#[derive(Debug, Default)]
pub(super) struct Waivers {
    holding: HashMap<String, Waiver>,
    /// Those that had expired.
    pub(super) expired: Vec<Waiver>,
}

impl Waivers {
    /// Parts them. Of several for one check, the one that holds longest counts.
    pub(super) fn at(waivers: impl IntoIterator<Item = Waiver>, begin: Timestamp) -> Self {
        let mut parted = Self::default();
        for waiver in waivers {
            if !waiver.holds_at(begin) {
                parted.expired.push(waiver);
                continue;
            }
            match parted.holding.get(&waiver.check) {
                Some(longer) if longer.expires >= waiver.expires => {}
                _ => {
                    parted.holding.insert(waiver.check.clone(), waiver);
                }
            }
        }
        parted
    }

    /// The waiver that holds for a check.
    pub(super) fn of(&self, check: &str) -> Option<&Waiver> {
        self.holding.get(check)
    }
}
