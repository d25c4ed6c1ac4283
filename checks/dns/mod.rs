//! Names resolve at every resolver, with the right answer, in time, and with TTLs that fit the countdown.
//!
//! # What it checks
//! Every name and type of the check is asked for at every resolver, all resolvers at once, each packet with its
//! own timeout. The answers must be there, be the expected ones where some are given, be the same at all
//! resolvers, keep the bounds on TTL, and come in time.
//!
//! A server given by address is asked by packets of our own: one packet out, one answer or one timeout in. An
//! answer counts if it comes from the server's address and port with the id and the question of an open packet;
//! anything else is counted and never accepted. A truncated answer is asked for again over TCP. A lost packet is
//! sent again (`tries`) and reported, also when the next one was answered.
//!
//! A server given by URL is asked over a connection: `tcp://` (RFC 7766), `tls://` (DNS over TLS, RFC 7858),
//! `https://` (DNS over HTTPS, RFC 8484: POST requests over HTTP/2, redirects are not followed), `quic://` (DNS
//! over QUIC, RFC 9250). All questions share one connection, up to 100 at a time, each with its own timeout; times
//! count from the question, the connection has its own, and what the network loses below shows as time. A connection that is lost is made again and reported, and so is every question that
//! has to be put again. The certificate of an encrypted resolver must lead to a trusted root (`ca-file`) and be
//! for the host in the URL; otherwise nothing is asked. A host name in the URL is looked up by the operating
//! system.
//!
//! `system` asks the way an application on this machine would: hosts file, search list, servers and options of
//! its configuration, which the report names. Retries are hidden there. Answers of the hosts file have no TTL and
//! are told: they are this machine's own.
//!
//! On request every address that came back must accept connections (`connect`), addresses that were taken away
//! must be gone (`gone`) and, with `connect`, hold nobody back who resolved long ago, names must have both address families (`dual-stack`), chains of aliases must be short
//! (`cname-max`), and names must not exist (`absent`). `absent-under` asks for a random name: whoever answers it,
//! a wildcard or a resolver that rewrites NXDOMAIN, would also answer for a name that nobody created.
//!
//! Each `[[check.region]]` names a network of clients and the addresses they must be sent to. The resolvers that
//! are given by address are asked on behalf of that network (EDNS Client Subnet, RFC 7871). An answer counts
//! only if it was made for the network: a resolver that ignores client subnets proves nothing about a region.
//!
//! With `dnssec` every answer is asked for with its signatures, also where they do not hold, and so are the keys and
//! delegations of all zones up to a trust anchor: the root's keys, or those of `trust-anchor`. What a validating
//! resolver would refuse fails with the reason. A zone is unsigned only where a signed zone above proves it. The
//! signatures of the names' zones must last beyond T-0. With `authoritative` the first 50 record sets of each zone are
//! asked for at each of its servers as well.
//!
//! With `authoritative = true` the zone's own servers are asked too, without recursion: the zone of every name is
//! found by its SOA record, its servers by the NS records and their addresses, all at the check's resolvers, or
//! they are named in `authorities`. Every server must answer over UDP and TCP and as an authority, and all must
//! have the same serial number, the same NS records and the same records of every name.
//!
//! With `rounds = 2` or more the first round fills caches and the later ones show whether they are full: times cold
//! and warm, failures by kind, and the share of answers that are consistent with a warm cache. That share is told by
//! TTLs that fall as time passes, against the TTL that the zone states (`authoritative = true`) or else the highest
//! one seen, and never by times alone: on a short way a cold cache is fast, too. TTLs that are not the zone's are
//! named (`cache-min-ttl`, `cache-max-ttl`, stale answers after RFC 8767), and so are several caches behind one
//! address, whose TTLs jump up and down. Asking warms: nobody can look into a cache from outside and leave it as it was.
//!
//! # Why it matters
//! At T-0 every player resolves your names at once, through resolvers that you do not run. A name that is missing
//! at one of them is an outage for everyone behind it; a TTL of an hour means that a roll-back takes an hour; a
//! cold cache answers ten times slower than a warm one. Asking before the launch tells, and warms them.
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
//! The keys of this module are listed below, generated from the program. Those of a `[[check.region]]`:
//!
//! ```toml
//! [[check.region]]
//! name = "cn-east"
//! subnet = "198.51.100.0/24"         # or of IPv6
//! expect = ["203.0.113.10"]          # IPv4 for A, IPv6 for AAAA
//! names = ["login.game.example.com"] # left out: all names of the check
//! ```
//!
//! # When it fails
//! - **fail**: a resolver gives a wrong answer. NXDOMAIN, no record of the type (NODATA), records other than
//!   expected, aliases that lead nowhere or in a loop, SERVFAIL (its clients get nothing), a truncated answer
//!   without TCP, different answers at different resolvers, a TTL or a time outside its bound, an address that
//!   refuses connections or does not accept one in time, an answer for a name that must not exist, addresses
//!   other than a region's in an answer made for it, an answer that the resolver itself calls forged, blocked,
//!   censored or filtered (RFC 8914), an encrypted resolver whose certificate is refused, which
//!   answers the handshake with something else, or whose HTTP holds no DNS message.
//!   With `dnssec`: a signature that has expired, is not valid yet or does not fit, one by a key that the zone does
//!   not have, a key that the zone above does not name, a signature or a proof of absence that is missing, a
//!   signature that ends too early after T-0; with `require` also an unsigned zone.
//!   At the source: a server without the zone (lame delegation), one that answers over UDP or TCP alone, one whose
//!   answers are lost at 1232 bytes and arrive smaller, serial numbers or records that differ.
//!   In later rounds: fewer answers consistent with a warm cache than `warm-min`, or slower ones than `warm-p95-max`.
//! - **error**: it could not be determined. No answer to any packet, port unreachable, no connection or one that
//!   ends before the answer, REFUSED or the same by HTTP (401, 403, 407, 429), a resolver that refuses everything, a
//!   server that only refers to others, an answer that cannot be read, a question that was not asked before the
//!   deadline, a TTL below `ttl-min` from a cache (caches count TTLs down: ask an authoritative server), a resolver
//!   that ignores client subnets: it shows no scope, or one of no bits that is not the zone's own word; a resolver
//!   that hands out no signatures, a chain of signatures that was not seen up to a trust anchor.
//! - **warn**: a packet was lost and the next one answered; packets arrived that nobody had asked for; a connection
//!   was lost and the next one held; an answer is meant for a part of a region's network alone; a resolver hands out
//!   other TTLs than the zone's, or stale answers, or limits the rate: REFUSED or SERVFAIL at times, losses in a row
//!   with answers before and after, small answers truncated; a signature ends soon after T-0, and its like is made
//!   for four days at most or could not be made today to last longer.
//!
//! # How to fix it
//! The finding names the resolver and what it said. NXDOMAIN or NODATA: create the record; where it was created
//! lately, the absence is still cached, for the zone's negative TTL. Other records than expected: a change still
//! spreads, wait out the old TTL. SERVFAIL: the resolver's log says which server of the zone it could not use.
//! REFUSED: its access list. Timeouts: firewall, address, load. TTL too long: lower it in the zone at least one
//! old TTL before it has to be short. Among the evidence are messages as they came from the wire, all of the first
//! failures and a sample of the answers, and every observation as a line of CSV.

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
