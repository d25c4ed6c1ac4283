//! The logs that a probe knows, and what it writes down of them.

use super::log_list::LogList;
use super::log_list_file::{load, shipped};
use super::sct::Sct;
use crate::checks::tls::settings::{Settings, Transparency};
use crate::instrument::tls::Anchor;
use crate::model::{Context, ProbeError};

/// The list in use.
pub(crate) struct KnownLogs {
    policy: Transparency,
    file: Option<LogList>,
}

impl KnownLogs {
    /// Reads the file that `log-list` names. The list that is shipped is only read where it is needed.
    pub(crate) async fn load(settings: &Settings, context: &Context) -> Result<Self, ProbeError> {
        let policy = settings.transparency();
        let Some(path) = settings.log_list.clone() else {
            return Ok(Self { policy, file: None });
        };
        let folder = context.folder.clone();
        let loading = tokio::task::spawn_blocking(move || load(&path, &folder));
        match loading.await {
            Ok(loaded) => {
                let file = Some(loaded.map_err(ProbeError::new)?);
                Ok(Self { policy, file })
            }
            Err(error) => Err(ProbeError::new(format!(
                "loading the list of logs: {error}"
            ))),
        }
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
