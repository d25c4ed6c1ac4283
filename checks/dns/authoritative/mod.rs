//! The walk to the zone's own servers: `find` looks for zones and servers, `above` asks the zones above where they
//! delegate to, `visit` asks the servers, `judge` decides: whether the `delegation` is right, whether they are
//! `reached`, whether they `agree`, and what TTLs they state.

mod above;
mod agree;
mod delegation;
mod find;
pub(super) mod judge;
pub(super) mod probe;
mod reached;
pub(super) mod table;
#[cfg(test)]
mod tests;
mod ttl;
mod visit;
