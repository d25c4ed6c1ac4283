//! One of the certificates and roots among which paths are sought.

use super::facts::Facts;
use crate::instrument::tls::Anchor;

/// A certificate that a path may lead by.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) facts: Facts,
    /// The whole certificate; nothing where it is not known.
    pub(super) der: &'a [u8],
    /// Its place in the served chain.
    pub(super) served: Option<usize>,
    /// The root that it is.
    pub(super) anchor: Option<&'a Anchor>,
    /// A root of which name and key are known, and no certificate.
    pub(super) bare: bool,
}
