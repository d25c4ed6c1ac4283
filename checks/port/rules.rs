//! What is judged of a port.

use crate::model::Rule;

pub(super) const LOOKUP: Rule = Rule {
    id: "port/lookup",
    summary: "The host has an address",
    why: "A client that cannot look the host up never reaches its port.",
    fix: "Check the name, and the resolver of the machine that runs tminus. The module `dns` shows more.",
};
pub(super) const USABLE: Rule = Rule {
    id: "port/usable-address",
    summary: "The address means the same to clients elsewhere",
    why: "This machine reaches 0.0.0.0, 127.0.0.1 and its own addresses without any network. For everyone else they lead \
          nowhere, or to themselves.",
    fix: "Correct the record of the host, or run tminus on another machine. Where the address is meant, write it as the \
          endpoint.",
};
pub(super) const OPEN: Rule = Rule {
    id: "port/open",
    summary: "The address accepts TCP connections in time",
    why: "Clients are spread over all addresses of a host. One that does not accept fails for its share of them.",
    fix: "Refused: start the service, bind it to this address, or look for a firewall that rejects. Silent: check that the \
          host runs, and the routes and firewalls on the way. No route: run tminus from a machine that has one.",
};
pub(super) const CLOSED: Rule = Rule {
    id: "port/closed",
    summary: "The address does not accept connections or answer",
    why: "Scanners find a database or admin port that the internet can reach within hours.",
    fix: "Bind the service to an internal address, or close the port in the firewall.",
};
pub(super) const ANSWER: Rule = Rule {
    id: "port/answer",
    summary: "The service answers as expected, in time",
    why: "An open port may belong to another service, or to a load balancer with nothing behind it.",
    fix: "Compare the answer in the evidence with `expect`. Without one, look at the service's own log.",
};
pub(super) const RULES: &[Rule] = &[LOOKUP, USABLE, OPEN, CLOSED, ANSWER];
