//! Warm-up: the first round fills caches, later ones show whether they are full. By TTLs that fall as time
//! passes, never by times alone: on a short way a cold cache is fast as well. Probing warms, so all that can be said
//! is "consistent with a warm cache".

pub(super) mod judge;
pub(super) mod resolver_rounds;
mod rrsets;
#[cfg(test)]
mod tests;
mod ttl_trend;
