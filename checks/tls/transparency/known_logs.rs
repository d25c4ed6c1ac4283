//! The logs that a probe knows, and what it writes down of them.

use super::log_list::LogList;
use super::log_list_file::{self, shipped};
use super::sct::Sct;
use crate::checks::tls::settings::{Settings, Transparency};
use crate::instrument::tls::Anchor;
use crate::model::ProbeError;

/// The list in use.
pub(crate) struct KnownLogs {
    policy: Transparency,
    file: Option<LogList>,
}

impl KnownLogs {
    /// Reads the file of `log-list`. The list that is shipped is only read where it is needed.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(crate) fn load(settings: &Settings) -> Result<Self, ProbeError> {
        let file = settings.log_list.as_ref().map(log_list_file::read);
        Ok(Self {
            policy: settings.transparency(),
            file: file.transpose()?,
        })
    }

    /// The list, where a chain that could lead to these roots may be judged.
    pub(crate) fn list(&self, anchors: &[Anchor]) -> Option<&LogList> {
        let judged = match self.policy {
            Transparency::Require => true,
            Transparency::Prefer => anchors.iter().any(|anchor| anchor.public),
            Transparency::Off => false,
        };
        match &self.file {
            _ if !judged => None,
            Some(list) => Some(list),
            None => shipped(),
        }
    }

    /// Of the list, those logs that a leaf carries timestamps of.
    pub(crate) fn of_leaf(&self, leaf: &[u8], anchors: &[Anchor]) -> Option<LogList> {
        let list = self.list(anchors)?;
        let scts = Sct::embedded(leaf).unwrap_or_default();
        Some(list.only(scts.iter().map(|sct| &sct.log)))
    }
}

/// Adds logs to those that are recorded.
pub(crate) fn add(recorded: &mut Option<LogList>, logs: LogList) {
    match recorded {
        Some(list) => list.add(logs),
        None => *recorded = Some(logs),
    }
}
