//! Names resolve at every resolver, with the right answer, in time, and with TTLs that fit the countdown.
//!
//! # What it checks
//! At every resolver, for every name and record type:
//!
//! - The question is answered, with the expected records where `expect` lists them.
//! - All resolvers give the same records.
//! - TTLs stay between `ttl-min` and `ttl-max`, and answers arrive within `latency-max`.
//! - Packets that are lost and packets that answer no open question are reported.
//! - Resolvers that refuse, limit the rate, rewrite TTLs, serve stale answers or block names are named.
//! - Encrypted resolvers present a trusted certificate.
//!
//! On request:
//!
//! - `reachable`: every address that comes back accepts connections.
//! - `gone`: retired addresses are no longer returned, and no longer accept connections.
//! - `dual-stack`, `cname-max`: names have both address families, and short chains of aliases.
//! - `absent`, `absent-under`: names do not exist, and no wildcard or rewriting resolver answers for them.
//! - `[[check.region]]`: clients in a network are sent to their region's addresses.
//! - `dnssec`: signatures lead to a trust anchor, and last beyond T-0.
//! - `authoritative`: the zones' own servers all answer, over UDP and TCP, and agree.
//! - `warm`: caches are warm, and warm answers are fast.
//!
//! # Why it matters
//! At T-0 every player resolves your names at once, through resolvers that you do not run. A name that is missing at
//! one of them is an outage for everyone behind it. A TTL of an hour means that a rollback takes an hour. A cold cache
//! answers ten times slower than a warm one. Asking before the launch shows all of this, and warms the caches.
//!
//! # Example
//! ```toml
//! [[check]]
//! id = "login-names"
//! module = "dns"
//! names = ["login.game.example.com"]
//! types = ["A", "AAAA"]
//! resolvers = ["system", "10.0.0.53"]
//! expect = { "login.game.example.com" = ["203.0.113.10", "2001:db8::10"] }
//! ttl-max = "60s"
//! latency-max = "50ms"
//! ```
//!
//! # Settings
//! Tables can be written with dots, too: `query.tries = 3`.
//!
//! # When it fails
//! - **fail**: what clients get is wrong. NXDOMAIN or no record (NODATA), unexpected or different records, an alias
//!   that leads nowhere, SERVFAIL, a truncated answer without TCP, a TTL or a time outside its bound, an address that
//!   accepts no connection, a name that must not exist, another region's address, a certificate that is not trusted, a
//!   signature that does not validate or ends too early, servers of a zone that are lame, deaf on UDP or TCP, or
//!   different.
//! - **error**: it could not be determined. No answer, no connection, REFUSED, an answer that cannot be read, a question
//!   that was not asked before the deadline, a TTL below `ttl-min` in a cache, a resolver that ignores client subnets or
//!   hands out no signatures.
//! - **warn**: it works, but look at it. A lost packet, a stray one, a lost connection, a rate limit, TTLs that are not
//!   the zone's, stale answers, an answer for only a part of a region, short-lived signatures.
//!
//! # How to fix it
//! The finding names the resolver and what it said.
//!
//! - NXDOMAIN or NODATA: create the record. After a recent change, wait until the zone's negative TTL has run out.
//! - Unexpected records: a change is still spreading. Wait out the old TTL.
//! - SERVFAIL: the resolver's log says which server of the zone it could not use.
//! - REFUSED: its access list. Timeouts: firewall, address, load.
//! - A TTL that is too long: lower it in the zone at least one old TTL before it has to be short.
//!
//! The evidence holds messages as they came from the wire (the first failures and a sample of the answers), and every
//! attempt as a line of CSV.
//!
//! # How resolvers are asked
//! A server given by address is asked by packets of our own: one packet out, one answer or one timeout in. An answer
//! counts if it comes from the server's address and port with the id and the question of an open packet. A truncated
//! answer is asked for again over TCP. A lost packet is sent again (`query.tries`) and reported, even when the next one
//! is answered.
//!
//! A server given by URL is asked over a connection: `tcp://` (RFC 7766), `tls://` (DNS over TLS, RFC 7858), `https://`
//! (DNS over HTTPS, RFC 8484: POST requests over HTTP/2, redirects are not followed), `quic://` (DNS over QUIC,
//! RFC 9250). All questions share one connection, up to 100 at a time. A lost connection is opened again and reported,
//! and so is every question that has to be repeated. If the certificate is not trusted, nothing is asked. A host name in
//! the URL is looked up by the operating system.
//!
//! `system` asks as an application on this machine would: hosts file, search list, servers and options of its
//! configuration, which the report names. Retries are hidden there. Answers from the hosts file have no TTL.
//!
//! # Regions
//! ```toml
//! [[check.region]]
//! name = "cn-east"
//! subnet = "198.51.100.0/24"         # or IPv6
//! expect = ["203.0.113.10"]          # IPv4 for A, IPv6 for AAAA
//! names = ["login.game.example.com"] # default: all names of the check
//! ```
//! Resolvers given by address are asked on behalf of the network (EDNS Client Subnet, RFC 7871). An answer counts only
//! if it was made for the network: a resolver that ignores client subnets proves nothing about a region.
//!
//! # DNSSEC
//! Every answer is asked for with its signatures, even where they do not validate, and so are the keys and delegations
//! of all zones up to a trust anchor: the root's keys, or those of `dnssec.trust-anchor`. What a validating resolver
//! would refuse fails with the reason. A zone is unsigned only where a signed zone above proves it. With `authoritative`,
//! the first 50 record sets of each zone are validated at each of its servers, too.
//!
//! # The zones' own servers
//! With `authoritative = {}` the zone of every name is found by its SOA record, its servers by the NS records and their
//! addresses, all at the check's resolvers; or list the servers in `authoritative.servers`. They are asked without
//! recursion. Every server must answer over UDP and TCP and as an authority, and all must have the same serial number,
//! NS records and records.
//!
//! # Warm caches
//! With `warm` the first round fills the caches and the later ones show whether they are full: times cold and warm,
//! failures by kind, and the share of answers that are consistent with a warm cache. The evidence is a TTL that falls as
//! time passes, compared with the TTL that the zone states (`authoritative`) or else the highest one seen, and never the
//! time alone: on a short path a cold cache is fast, too. Several caches behind one address show by TTLs that jump up
//! and down. Asking warms: a cache cannot be looked at from outside and left as it was.

