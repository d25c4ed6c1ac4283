//! Rules on resolvers and the paths to them.

use crate::model::Rule;

pub(crate) const HOSTS_FILE: Rule = Rule {
    id: "dns/hosts-file",
    summary: "The hosts file of this machine answers for none of the names",
    why: "An entry in the hosts file is true on this machine only, so the check proves nothing about other clients.",
    fix: "Remove the name from the hosts file, or ask a server by its address.",
};

pub(crate) const SYSTEM_SERVERS: Rule = Rule {
    id: "dns/system-servers",
    summary: "The name servers of this machine say what getaddrinfo gives",
    why: "Applications get what getaddrinfo gives. Where the servers say something else, a local cache, another source in \
          nsswitch.conf or the order of the servers decides, and another machine, or the next lookup, gets another answer.",
    fix: "Make the servers in /etc/resolv.conf agree, and look at /etc/nsswitch.conf and at local caches (nscd, systemd-resolved).",
};

pub(crate) const LATENCY: Rule = Rule {
    id: "dns/latency",
    summary: "Every answer arrives within `latency-max`",
    why: "Nothing starts before the name is resolved: slow lookups delay every first connection.",
    fix: "Warm the resolver's cache by asking again. If it stays slow, check its load and the network path to it.",
};

pub(crate) const PACKET_LOSS: Rule = Rule {
    id: "dns/packet-loss",
    summary: "Every query is answered the first time",
    why: "Clients wait seconds for every lost packet.",
    fix: "Check the network path to the resolver, its load and its rate limit.",
};

pub(crate) const STRAY_PACKETS: Rule = Rule {
    id: "dns/stray-packets",
    summary: "Nothing arrives but answers to open questions",
    why: "Late and repeated answers come from slow or duplicated paths. Unknown ids and questions come from a broken \
          server, or from an attempt at forgery.",
    fix: "Capture the traffic to this resolver and find out who sends these packets.",
};

pub(crate) const EDNS: Rule = Rule {
    id: "dns/edns",
    summary: "Every server answers questions with EDNS",
    why: "Resolvers ask with EDNS (RFC 6891). A server that answers only without it costs a repetition, or a timeout, for \
          every lookup, cannot give large answers in one datagram, and serves no signatures.",
    fix: "Update the server, or let messages with EDNS through whatever is in front of it.",
};

pub(crate) const SECOND_ANSWER: Rule = Rule {
    id: "dns/second-answer",
    summary: "No question gets two different answers",
    why: "Where a second, different answer follows, one of the two is not the resolver's own: someone on the path \
          injects answers, or two servers answer at one address. Which one a client takes is chance.",
    fix: "Capture the traffic to this resolver, compare both answers with the zone's own servers, and find out who \
          sends the other one. Ask over an encrypted connection (`tls://`, `https://`) to get around the path.",
};

pub(crate) const REFUSED: Rule = Rule {
    id: "dns/refused",
    summary: "Every resolver serves this machine",
    why: "A resolver that refuses this machine may serve others: the check says nothing about its clients.",
    fix: "Check the resolver's log: it may not serve this machine, not answer for these zones, or limit the rate. Or run \
          the check where its clients are.",
};

pub(crate) const RATE_LIMIT: Rule = Rule {
    id: "dns/rate-limit",
    summary: "Every resolver keeps up with the rate of questions",
    why: "A resolver that limits the rate drops lookups. Many clients behind one address hit the same limit.",
    fix: "Lower `query.qps` and run again. If all questions are answered then, have the limit raised for this machine. If \
          not, check the resolver's load and its path to the zones' servers.",
};

pub(crate) const ANSWER_POLICY: Rule = Rule {
    id: "dns/answer-policy",
    summary: "No resolver replaces the zone's answers by a policy of its own",
    why: "Clients behind a resolver that blocks, censors or filters a name do not get the launch (RFC 8914).",
    fix: "Have the names removed from this resolver's block lists.",
};

pub(crate) const CLIENT_CERTIFICATE: Rule = Rule {
    id: "dns/client-certificate",
    summary: "The client certificate for encrypted resolvers is valid at T-0 and for a day after it",
    why: "When it expires, every resolver that asks for it turns the clients away, and no name resolves.",
    fix: "Renew it with the extended key usage `clientAuth`, and give it to all clients before the launch.",
};

pub(crate) const RESOLVER_CERTIFICATE: Rule = Rule {
    id: "dns/resolver-certificate",
    summary: "Every encrypted resolver presents a trusted certificate for its host",
    why: "Clients refuse a resolver whose certificate they do not trust, and then resolve nothing.",
    fix: "Renew or correct the resolver's certificate. For a private CA, set `tls.ca-file`.",
};

pub(crate) const RESOLVER_CONNECTION: Rule = Rule {
    id: "dns/resolver-connection",
    summary: "Connections to resolvers are established and last",
    why: "A client that loses its connection has to connect and ask again.",
    fix: "Check the resolver's limits on connections and on questions per connection, and the network path to it.",
};
