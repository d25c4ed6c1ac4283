//! The module `dns` at the zone's own servers.

use std::net::SocketAddr;

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record};
use tempfile::TempDir;
use tminus::model::Status;

use crate::support::datagrams::{Hostile, Lossy, hand_on};
use crate::support::nsd::Nsd;
use crate::support::ports::{free_port, two_hosts};
use crate::support::probe::{Probe, Seen};
use crate::support::unbound::Unbound;

/// A zone with two servers, at a serial number, with an address of `login`.
fn zone(serial: u32, login: &str) -> String {
    format!(
        "$TTL 60\n@ SOA ns1 hostmaster {serial} 3600 600 86400 30\n@ NS ns1\n@ NS ns2\nns1 A 127.0.0.1\n\
         ns2 A 127.0.0.2\nlogin A {login}\nwww CNAME login\nout CNAME www.elsewhere.example.\nlong 300 A 127.0.0.1\n"
    )
}

/// Two servers of one zone at one port, as its NS records name them.
struct Pair {
    first: Nsd,
    second: Nsd,
    folder: TempDir,
}

impl Pair {
    fn start(first: &str, origin: &str, second: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = two_hosts();
        let first = Nsd::start_at(at[0], folder.path(), "launch.test", first);
        let second = Nsd::start_at(at[1], folder.path(), origin, second);
        Self {
            first,
            second,
            folder,
        }
    }

    fn labels(&self) -> [String; 2] {
        let label = |name, server: &Nsd| format!("{name}.launch.test. ({})", server.address);
        [label("ns1", &self.first), label("ns2", &self.second)]
    }

    /// A check that finds the way through a resolver.
    async fn run(&self, settings: &str) -> Seen {
        let unbound = Unbound::start(
            self.folder.path(),
            &[("launch.test", self.first.address)],
            "",
        );
        let settings = format!(
            "resolvers = ['{}']\nauthoritative.port = {}\n{settings}",
            unbound.address,
            self.first.address.port()
        );
        Probe::new("dns", settings).run(self.folder.path()).await
    }
}

/// Status and observed text of the finding of a rule about a subject.
fn said<'a>(seen: &'a Seen, rule: &str, subject: &str) -> (Status, &'a str) {
    let finding = seen.finding_about(rule, subject);
    (finding.status, finding.observed.as_deref().unwrap())
}

#[tokio::test]
async fn servers_that_agree_pass_and_the_zones_own_ttl_is_judged() {
    let pair = Pair::start(&zone(7, "127.0.0.1"), "launch.test", &zone(7, "127.0.0.1"));
    let settings = "names = ['login.launch.test', 'www.launch.test', 'long.launch.test']\nttl-min = '60s'\nttl-max = '60s'";
    let seen = pair.run(settings).await;
    let [first, second] = pair.labels();
    for (rule, observed) in [
        ("dns/zone-found", "all of 1 zones".to_owned()),
        ("dns/server-transports", "all of 2 servers".to_owned()),
        ("dns/server-authority", "all of 2 servers".to_owned()),
        ("dns/server-answer-size", "all of 2 servers".to_owned()),
        ("dns/zone-serial", format!("7 ({first}, {second})")),
        (
            "dns/zone-ns",
            format!("ns1.launch.test, ns2.launch.test ({first}, {second})"),
        ),
        ("dns/zone-records", "all of 3 record sets".to_owned()),
        // What is left in a cache is not judged.
        ("dns/ttl-min", "all of 3 record sets".to_owned()),
    ] {
        assert_eq!(seen.said(rule), (Status::Pass, &*observed), "{rule}");
    }
    let long = said(&seen, "dns/ttl-max", "long.launch.test A in the zone");
    assert_eq!(
        long,
        (Status::Fail, &*format!("A 300 s ({first}, {second})"))
    );
}

