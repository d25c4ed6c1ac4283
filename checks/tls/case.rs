//! One served chain of one endpoint, and what it is judged against.

use super::endpoint::Endpoint;
use super::settings::Settings;
use super::transparency::LogList;
use crate::instrument::tls::{Anchor, RootSet};
use crate::judging::Window;

/// One chain of one endpoint, and what it is judged against.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) endpoint: &'a Endpoint,
    /// The endpoint, as findings name it, and which of its certificates where it shows others to other clients.
    pub(crate) subject: &'a str,
    pub(crate) roots: &'a [RootSet],
    pub(crate) anchors: &'a [Anchor],
    pub(crate) logs: Option<&'a LogList>,
    pub(crate) window: Window,
}
