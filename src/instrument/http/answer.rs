//! An answer while it comes in. What is in here is kept when the rest is given up.

use super::body::Collector;
use super::head::{Head, Header};

/// An answer as far as it came.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) head: Option<Head>,
    pub(super) body: Collector,
    pub(super) trailers: Vec<Header>,
}