#[tokio::test]
async fn servers_that_differ_are_named_with_what_they_say() {
    let pair = Pair::start(&zone(8, "127.0.0.1"), "launch.test", &zone(7, "127.0.0.9"));
    let seen = pair
        .run("names = ['login.launch.test', 'ns1.launch.test']")
        .await;
    let [first, second] = pair.labels();
    let expected = format!("8 ({first}); 7 ({second})");
    assert_eq!(seen.said("dns/zone-serial"), (Status::Fail, &*expected));
    let expected = format!("127.0.0.1 ({first}); 127.0.0.9 ({second})");
    assert_eq!(
        said(&seen, "dns/zone-records", "login.launch.test A"),
        (Status::Fail, &*expected)
    );
    assert_eq!(seen.found("dns/zone-records").len(), 1, "ns1 is right");
}

#[tokio::test]
async fn a_server_without_the_zone_is_lame() {
    let pair = Pair::start(&zone(7, "127.0.0.1"), "other.test", &zone(7, "127.0.0.1"));
    let seen = pair.run("names = ['login.launch.test']").await;
    let [_, second] = pair.labels();
    let lame = said(
        &seen,
        "dns/server-authority",
        &format!("launch.test. at {second}"),
    );
    assert_eq!(lame, (Status::Fail, "lame: REFUSED without AA"));
    assert_eq!(seen.said("dns/zone-records").0, Status::Fail);
    assert_eq!(seen.said("dns/zone-serial").0, Status::Error);
}

/// A check of one name at servers that are named.
async fn at(servers: &[SocketAddr], more: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let list: Vec<_> = servers.iter().map(|server| format!("'{server}'")).collect();
    let settings = format!(
        "names = ['login.launch.test']\nquery.timeout = '300ms'\nquery.tries = 1\n\
         resolvers = ['{}']\nauthoritative.servers = [{}]\n{more}",
        servers[0],
        list.join(", ")
    );
    Probe::new("dns", settings).run(folder.path()).await
}

#[tokio::test]
async fn what_is_closed_over_tcp_fails_and_what_cannot_be_seen_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = Nsd::start(folder.path(), "launch.test", &zone(7, "127.0.0.1"));
    let path = Lossy::start(nsd.address, |_| false);
    let silent = Hostile::start(|_, _, _| {});
    let closed = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let seen = at(&[nsd.address, path.address, silent.address, closed], "").await;
    let of = |server: SocketAddr| format!("launch.test. at {server}");
    for (server, status, observed) in [
        (
            path.address,
            Status::Fail,
            "UDP: answers; TCP: port unreachable",
        ),
        (
            silent.address,
            Status::Error,
            "UDP: no answer; TCP: port unreachable",
        ),
        (
            closed,
            Status::Fail,
            "UDP: port unreachable; TCP: port unreachable",
        ),
    ] {
        let found = said(&seen, "dns/server-transports", &of(server));
        assert_eq!(found, (status, observed));
    }
    let table = seen.judgement.exhibits.iter();
    let tables: Vec<_> = table
        .map(|table| serde_json::to_string(table).unwrap())
        .collect();
    let servers = |table: &String| table.contains("Servers of the zones");
    assert!(tables.iter().any(servers), "{tables:?}");
}

#[tokio::test]
async fn a_resolver_in_the_place_of_an_authority_is_lame() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = Nsd::start(folder.path(), "launch.test", &zone(7, "127.0.0.1"));
    let unbound = Unbound::start(
        folder.path(),
        &[("launch.test", nsd.address)],
        "access-control: 127.0.0.0/8 allow_snoop",
    );
    // Its cache holds what is asked for, so it answers without recursion, but not as an authority.
    at(&[unbound.address], "").await;
    let seen = at(&[nsd.address, unbound.address], "").await;
    let lame = said(
        &seen,
        "dns/server-authority",
        &format!("launch.test. at {}", unbound.address),
    );
    assert_eq!(lame, (Status::Fail, "lame: an answer without AA"));
    assert_eq!(seen.said("dns/zone-records").0, Status::Fail);
}

