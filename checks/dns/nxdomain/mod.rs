//! Names that must not exist, and random ones that cannot: a wildcard or a resolver that rewrites NXDOMAIN
//! answers for them, and then no answer proves that a name was created.

pub(super) mod judge;
pub(super) mod probe;
