//! The budget: the most connections that all pools open at the launch, against every limit on their way to the server.

mod break_glass;
mod judge;
mod ledger;
mod pgbouncer;

pub(super) use judge::{CONNECTIONS, judge};
