//! Rules on warming caches.

use crate::model::Rule;

pub(crate) const COLD_AND_WARM: Rule = Rule {
    id: "dns/cold-and-warm",
    summary: "The times of cold and warm answers are measured",
    why: "At T-0 everyone resolves at once. What a cold cache costs should be known before then.",
    fix: "Find out why the later rounds got no answers.",
};

pub(crate) const WARM_SHARE: Rule = Rule {
    id: "dns/warm-share",
    summary: "At least `warm.min` of the later answers are consistent with a warm cache",
    why: "A cache that does not keep the launch's names sends every lookup to the zone's servers.",
    fix: "Ask in more rounds where several caches share an address. Raise TTLs that run out between rounds, and check \
          that the resolver caches at all.",
};

pub(crate) const WARM_TIME: Rule = Rule {
    id: "dns/warm-time",
    summary: "Warm answers arrive within `warm.p95-max`",
    why: "Warm lookups are what most clients get after T-0.",
    fix: "Check the resolver's load and the network path to it, and whether its cache is warm.",
};

pub(crate) const ZONE_TTL: Rule = Rule {
    id: "dns/zone-ttl",
    summary: "Resolvers hand out the zone's own TTLs",
    why: "Where a resolver rewrites TTLs, the zone no longer decides how long clients keep a record: rollbacks take \
          longer, or caches cool down sooner.",
    fix: "Plan with the TTLs that the resolver really hands out, or have its limits changed (`cache-min-ttl`, \
          `cache-max-ttl`).",
};

pub(crate) const STALE_ANSWERS: Rule = Rule {
    id: "dns/stale-answers",
    summary: "No resolver serves stale answers",
    why: "A resolver that serves expired records (RFC 8767) hides that it cannot reach the zone's servers.",
    fix: "Ask again, and check that the resolver reaches the zone's servers.",
};
