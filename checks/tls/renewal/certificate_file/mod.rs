//! The certificate in a file on disk, which servers are to serve.

pub(crate) mod judge;
pub(crate) mod probe;
pub(crate) mod seen;
