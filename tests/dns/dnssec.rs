//! The module `dns` with signatures: zones signed by the tools of ldns, whole and broken, under a zone whose key
//! is the trust anchor.

use std::fmt::Write as _;
use std::net::SocketAddr;

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record, RecordType};
use tempfile::TempDir;
use tminus::model::Status;

use crate::support::datagrams::{Hostile, hand_on};
use crate::support::nsd::Nsd;
use crate::support::ports::{free_port, two_hosts};
use crate::support::probe::{Probe, Seen};
use crate::support::signed::Key;
use crate::support::unbound::Unbound;

/// Hours from now between which a sound signature holds.
const SOUND: (i64, i64) = (-24, 14 * 24);

/// How a zone is made.
enum Make {
    /// Signed, with signatures that hold between these hours.
    Signed(i64, i64),
    /// No signature, no DS record.
    Plain,
    /// No signature, but the zone above says so.
    Stripped,
    /// The zone above has the DS record of another key.
    OtherKey,
    /// Signed, and then changed.
    Forged,
}

/// Zones below `test`, all at one server.
struct Tree {
    nsd: Nsd,
    top: Key,
    zones: Vec<&'static str>,
    folder: TempDir,
}

impl Tree {
    fn start(nsec3: bool, zones: &[(&'static str, Make)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let top = Key::new(folder.path(), "test");
        let mut above =
            "$TTL 60\n@ SOA ns host 1 3600 600 86400 30\n@ NS ns\nns A 127.0.0.1\n".to_owned();
        let mut made = Vec::new();
        for (zone, make) in zones {
            let plain = "$TTL 60\n@ SOA ns host 1 3600 600 86400 30\n@ NS ns\nns A 127.0.0.1\n\
                         login A 192.0.2.5\nlogin A 192.0.2.4\nlogin TXT \"b\" \"a\"\nlogin TXT \"a\"\n\
                         www CNAME login\n*.wild A 192.0.2.7\n";
            let key = Key::new(folder.path(), zone);
            let sign = |(from, to)| key.sign(plain, (from, to), nsec3);
            let (text, ds) = match make {
                Make::Signed(from, to) => (sign((*from, *to)), key.ds()),
                Make::Plain => (plain.to_owned(), String::new()),
                Make::Stripped => (plain.to_owned(), key.ds()),
                Make::OtherKey => (sign(SOUND), Key::new(folder.path(), zone).ds()),
                Make::Forged => (sign(SOUND).replace("192.0.2.5", "192.0.2.66"), key.ds()),
            };
            write!(above, "{zone}. NS ns.{zone}.\nns.{zone}. A 127.0.0.1\n{ds}").unwrap();
            made.push((*zone, text));
        }
        made.push(("test", top.sign(&above, SOUND, nsec3)));
        let texts: Vec<_> = made.iter().map(|(zone, text)| (*zone, &**text)).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let nsd = Nsd::start_zones(address, folder.path(), &texts);
        let zones = made.iter().map(|(zone, _)| *zone).collect();
        Self {
            nsd,
            top,
            zones,
            folder,
        }
    }

    async fn run(&self, resolver: SocketAddr, settings: &str) -> Seen {
        let settings = format!(
            "resolvers = ['{resolver}']\ndnssec.trust-anchor = '{}'\n{settings}",
            self.top.file("ds").display()
        );
        Probe::new("dns", settings).run(self.folder.path()).await
    }

    fn unbound(&self) -> Unbound {
        let zones: Vec<_> = self
            .zones
            .iter()
            .map(|zone| (*zone, self.nsd.address))
            .collect();
        Unbound::start(self.folder.path(), &zones, "")
    }
}

/// What is said of the signatures of a record set at a resolver or server.
fn said<'a>(seen: &'a Seen, asked: &str, at: SocketAddr) -> (Status, &'a str) {
    let finding = seen.finding_about("dns/dnssec-valid", &format!("{asked} at {at}"));
    (finding.status, finding.observed.as_deref().unwrap())
}

/// What is said of all record sets where every one of them holds.
fn all(seen: &Seen) -> (Status, &str) {
    let finding = seen.finding_about("dns/dnssec-valid", "all names");
    (finding.status, finding.observed.as_deref().unwrap())
}

#[tokio::test]
async fn a_signed_zone_passes_by_nsec_and_by_nsec3_at_its_server_and_through_a_resolver() {
    for nsec3 in [false, true] {
        let tree = Tree::start(nsec3, &[("good.test", Make::Signed(SOUND.0, SOUND.1))]);
        let unbound = tree.unbound();
        for resolver in [tree.nsd.address, unbound.address] {
            let settings = "names = ['login.good.test', 'WWW.good.test', 'x.wild.good.test']\ndnssec.policy = 'require'";
            let seen = tree.run(resolver, settings).await;
            assert_eq!(all(&seen), (Status::Pass, "all of 3 answers"));
            let (status, lasts) = seen.said("dns/signature-cover");
            assert_eq!(status, Status::Pass, "{lasts}");
            assert_eq!(seen.status(), Status::Pass);
            let text = format!("{:?}", seen.judgement.exhibits);
            for zone in ["\"good.test.\"", "\"DS\"", "ECDSAP256SHA256"] {
                assert!(text.contains(zone), "{text}");
            }
            let settings =
                "names = ['login.good.test']\ntypes = ['TXT', 'A']\ndnssec.policy = 'require'";
            let seen = tree.run(resolver, settings).await;
            assert_eq!(all(&seen), (Status::Pass, "all of 2 answers"));
        }
    }
}

#[tokio::test]
async fn each_break_of_the_chain_is_told_with_its_reason() {
    let table = [
        (
            "old.test",
            Make::Signed(-400, -1),
            "bogus: DNSKEY of old.test.: the signature expired at ",
        ),
        (
            "early.test",
            Make::Signed(1, 400),
            "bogus: DNSKEY of early.test.: the signature is not valid before ",
        ),
        (
            "other.test",
            Make::OtherKey,
            "is the one that its DS record names (",
        ),
        (
            "stripped.test",
            Make::Stripped,
            "stripped.test. has no DNSKEY record, and its DS record says that it is signed",
        ),
        (
            "forged.test",
            Make::Forged,
            "bogus: login.forged.test. A: the signature with key ",
        ),
    ];
    let reasons: Vec<_> = table
        .iter()
        .map(|(zone, _, reason)| (*zone, *reason))
        .collect();
    let zones = table.map(|(zone, make, _)| (zone, make));
    let tree = Tree::start(true, &zones);
    let names: Vec<_> = reasons
        .iter()
        .map(|(zone, _)| format!("'login.{zone}'"))
        .collect();
    for dnssec in ["require", "allow"] {
        let settings = format!("names = [{}]\ndnssec.policy = '{dnssec}'", names.join(", "));
        let seen = tree.run(tree.nsd.address, &settings).await;
        for (zone, reason) in &reasons {
            let (status, observed) = said(&seen, &format!("login.{zone} A"), tree.nsd.address);
            assert_eq!(status, Status::Fail, "{observed}");
            assert!(observed.contains(reason), "{observed}");
        }
    }
}

#[tokio::test]
async fn an_unsigned_zone_is_allowed_or_not_and_its_lack_of_signatures_is_proven() {
    for nsec3 in [false, true] {
        let tree = Tree::start(nsec3, &[("plain.test", Make::Plain)]);
        let unbound = tree.unbound();
        for resolver in [tree.nsd.address, unbound.address] {
            let names = "names = ['login.plain.test']";
            let seen = tree
                .run(resolver, &format!("{names}\ndnssec.policy = 'require'"))
                .await;
            let observed = "unsigned: plain.test. has no DS record in test.";
            assert_eq!(
                said(&seen, "login.plain.test A", resolver),
                (Status::Fail, observed)
            );
            let seen = tree
                .run(resolver, &format!("{names}\ndnssec.policy = 'allow'"))
                .await;
            let observed = "all of 1 answers, 1 of them unsigned";
            assert_eq!(all(&seen), (Status::Pass, observed));
        }
    }
}

#[tokio::test]
async fn signatures_that_end_before_the_launch_is_over_fail() {
    let zones = [
        ("ends.test", Make::Signed(-13 * 24, 6)),
        ("afresh.test", Make::Signed(-24, 6)),
    ];
    let tree = Tree::start(false, &zones);
    let settings = "names = ['login.ends.test', 'login.afresh.test']\ndnssec.policy = 'require'\ndnssec.cover = '12h'";
    let seen = tree.run(tree.nsd.address, settings).await;
    assert_eq!(all(&seen), (Status::Pass, "all of 2 answers"));
    for (zone, status) in [("ends", Status::Fail), ("afresh", Status::Warn)] {
        let found = seen.finding_about("dns/signature-cover", &format!("{zone}.test."));
        let observed = found.observed.as_deref().unwrap();
        assert_eq!(found.status, status, "{observed}");
        assert!(observed.starts_with("2 of 2 end before"), "{observed}");
    }
    let sooner = settings.replace("12h", "3h");
    let seen = tree.run(tree.nsd.address, &sooner).await;
    let ends = seen.finding_about("dns/signature-cover", "ends.test.");
    assert_eq!(ends.status, Status::Pass);
}

#[tokio::test]
async fn what_cannot_be_seen_is_an_error_and_no_verdict_on_the_zone() {
    let tree = Tree::start(false, &[("good.test", Make::Signed(SOUND.0, SOUND.1))]);
    // A resolver that knows nothing of signatures.
    let upstream = tree.nsd.address;
    let old = Hostile::start(move |socket, question, client| {
        let mut question = Message::from_vec(question).unwrap();
        question.edns = None;
        hand_on(&question.to_vec().unwrap(), upstream, socket, client);
    });
    // One that hands out answers and nothing about keys.
    let upstream = tree.nsd.address;
    let keyless = Hostile::start(move |socket, question, client| {
        let kind = Message::from_vec(question).unwrap().queries[0].query_type();
        if kind == RecordType::DNSKEY {
            return;
        }
        hand_on(question, upstream, socket, client);
    });
    let settings = "names = ['login.good.test']\nquery.timeout = '300ms'\nquery.tries = 1\ndnssec.policy = 'allow'";
    for (resolver, reason) in [
        (
            old.address,
            "DNSKEY of test. came without signature: the resolver hands out none",
        ),
        (keyless.address, "DNSKEY of test.: no answer in time"),
    ] {
        let seen = tree.run(resolver, settings).await;
        let (status, observed) = said(&seen, "login.good.test A", resolver);
        assert_eq!(status, Status::Error);
        assert_eq!(observed, format!("could not be determined: {reason}"));
    }
    // Without the file the way leads to the root, which nobody here knows.
    let settings = format!("resolvers = ['{}']\n{settings}", tree.nsd.address);
    let seen = Probe::new("dns", &*settings).run(tree.folder.path()).await;
    let (status, observed) = said(&seen, "login.good.test A", tree.nsd.address);
    assert_eq!(status, Status::Error, "{observed}");
    std::fs::write(tree.folder.path().join("nothing.ds"), "; no record\n").unwrap();
    let settings = format!("{settings}\ndnssec.trust-anchor = 'nothing.ds'");
    let seen = Probe::new("dns", settings).run(tree.folder.path()).await;
    let (status, observed) = seen.said("dns/trust-anchor");
    assert_eq!(status, Status::Error);
    assert!(observed.contains("no DS or DNSKEY record"), "{observed}");
}

#[tokio::test]
async fn a_secondary_with_old_signatures_or_none_is_found_at_the_source() {
    let none = "bogus: login.good.test. A is not signed by its zone";
    let old = "bogus: DNSKEY of good.test.: the signature expired at ";
    for (hours, reason) in [(Some((-400, -1)), old), (None, none)] {
        second_server(hours, reason).await;
    }
}

/// A zone at two servers, of which the second has it with signatures of these hours, or without that of `login`.
async fn second_server(hours: Option<(i64, i64)>, reason: &str) {
    let folder = tempfile::tempdir().unwrap();
    let top = Key::new(folder.path(), "test");
    let key = Key::new(folder.path(), "good.test");
    let zone = "$TTL 60\n@ SOA ns1 host 1 3600 600 86400 30\n@ NS ns1\n@ NS ns2\nns1 A 127.0.0.1\nns2 A 127.0.0.2\n\
                login A 192.0.2.5\n";
    let above = format!(
        "$TTL 60\n@ SOA ns host 1 3600 600 86400 30\n@ NS ns\nns A 127.0.0.1\ngood NS ns1.good\ngood NS ns2.good\n\
         ns1.good A 127.0.0.1\nns2.good A 127.0.0.2\n{}",
        key.ds()
    );
    let above = top.sign(&above, SOUND, false);
    let fresh = key.sign(zone, SOUND, false);
    let old = match hours {
        Some(hours) => key.sign(zone, hours, false),
        None => {
            let lines = fresh.lines();
            let left = lines.filter(|line| !(line.contains("login") && line.contains("RRSIG\tA ")));
            left.fold(String::new(), |text, line| text + line + "\n")
        }
    };
    let at = two_hosts();
    let zones = [("test", &*above), ("good.test", &*fresh)];
    let first = Nsd::start_zones(at[0], folder.path(), &zones);
    let second = Nsd::start_zones(at[1], folder.path(), &[("good.test", &*old)]);
    let settings = format!(
        "names = ['login.good.test']\nresolvers = ['{}']\ndnssec.policy = 'require'\ndnssec.trust-anchor = '{}'\n\
         authoritative.servers = ['{}', '{}']",
        first.address,
        top.file("key").display(),
        first.address,
        second.address,
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    assert_eq!(all(&seen), (Status::Pass, "all of 1 answers"));
    let (status, observed) = said(&seen, "login.good.test. A", second.address);
    assert_eq!(status, Status::Fail);
    assert!(observed.starts_with(reason), "{observed}");
    let first = format!("at {}", first.address);
    let mut found = seen.found("dns/dnssec-valid").into_iter();
    assert!(!found.any(|finding| finding.subject.ends_with(&first)));
}

#[tokio::test]
async fn an_answer_slipped_into_a_signed_zone_is_bogus() {
    let tree = Tree::start(false, &[("good.test", Make::Signed(SOUND.0, SOUND.1))]);
    let upstream = tree.nsd.address;
    let forger = Hostile::start(move |socket, question, client| {
        let message = Message::from_vec(question).unwrap();
        if message.queries[0].query_type() != RecordType::A {
            return hand_on(question, upstream, socket, client);
        }
        let mut reply = message.into_response();
        let name = reply.queries[0].name().clone();
        let address = RData::A(A::new(192, 0, 2, 66));
        reply.add_answer(Record::from_rdata(name, 60, address));
        socket.send_to(&reply.to_vec().unwrap(), client).unwrap();
    });
    let settings = "names = ['login.good.test']\ndnssec.policy = 'allow'";
    let seen = tree.run(forger.address, settings).await;
    let slipped = said(&seen, "login.good.test A", forger.address);
    let observed = "bogus: login.good.test. A is not signed by its zone";
    assert_eq!(slipped, (Status::Fail, observed));
}

#[tokio::test]
async fn an_unsigned_load_balancer_without_soa_record_is_unsigned_and_not_bogus() {
    let tree = Tree::start(true, &[("lb.test", Make::Plain)]);
    let upstream = tree.nsd.address;
    let balancer = Hostile::start(move |socket, question, client| {
        let message = Message::from_vec(question).unwrap();
        if message.queries[0].query_type() != RecordType::SOA {
            return hand_on(question, upstream, socket, client);
        }
        let reply = message.into_response().to_vec().unwrap();
        socket.send_to(&reply, client).unwrap();
    });
    let settings = "names = ['login.lb.test']\ndnssec.policy = 'allow'";
    let seen = tree.run(balancer.address, settings).await;
    let observed = "all of 1 answers, 1 of them unsigned";
    assert_eq!(all(&seen), (Status::Pass, observed));
}

#[tokio::test]
async fn many_names_are_validated() {
    let tree = Tree::start(false, &[("good.test", Make::Signed(SOUND.0, SOUND.1))]);
    let names: Vec<_> = (0..700)
        .map(|number| format!("n{number}.wild.good.test"))
        .collect();
    let settings = format!("names = {names:?}\nquery.qps = 5000\ndnssec.policy = 'require'");
    let seen = tree.run(tree.nsd.address, &settings).await;
    assert_eq!(all(&seen), (Status::Pass, "all of 700 answers"));
}
