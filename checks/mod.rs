//! The registry of check modules, and nothing else.

use crate::model::Registry;

/// Every module of this build, in the order documentation lists them.
pub const REGISTRY: Registry = Registry::new(&[]);
