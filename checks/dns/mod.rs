//! Names resolve at every resolver, with the right answer, in time, and with TTLs that fit the countdown.
//!
//! # What it checks
//! At every resolver, for every name and record type:
//!
//! - The name resolves, to the expected records if `expect` lists them, and all resolvers agree.
//! - The answer arrives within `latency-max`, and its TTL is between `ttl-min` and `ttl-max`.
//! - Clients elsewhere can use every address: 0.0.0.0, `::`, loopback, link-local, multicast and this machine's own
//!   addresses are flagged unless `expect` lists them.
//! - No packet or connection is lost, and the resolver neither refuses nor limits the queries.
//! - The resolver does not call its own answer forged, blocked, censored or filtered (RFC 8914).
//!
//! On request:
//!
//! - `reachable`: every returned address accepts connections.
//! - `gone`: no resolver returns a retired address; with `reachable`, none of them still accepts connections.
//! - `dual-stack`: every name has IPv4 and IPv6 addresses. `cname-max`: chains of aliases are short.
//! - `absent`, `absent-under`: names do not exist, so there is no wildcard and no resolver that rewrites NXDOMAIN.
//! - `[[check.region]]`: clients in each network are sent to that region's addresses.
//! - `[check.authoritative]`: all servers of the zones answer, with the same data.
//! - `[check.dnssec]`: signatures lead to a trust anchor and last beyond T-0.
//! - `[check.warm]`: caches are warm, and warm answers are fast.
//!
//! # Why it matters
//! At T-0 every player resolves your names at once, through resolvers that you do not run. A name that is missing at
//! one of them is an outage for everyone behind it. With a TTL of an hour, a roll-back takes an hour. A cold cache
//! answers ten times slower than a warm one; asking before the launch shows that, and warms it.
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
//! A region is a table of its own:
//!
//! ```toml
//! [[check.region]]
//! name = "cn-east"
//! subnet = "198.51.100.0/24"         # or an IPv6 network
//! expect = ["203.0.113.10"]          # IPv4 for A, IPv6 for AAAA
//! names = ["login.game.example.com"] # default: all names of the check
//! ```
//!
//! # When it fails
//! A wrong answer is a failure:
//!
//! - NXDOMAIN, no record of the type (NODATA), SERVFAIL, records other than expected, different answers at different
//!   resolvers, aliases that lead nowhere or in a loop, a truncated answer without TCP;
//! - a contradictory answer: NXDOMAIN with records, two CNAME records at one name, a CNAME beside other records, only
//!   records of other names; a second, different answer to one question (a warning with `same-answer = false`);
//! - a TTL or a time outside its bound, an address that does not accept connections in time;
//! - an answer or an alias for a name that must not exist, or an answer with addresses of another region;
//! - an encrypted resolver that presents an untrusted certificate, breaks the handshake, or returns no DNS message;
//! - with `authoritative`: a server without the zone (lame delegation), one that answers only over UDP or only over
//!   TCP, one whose answers of 1232 bytes get lost, serial numbers or records that differ, missing glue, a CNAME record at
//!   the top of a zone or behind an NS record;
//! - with `dnssec`: a signature that has expired, is not valid yet, does not match, ends too soon after T-0 or is
//!   missing; a key that the zone or its parent does not have; with `dnssec.policy = "require"` also an unsigned zone;
//! - with `warm`: fewer warm answers than `warm.min`, or slower ones than `warm.p95-max`.
//!
//! What stays unknown is an error:
//!
//! - no answer, no connection, REFUSED (also as HTTP 401, 403, 407 or 429), an answer that cannot be read, a server that
//!   only refers to others or gives an alias into a zone that it does not resolve, an empty answer without AA, RA and
//!   SOA (a lame server, which proves no absence either), a question that was not asked before the deadline;
//! - a TTL below `ttl-min` from a cache, because caches count TTLs down;
//! - a resolver that ignores client subnets: it says nothing about a region;
//! - a resolver that returns no signatures, or a chain of signatures that was not seen up to a trust anchor.
//!
//! With `reachable`, a run makes at most 10 connections to each address at port 3306, over all checks and attempts,
//! because MySQL and MariaDB block a host after 100 connections without a login. What comes after them is an error.
//!
//! An address that no client can connect to (0.0.0.0, `::`, multicast) is a failure. One that leads clients elsewhere
//! nowhere or to themselves (loopback, link-local, an IPv4 address in IPv6 form), or that is this machine's own with
//! `reachable`, is a warning. A loopback address from a resolver on this machine, on a port other than 53, is only
//! noted. NAT64 addresses (64:ff9b::/96) are no IPv6 addresses for `dual-stack`.
//!
//! A warning: a lost packet or connection where the next one succeeded, packets that nothing asked for, an answer for
//! only a part of a region's network, TTLs that a resolver changes, stale answers, a resolver that limits the rate, a zone
//! above that delegates to other servers or addresses than the zone lists, and a signature that ends soon after T-0 but is
//! renewed at short intervals.
//!
//! # How to fix it
//! The finding names the resolver and what it answered.
//!
//! - NXDOMAIN for one type of a name that has another: its server must say NODATA.
//! - NXDOMAIN or NODATA: create the record. If you just did, its absence is cached for the zone's negative TTL.
//! - Other records than expected: a change is still spreading; wait out the old TTL.
//! - SERVFAIL: the resolver's log names the server of the zone that it could not use.
//! - REFUSED: look at the resolver's access list.
//! - Timeouts: look at firewall, address and load.
//! - TTL too long: lower it in the zone, at least one old TTL before it has to be short.
//!
//! The evidence holds the messages as received: all of the first failures and a sample of the answers. It also holds
//! every observation as a line of CSV.
//!
//! # How resolvers are asked
//! A server given by address is asked directly over UDP. An answer counts only if it comes from that address and port and
//! matches the id and question of an open query; anything else is counted and never accepted. A truncated answer is asked
//! for again over TCP. A lost packet is sent again, up to `query.tries` times, and reported even if the next one succeeds.
//! A server that answers FORMERR, NOTIMP or nothing at all is asked again without EDNS, and that is a warning. No server
//! gets more than `query.qps` packets a second, whatever they are for, and the report counts all of them.
//!
//! A server given by URL is asked over one connection: `tcp://` (RFC 7766), `tls://` (DNS over TLS, RFC 7858), `https://`
//! (DNS over HTTPS, RFC 8484, POST over HTTP/2 without redirects) or `quic://` (DNS over QUIC, RFC 9250). Up to 100
//! questions share it, each with its own timeout. A lost connection is opened again, and both the loss and every repeated
//! question are reported. The certificate must lead to a trusted root (`tls`) and match the host in the URL; otherwise
//! nothing is asked. The operating system looks up the host.
//!
//! `system` is what getaddrinfo gives an application on this machine, with the time it takes: hosts file, search list, and
//! the servers of resolv.conf in their order, all of which the report names. Those servers are asked as well, one at a time as
//! glibc does: the first three, and a later one only after silence or an error. That shows TTLs and aliases, explains
//! failures, and covers types other than A and AAAA. Where they say something else than getaddrinfo, `dns/system-servers`
//! warns; with `rotate` it fails if one of them does not know a name. Answers from the hosts file have no TTL and cause a
//! warning, because only this machine gives them.
//!
//! An answer of more than 512 records is not read: that is an error.
//!
//! # Regions
//! Resolvers given by address are asked on behalf of each region's network (EDNS Client Subnet, RFC 7871). An answer
//! counts only if it was made for that network.
//!
//! # Authoritative servers
//! The zone of each name is found by its SOA record, its servers by their NS records and addresses, all at the check's
//! resolvers; or `authoritative.servers` names them. They are asked without recursion. Unless they are named, the servers
//! of the zone above are asked as well: the servers that they delegate to count as servers of the zone, and their names
//! and glue are compared with the zone's own.
//!
//! # DNSSEC
//! The check asks for the signatures of every answer, even where they do not validate, and for the keys and delegations of
//! all zones up to a trust anchor: the root's keys, or those in `dnssec.trust-anchor`. It fails where a
//! validating resolver would refuse the answer, also one that says that there is no record, and gives the reason. A zone counts as
//! unsigned only if a signed zone above proves it, if its DS records name only algorithms or digests that validators do
//! not know, or if a proof takes more than 150 iterations of NSEC3 (RFC 9276). With `authoritative`, each server of a
//! zone is asked for the signatures of its first 50 record sets as well. One resolver's answers may take 32 MiB.
//!
//! # Warm caches
//! The first round fills the caches, the later ones measure them: times cold and warm, failures by kind, and the share of
//! answers whose TTLs are consistent with a warm cache. That share follows from TTLs that fall as time passes, compared
//! with the zone's own TTL (`authoritative`) or else the highest one seen, and never from times alone: over a short path a
//! cold cache is fast too. The report names TTLs that a resolver raises or cuts, stale answers (RFC 8767), and several
//! caches behind one address, whose TTLs jump up and down. Asking warms a cache, so measuring a cache warms it.

mod answers;
mod authoritative;
mod consistency;
mod csv_evidence;
mod dnssec;
mod edns;
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
mod traffic;
mod ttl;
mod usable;
mod view;
mod wanted;

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
    const ALSO_CALLED: &'static [&'static str] = &[
        "resolver",
        "resolve",
        "nameserver",
        "domain",
        "dig",
        "nslookup",
    ];
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
    const FORMAT: u32 = 2;

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
