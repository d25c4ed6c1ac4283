//! The walk to the zone's own servers: `find` looks for zones and servers, `visit` asks them, `judge` decides:
//! whether they are `reached`, whether they `agree`, and what TTLs they state.

mod agree;
mod find;
pub(super) mod judge;
pub(super) mod probe;
mod reached;
pub(super) mod table;
mod ttl;
mod visit;