#[tokio::test]
async fn an_answer_that_is_lost_at_its_size_is_told_from_a_dead_server() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = Nsd::start(folder.path(), "launch.test", &zone(7, "127.0.0.1"));
    // What a firewall does that knows no EDNS.
    let upstream = nsd.address;
    let firewall = Hostile::start(move |socket, question, client| {
        let message = Message::from_vec(question).unwrap();
        if message.edns.is_some() && message.queries[0].name().to_ascii().starts_with("login") {
            return;
        }
        hand_on(question, upstream, socket, client);
    });
    let seen = at(&[nsd.address, firewall.address], "").await;
    let size = said(
        &seen,
        "dns/server-answer-size",
        &format!("launch.test. at {}", firewall.address),
    );
    let expected =
        "login.launch.test A: no answer at 1232 bytes, answered at 512 bytes without EDNS";
    assert_eq!(size, (Status::Fail, expected));
}

#[tokio::test]
async fn an_alias_that_leaves_the_zone_is_all_its_servers_can_say() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = Nsd::start(folder.path(), "launch.test", &zone(7, "127.0.0.1"));
    let settings = format!(
        "names = ['out.launch.test', 'launch.test']\ntypes = ['CNAME', 'NS']\nresolvers = ['{0}']\n\
         authoritative.servers = ['{0}']",
        nsd.address
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    assert_eq!(seen.said("dns/zone-found").1, "all of 1 zones");
    let settings = format!(
        "names = ['out.launch.test']\nresolvers = ['{0}']\nauthoritative.servers = ['{0}']",
        nsd.address
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    let same = seen.said("dns/zone-records");
    assert_eq!(same, (Status::Pass, "all of 1 record sets"));
}

#[tokio::test]
async fn a_name_whose_zone_cannot_be_found_is_an_error() {
    let refuses = Hostile::start(|socket, question, client| {
        let mut reply = Message::from_vec(question).unwrap().into_response();
        let name = reply.queries[0].name().clone();
        if reply.queries[0].query_type() == hickory_proto::rr::RecordType::A {
            reply.add_answer(Record::from_rdata(name, 60, RData::A(A::new(127, 0, 0, 1))));
        } else {
            reply.metadata.response_code = hickory_proto::op::ResponseCode::Refused;
        }
        socket.send_to(&reply.to_vec().unwrap(), client).unwrap();
    });
    let seen = at(&[refuses.address], "").await;
    let expected = "SOA of login.launch.test.: REFUSED";
    assert_eq!(
        said(&seen, "dns/zone-found", "login.launch.test"),
        (Status::Error, expected)
    );
    assert_eq!(seen.status(), Status::Error);
}

/// The zone above `launch.test`, which delegates as these records say.
fn above(delegation: &str) -> String {
    format!("$TTL 60\n@ SOA ns host 1 3600 600 86400 30\n@ NS ns\nns A 127.0.0.3\n{delegation}")
}

/// What the zone above is seen to do: at 127.0.0.3, beside the zone's servers at the other two addresses.
async fn delegated(zone: &str, delegation: &str, settings: &str) -> (Seen, u16) {
    let pair = Pair::start(zone, "launch.test", zone);
    let port = pair.first.address.port();
    let at = SocketAddr::from(([127, 0, 0, 3], port));
    let top = Nsd::start_at(at, pair.folder.path(), "test", &above(delegation));
    let zones = [("test", top.address), ("launch.test", pair.first.address)];
    let unbound = Unbound::start(pair.folder.path(), &zones, "");
    let settings = format!(
        "resolvers = ['{}']\nauthoritative.port = {port}\nquery.timeout = '500ms'\nquery.tries = 1\n{settings}",
        unbound.address
    );
    let seen = Probe::new("dns", settings).run(pair.folder.path()).await;
    (seen, port)
}

const DELEGATION: &str =
    "launch NS ns1.launch\nlaunch NS ns2.launch\nns1.launch A 127.0.0.1\nns2.launch A 127.0.0.2\n";
const LOGIN: &str = "names = ['login.launch.test']";

#[tokio::test]
async fn a_delegation_to_the_zones_own_servers_passes() {
    let (seen, port) = delegated(&zone(7, "192.0.2.5"), DELEGATION, LOGIN).await;
    let expected = format!("ns1.launch.test., ns2.launch.test. (ns.test. (127.0.0.3:{port}))");
    assert_eq!(seen.said("dns/zone-delegation"), (Status::Pass, &*expected));
    assert_eq!(
        seen.said("dns/zone-glue"),
        (Status::Pass, "all of 2 servers")
    );
    assert_eq!(
        seen.said("dns/zone-alias"),
        (Status::Pass, "all of 3 names")
    );
    assert_eq!(
        seen.status(),
        Status::Pass,
        "{:#?}",
        seen.judgement.findings
    );
}

#[tokio::test]
async fn a_dead_server_that_only_the_zone_above_names_is_found() {
    let delegation = format!("{DELEGATION}launch NS old.launch\nold.launch A 127.0.0.4\n");
    let (seen, port) = delegated(&zone(7, "127.0.0.1"), &delegation, LOGIN).await;
    let (status, observed) = seen.said("dns/zone-delegation");
    assert_eq!(status, Status::Warn);
    assert!(
        observed.starts_with("ns1.launch.test., ns2.launch.test., old.launch.test. ("),
        "{observed}"
    );
    let subject = format!("launch.test. at old.launch.test. (127.0.0.4:{port})");
    let dead = said(&seen, "dns/server-transports", &subject);
    let closed = "UDP: port unreachable; TCP: port unreachable";
    assert_eq!(dead, (Status::Fail, closed));
    let lost = said(&seen, "dns/zone-found", "old.launch.test. of launch.test.");
    assert_eq!(lost, (Status::Fail, "neither A nor AAAA"));
}

#[tokio::test]
async fn old_and_missing_glue_is_named() {
    let delegation = "launch NS ns1.launch\nlaunch NS ns2.launch\nns1.launch A 127.0.0.4\n";
    let (seen, port) = delegated(&zone(7, "127.0.0.1"), delegation, LOGIN).await;
    let by = format!("(ns.test. (127.0.0.3:{port}))");
    let old = said(&seen, "dns/zone-glue", "ns1.launch.test. of launch.test.");
    assert_eq!(old, (Status::Warn, &*format!("127.0.0.4 {by}")));
    let missing = said(&seen, "dns/zone-glue", "ns2.launch.test. of launch.test.");
    assert_eq!(missing, (Status::Fail, &*format!("no address {by}")));
    let subject = format!("launch.test. at ns1.launch.test. (127.0.0.4:{port})");
    assert_eq!(
        said(&seen, "dns/server-transports", &subject).0,
        Status::Fail
    );
}

#[tokio::test]
async fn a_server_that_is_an_alias_is_named() {
    let zone =
        zone(7, "127.0.0.1").replace("ns2 A 127.0.0.2", "ns2 CNAME other\nother A 127.0.0.2");
    let (seen, _) = delegated(&zone, DELEGATION, LOGIN).await;
    let alias = said(&seen, "dns/zone-alias", "ns2.launch.test. of launch.test.");
    assert_eq!(alias, (Status::Fail, "CNAME other.launch.test."));
}

#[tokio::test]
async fn an_alias_at_the_top_of_a_zone_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = Nsd::start(folder.path(), "launch.test", &zone(7, "127.0.0.1"));
    let upstream = nsd.address;
    // As some providers serve it: SOA and NS records are there, and an alias for everything else.
    let provider = Hostile::start(move |socket, question, client| {
        let message = Message::from_vec(question).unwrap();
        if message.queries[0].query_type() != hickory_proto::rr::RecordType::A {
            return hand_on(question, upstream, socket, client);
        }
        let mut reply = message.into_response();
        reply.metadata.authoritative = true;
        let name = reply.queries[0].name().clone();
        let target = hickory_proto::rr::Name::from_ascii("cdn.example.").unwrap();
        let alias = RData::CNAME(hickory_proto::rr::rdata::CNAME(target));
        reply.add_answer(Record::from_rdata(name, 60, alias));
        socket.send_to(&reply.to_vec().unwrap(), client).unwrap();
    });
    let settings = format!(
        "names = ['Launch.test']\nresolvers = ['{0}']\nauthoritative.servers = ['{0}']",
        provider.address
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    let alias = said(&seen, "dns/zone-alias", "launch.test.");
    let expected = format!("CNAME cdn.example. ({})", provider.address);
    assert_eq!(alias, (Status::Fail, &*expected));
}
