//! Rules on answers.

use crate::model::Rule;

pub(crate) const RESOLVES: Rule = Rule {
    id: "dns/resolves",
    summary: "Every name resolves at every resolver, to the expected records where `expect` lists them",
    why: "A name that is missing or wrong at one resolver is an outage for every client behind it.",
    fix: "Create or correct the record in its zone. After a recent change, wait until the old TTL, or the zone's \
          negative TTL, has run out.",
};

pub(crate) const USABLE_ADDRESS: Rule = Rule {
    id: "dns/usable-address",
    summary: "Clients elsewhere can use every address that comes back",
    why: "This machine reaches 0.0.0.0, 127.0.0.1 and its own addresses without any network. For everyone else they lead \
          nowhere, or to themselves.",
    fix: "Correct the record in its zone. If the address is right, list it in `expect`. Where it is this machine's own, \
          run tminus on another machine as well.",
};

pub(crate) const EXPECTATION_ASKED: Rule = Rule {
    id: "dns/expectation-asked",
    summary: "Every name in `expect` is asked for",
    why: "An expectation for a name that nothing asks for is never checked. Most often it is a typo.",
    fix: "Add the name to `names` or to the names file, or correct its spelling in `expect`.",
};

pub(crate) const SAME_ANSWER: Rule = Rule {
    id: "dns/same-answer",
    summary: "All resolvers that answer give the same records",
    why: "Different answers mean that a change has not reached everyone, that clients see different views of the \
          zone, or that one answer is forged.",
    fix: "Wait out the old TTL after a change, then compare the resolvers. Set `same-answer = false` where answers \
          differ by design.",
};

pub(crate) const GONE_ADDRESS: Rule = Rule {
    id: "dns/gone-address",
    summary: "No resolver returns an address listed in `gone`",
    why: "Clients that still get a retired address connect to a machine that no longer serves them.",
    fix: "Remove the address from the zone, then wait until the old TTL has run out at every resolver.",
};

pub(crate) const GONE_SERVING: Rule = Rule {
    id: "dns/gone-serving",
    summary: "Addresses listed in `gone` accept no connections",
    why: "A client that resolves once stays with an address for as long as it answers, and misses the launch \
          without any error.",
    fix: "Close its connections so that clients resolve again, or keep the address in service until they have left.",
};

pub(crate) const DUAL_STACK: Rule = Rule {
    id: "dns/dual-stack",
    summary: "Every name has IPv4 and IPv6 addresses",
    why: "Clients of the missing address family cannot connect, or wait for a fallback.",
    fix: "Add the missing A or AAAA record.",
};

pub(crate) const ALIAS_CHAIN: Rule = Rule {
    id: "dns/alias-chain",
    summary: "Chains of aliases are no longer than `cname-max` and end in records",
    why: "Every CNAME is one more lookup and one more zone that can fail.",
    fix: "Point the name at its final target, and remove aliases that lead nowhere.",
};

pub(crate) const ABSENT_NAME: Rule = Rule {
    id: "dns/absent-name",
    summary: "Names listed in `absent` do not exist at any resolver",
    why: "A name that exists early gives the launch away; one that exists late keeps a retired service alive.",
    fix: "Remove the record. Where there is none, look for a wildcard, or for a resolver that rewrites NXDOMAIN.",
};

pub(crate) const WILDCARD: Rule = Rule {
    id: "dns/wildcard",
    summary: "Random names under the zones in `absent-under` do not exist",
    why: "A wildcard, or a resolver that rewrites NXDOMAIN, answers for any name, so an answer no longer proves that \
          a name was created.",
    fix: "Remove the wildcard from the zone, or use a resolver that does not rewrite NXDOMAIN.",
};

pub(crate) const REGION: Rule = Rule {
    id: "dns/region",
    summary: "Clients of each region are sent to that region's addresses",
    why: "Players who are sent to another region get its latency, or a region that is not open yet.",
    fix: "Correct the zone's map of networks to addresses. Where the resolver ignores client subnets, ask one that \
          forwards them, or the zone's own server.",
};

pub(crate) const REACHABLE: Rule = Rule {
    id: "dns/reachable",
    summary: "Every address that an answer returns accepts connections",
    why: "A client that gets an address with nothing behind it waits for a timeout before it tries another one.",
    fix: "Start the service there, open the firewall, or remove the address from the zone.",
};

pub(crate) const TTL_MAX: Rule = Rule {
    id: "dns/ttl-max",
    summary: "No TTL is longer than `ttl-max`",
    why: "A rollback takes as long as the longest TTL: until then clients keep the old address.",
    fix: "Lower the TTL in the zone, then wait until the old one has run out everywhere.",
};

pub(crate) const TTL_MIN: Rule = Rule {
    id: "dns/ttl-min",
    summary: "No TTL is shorter than `ttl-min`",
    why: "Short TTLs empty caches and multiply the queries that the zone's servers have to answer at T-0.",
    fix: "Raise the TTL in the zone. Ask an authoritative server for this: caches count TTLs down.",
};
