//! How connections to a resolver went, bounded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::instrument::dns::Session;
use crate::instrument::tls::RootSet;

/// Connections that are written down one by one.
const SPELT: usize = 20;

/// How the connections to one resolver went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// The roots that its certificate had to lead to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roots: Vec<RootSet>,
    /// How many could be used.
    #[serde(default)]
    pub opened: u64,
    /// How many could not.
    #[serde(default)]
    pub failed: u64,
    /// How many ended or fell silent while a question was open on them, by how they did.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lost: BTreeMap<String, u64>,
    /// The first ones, and the first of each failure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<Session>,
}

impl Sessions {
    /// Whether nothing was seen.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes up a connection.
    pub(crate) fn add(&mut self, session: Session) {
        match session.failure {
            None => self.opened += 1,
            Some(_) => self.failed += 1,
        }
        let same =
            |known: &Session| known.address == session.address && known.failure == session.failure;
        let new = session.failure.is_some() && !self.first.iter().any(same);
        if self.first.len() < SPELT || (new && self.first.len() < 2 * SPELT) {
            self.first.push(session);
        }
    }

    /// Takes up a loss.
    pub(crate) fn lose(&mut self, reason: String) {
        let known = self.lost.contains_key(&reason) || self.lost.len() < SPELT;
        let reason = if known {
            reason
        } else {
            "in yet other ways".into()
        };
        *self.lost.entry(reason).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::dns::Outcome;

    #[test]
    fn what_is_written_down_of_connections_is_bounded() {
        let mut sessions = Sessions::default();
        let session = |port: u16, failure: Option<Outcome>| Session {
            address: Some(([192, 0, 2, 1], port).into()),
            start_us: 0,
            duration_us: 0,
            protocol: None,
            certificate: None,
            failure,
        };
        for port in 0..1000 {
            sessions.add(session(port, None));
            sessions.lose(format!("closed after {port} bytes"));
        }
        let untrusted = || Outcome::Untrusted {
            reason: "it expired".into(),
        };
        for port in 0..1000 {
            sessions.add(session(port, Some(untrusted())));
        }
        assert_eq!((sessions.opened, sessions.failed), (1000, 1000));
        assert_eq!(sessions.first.len(), 2 * SPELT);
        assert!(
            sessions
                .first
                .iter()
                .any(|session| session.failure.is_some())
        );
        assert_eq!(sessions.lost.values().sum::<u64>(), 1000);
        assert_eq!(sessions.lost.len(), SPELT + 1);
    }
}
