//! Rules on the zones' own servers.

use crate::model::Rule;

pub(crate) const ZONE_FOUND: Rule = Rule {
    id: "dns/zone-found",
    summary: "The zone of every name and its servers are found",
    why: "A zone whose servers cannot be found resolves only for as long as caches last.",
    fix: "Correct the zone's NS records and the addresses of its servers, or list the servers in \
          `authoritative.servers`.",
};

pub(crate) const ZONE_DELEGATION: Rule = Rule {
    id: "dns/zone-delegation",
    summary: "The zone above delegates to the servers that the zone itself lists",
    why: "Resolvers follow the zone above first. A server that only it names gets queries although it may no longer be \
          maintained; one that only the zone names gets few.",
    fix: "Change the name servers at the registrar or in the zone above, or the zone's own NS records, until both are \
          the same.",
};

pub(crate) const ZONE_GLUE: Rule = Rule {
    id: "dns/zone-glue",
    summary: "The zone above hands out the right addresses of the zone's servers",
    why: "Resolvers go to the addresses in the referral (glue). Where they are old, queries go to a machine that is \
          something else by now; where they are missing, a server inside the zone cannot be found.",
    fix: "Update the host records (glue) at the registrar or in the zone above.",
};

pub(crate) const ZONE_ALIAS: Rule = Rule {
    id: "dns/zone-alias",
    summary: "Neither the top of a zone nor the name in an NS record is an alias",
    why: "A CNAME at the top hides the zone's SOA and NS records (RFC 1034 section 3.6.2), and resolvers need not follow \
          one from an NS record (RFC 2181 section 10.3): whether the zone resolves depends on the resolver.",
    fix: "Replace the CNAME record by address records, or by what your provider calls ALIAS or flattening.",
};

pub(crate) const SERVER_TRANSPORTS: Rule = Rule {
    id: "dns/server-transports",
    summary: "Every server of a zone answers over UDP and over TCP",
    why: "Resolvers pick any server of the zone. One that is down costs timeouts, and one without TCP cannot give \
          large answers (RFC 7766 section 5).",
    fix: "Check that the server runs, and that firewalls let its port through over UDP and TCP.",
};

pub(crate) const SERVER_AUTHORITY: Rule = Rule {
    id: "dns/server-authority",
    summary: "Every server of a zone answers for it as an authority",
    why: "A lame server, one that does not have the zone, costs resolvers a retry or gives no answer at all.",
    fix: "Load the zone on this server, or remove it from the NS records here and at the parent.",
};

pub(crate) const SERVER_ANSWER_SIZE: Rule = Rule {
    id: "dns/server-answer-size",
    summary: "Every server of a zone answers questions that allow 1232 bytes",
    why: "Resolvers ask with EDNS. A path that drops these answers makes every lookup wait for a retry (RFC 9715).",
    fix: "Let EDNS, large datagrams and fragments through the firewall, or set the server's maximum EDNS size to 1232.",
};

pub(crate) const ZONE_SERIAL: Rule = Rule {
    id: "dns/zone-serial",
    summary: "All servers of a zone have the same serial number",
    why: "A secondary with an older zone gives a share of the clients the records of before the change.",
    fix: "Check the secondary's log and its access to the primary: a zone transfer may be late or fail.",
};

pub(crate) const ZONE_NS: Rule = Rule {
    id: "dns/zone-ns",
    summary: "All servers of a zone list the same NS records",
    why: "Servers that disagree on who serves the zone hold different versions of it.",
    fix: "Correct the NS records, and check that every secondary has the current zone.",
};

pub(crate) const ZONE_RECORDS: Rule = Rule {
    id: "dns/zone-records",
    summary: "Every record set is the same at all servers of its zone, and is the expected one",
    why: "Which server a resolver asks is chance: where records differ, so does what clients get.",
    fix: "Look for a secondary with an older zone, a server that has not loaded it, or a missing record.",
};