mod answers;
mod authoritative;
mod consistency;
mod csv_evidence;
mod dnssec;
mod evidence;
mod extended;
mod figures;
mod judge;
mod latency;
mod measures;
mod names_file;
mod numbers;
mod nxdomain;
pub mod observation;
mod packet_loss;
mod plan;
mod probe;
mod queries;
mod rate_limits;
mod reachable;
mod reading;
mod region;
mod requirements;
mod roots;
mod rounds;
mod rules;
mod sessions;
pub mod settings;
mod system_resolver;
#[cfg(test)]
mod tests;
mod ttl;
mod view;

use observation::Observation;
use settings::Settings;

use crate::model::{
    Complaint, Context, Family, Judgement, LaunchFacts, Module, Notebook, Plan, ProbeError, Rule,
};

/// The module.
#[derive(Clone, Copy, Debug)]
pub struct Dns;

impl Module for Dns {
    const NAME: &'static str = "dns";
    const SOURCE: &'static str = include_str!("mod.rs");
    const EXAMPLE: &'static str = include_str!("example.toml");
    const RULES: &'static [Rule] = rules::ALL;
    const MEASURES: &'static [Family] = measures::ALL;
    const MOVED: &'static [(&'static str, &'static str)] = &[
        ("ca-file", "tls.ca-file"),
        ("query-timeout", "query.timeout"),
        ("tries", "query.tries"),
        ("qps", "query.qps"),
        ("in-flight", "query.in-flight"),
        ("connect", "reachable.ports"),
        ("connect-timeout", "reachable.timeout"),
        ("trust-anchor", "dnssec.trust-anchor"),
        ("dnssec-cover", "dnssec.cover"),
        ("authorities", "authoritative.servers"),
        ("authority-port", "authoritative.port"),
        ("rounds", "warm.rounds"),
        ("pause", "warm.pause"),
        ("warm-min", "warm.min"),
        ("warm-p95-max", "warm.p95-max"),
    ];
    const FORMAT: u32 = 1;

    type Settings = Settings;
    type Observation = Observation;

    fn review(settings: &Settings) -> Vec<Complaint> {
        settings.review()
    }

    fn plan(settings: &Settings) -> Plan {
        plan::plan(settings)
    }

    async fn probe(
        settings: &Settings,
        _context: &Context,
        notes: &Notebook<Observation>,
    ) -> Result<(), ProbeError> {
        probe::probe(settings, notes).await
    }

    fn judge(settings: &Settings, observation: &Observation, facts: &LaunchFacts) -> Judgement {
        judge::judge(settings, observation, facts)
    }
}
