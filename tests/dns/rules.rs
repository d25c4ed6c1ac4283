//! Rules of the module `dns` on what answers may say, and on the addresses that came back.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record};
use tempfile::TempDir;
use tminus::model::Status;

use crate::support::datagrams::Hostile;
use crate::support::nsd::Nsd;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::unbound::Unbound;

const ZONE: &str = "
$TTL 60
@       SOA   ns1 hostmaster 1 3600 600 86400 30
@       NS    ns1
ns1     A     127.0.0.1
here    A     127.0.0.1
both    A     127.0.0.1
both    AAAA  ::1
stale   A     127.0.0.1
stale   A     127.0.0.9
one     CNAME here
two     CNAME one
three   CNAME two
round   CNAME robin
robin   CNAME round
gone    CNAME nowhere
only6   CNAME six
six     AAAA  ::1
a.empty A     127.0.0.1
*.wild  A     127.0.0.1
";

/// A name at a loopback address that is meant.
const HERE: &str = "names = ['here.launch.test']\nexpect = { 'here.launch.test' = ['127.0.0.1'] }";

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn nsd(folder: &TempDir) -> Nsd {
    Nsd::start(folder.path(), "launch.test", ZONE)
}

async fn at(server: SocketAddr, settings: &str) -> Seen {
    let settings = format!("resolvers = ['{server}']\n{settings}");
    Probe::new("dns", settings).run(folder().path()).await
}

/// Status and observed text of the finding of a rule about a subject.
fn said<'a>(seen: &'a Seen, rule: &str, subject: &str) -> (Status, &'a str) {
    let finding = seen.finding_about(rule, subject);
    (finding.status, finding.observed.as_deref().unwrap())
}

#[tokio::test]
async fn every_address_that_came_back_must_accept_connections() {
    let folder = folder();
    let nsd = nsd(&folder);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = format!("names = ['stale.launch.test']\nreachable.ports = ['{port}/tcp']");
    let seen = at(nsd.address, &settings).await;
    // Only 127.0.0.1 is listened at.
    let stale = format!("127.0.0.9:{port}");
    let (status, observed) = said(&seen, "dns/reachable", &stale);
    let server = nsd.address;
    let expected = format!("it refused the connection (stale.launch.test at {server})");
    assert_eq!((status, observed), (Status::Fail, &*expected));
    assert_eq!(seen.judgement.status(), Status::Fail);

    let settings = format!("{HERE}\nreachable.ports = ['{port}/tcp']");
    let seen = at(nsd.address, &settings).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    assert_eq!(seen.said("dns/reachable").1, "all of 1 addresses and ports");
    let names: Vec<_> = seen
        .judgement
        .measures
        .iter()
        .map(|measure| &*measure.name)
        .collect();
    assert!(names.contains(&"dns_connect_duration_seconds"), "{names:?}");

    let settings = format!("names = ['none.launch.test']\nreachable.ports = ['{port}/tcp']");
    let seen = at(nsd.address, &settings).await;
    assert_eq!(seen.said("dns/reachable").0, Status::Error);
}

#[tokio::test]
async fn an_address_that_swallows_connections_costs_its_bound() {
    // A listener whose queue is full: the kernel drops further SYNs.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    socket.bind(&address.into()).unwrap();
    socket.listen(0).unwrap();
    let fill = || std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
    let _filled: Vec<_> = std::iter::from_fn(fill).take(16).collect();
    let folder = folder();
    let nsd = nsd(&folder);
    let begin = Instant::now();
    let settings = format!(
        "names = ['here.launch.test']\nreachable.ports = ['{}/tcp']\nreachable.timeout = '150ms'",
        address.port()
    );
    let seen = at(nsd.address, &settings).await;
    let (status, observed) = seen.said("dns/reachable");
    assert_eq!(status, Status::Fail);
    assert!(
        observed.starts_with("no connection within 150 ms"),
        "{observed}"
    );
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_resolver_that_still_returns_an_address_is_named() {
    let folder = folder();
    let nsd = nsd(&folder);
    let fresh = Hostile::start(|socket, question, client| {
        let reply = rewritten(question, Ipv4Addr::LOCALHOST);
        socket.send_to(&reply, client).unwrap();
    });
    let settings = format!(
        "names = ['stale.launch.test']\nsame-answer = false\ngone = ['127.0.0.9', '192.0.2.9']\n\
         resolvers = ['{}', '{}']",
        fresh.address, nsd.address
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    let expected = format!("stale.launch.test at {}, 60 s left", nsd.address);
    assert_eq!(
        said(&seen, "dns/gone-address", "127.0.0.9"),
        (Status::Fail, &*expected)
    );
    assert_eq!(
        said(&seen, "dns/gone-address", "192.0.2.9"),
        (Status::Pass, "in none of 2 answers")
    );

    // A resolver that says nothing has not said that the address is gone.
    let silent = Hostile::start(|_, _, _| {});
    let settings =
        "names = ['a.test']\ngone = ['192.0.2.9']\nquery.timeout = '200ms'\nquery.tries = 1";
    let seen = at(silent.address, settings).await;
    assert_eq!(
        said(&seen, "dns/gone-address", "192.0.2.9").0,
        Status::Error
    );
}

#[tokio::test]
async fn an_address_that_is_gone_and_still_serves_is_named() {
    let folder = folder();
    let nsd = nsd(&folder);
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 7), 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let _here = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let settings =
        format!("{HERE}\nreachable.ports = ['{port}/tcp']\ngone = ['127.0.0.7', '127.0.0.8']");
    let seen = at(nsd.address, &settings).await;
    let held = said(&seen, "dns/gone-serving", &format!("127.0.0.7:{port}"));
    assert_eq!(held, (Status::Warn, "accepts connections"));
    assert_eq!(seen.found("dns/gone-serving").len(), 1, "127.0.0.8 is free");
    let back = seen.said("dns/reachable");
    assert_eq!(back, (Status::Pass, "all of 1 addresses and ports"));
}

#[tokio::test]
async fn a_name_with_one_family_alone_is_named() {
    let folder = folder();
    let nsd = nsd(&folder);
    let expect = "expect = { 'both.launch.test' = ['127.0.0.1', '::1'] }";
    let settings = format!(
        "names = ['both.launch.test', 'here.launch.test']\ntypes = ['A', 'AAAA']\ndual-stack = true\n{expect}"
    );
    let seen = at(nsd.address, &settings).await;
    let expected = "AAAA: no record of this type (NODATA)";
    assert_eq!(seen.said("dns/dual-stack"), (Status::Fail, expected));
    let settings =
        format!("names = ['both.launch.test']\ntypes = ['A', 'AAAA']\ndual-stack = true\n{expect}");
    assert_eq!(at(nsd.address, &settings).await.status(), Status::Pass);
}

#[tokio::test]
async fn chains_that_are_long_go_round_or_dangle_are_told_apart() {
    let folder = folder();
    let nsd = nsd(&folder);
    for (name, status, observed) in [
        ("two", Status::Pass, "all of 1 answers"),
        ("three", Status::Fail, "3 aliases"),
        ("round", Status::Fail, "a loop of aliases"),
        (
            "gone",
            Status::Fail,
            "dangling: the target nowhere.launch.test does not exist",
        ),
        (
            "only6",
            Status::Fail,
            "dangling: the target six.launch.test has no A",
        ),
    ] {
        let settings = format!("names = ['{name}.launch.test']\ncname-max = 2");
        let seen = at(nsd.address, &settings).await;
        assert_eq!(seen.said("dns/alias-chain"), (status, observed), "{name}");
    }
}

/// The answer of a resolver that has one address for everything.
fn rewritten(question: &[u8], address: Ipv4Addr) -> Vec<u8> {
    let mut message = Message::from_vec(question).unwrap().into_response();
    let name = message.queries[0].name().clone();
    message.add_answer(Record::from_rdata(name, 60, RData::A(A::from(address))));
    message.metadata.recursion_available = true;
    message.to_vec().unwrap()
}

#[tokio::test]
async fn absence_is_nxdomain_and_nothing_else() {
    let folder = folder();
    let nsd = nsd(&folder);
    let unbound = Unbound::start(folder.path(), &[("launch.test", nsd.address)], "");
    let settings = format!("{HERE}\nabsent = ['old.launch.test']\nabsent-under = ['launch.test']");
    for server in [nsd.address, unbound.address] {
        let seen = at(server, &settings).await;
        assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
        assert_eq!(
            seen.said("dns/absent-name").1,
            "all of 1 names and resolvers"
        );
        assert_eq!(seen.said("dns/wildcard").1, "all of 1 names and resolvers");
    }
    for (settings, rule, status, observed) in [
        (
            "absent = ['stale.launch.test']",
            "dns/absent-name",
            Status::Fail,
            "A: 127.0.0.1, 127.0.0.9",
        ),
        (
            "absent = ['six.launch.test']",
            "dns/absent-name",
            Status::Fail,
            "(NODATA)",
        ),
        (
            "absent = ['empty.launch.test']",
            "dns/absent-name",
            Status::Fail,
            "(NODATA)",
        ),
        (
            "absent-under = ['wild.launch.test']",
            "dns/wildcard",
            Status::Fail,
            ".wild.launch.test. A: 127.0.0.1",
        ),
        (
            "absent = ['a.other.test']",
            "dns/absent-name",
            Status::Error,
            "REFUSED",
        ),
    ] {
        let settings = format!("names = ['here.launch.test']\n{settings}");
        let seen = at(nsd.address, &settings).await;
        let (judged, text) = seen.said(rule);
        assert_eq!(judged, status, "{settings}: {text}");
        assert!(text.contains(observed), "{settings}: {text}");
    }
}

#[tokio::test]
async fn a_resolver_that_rewrites_nxdomain_is_caught() {
    let hijacker = Hostile::start(|socket, question, client| {
        let reply = rewritten(question, Ipv4Addr::new(203, 0, 113, 66));
        socket.send_to(&reply, client).unwrap();
    });
    let settings = "names = ['login.launch.test']\nabsent-under = ['launch.test']";
    let seen = at(hijacker.address, settings).await;
    let finding = seen.finding("dns/wildcard");
    assert_eq!(finding.status, Status::Fail);
    assert!(
        finding
            .observed
            .as_deref()
            .unwrap()
            .ends_with("203.0.113.66")
    );
    assert!(
        finding
            .hint
            .as_deref()
            .unwrap()
            .contains("rewrites NXDOMAIN")
    );

    // One that lets every other answer through.
    let folder = folder();
    let nsd = nsd(&folder);
    let server = nsd.address;
    let hijacker = Hostile::start(move |socket, question, client| {
        let relay = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        relay.send_to(question, server).unwrap();
        let mut answer = [0; 4096];
        let length = relay.recv(&mut answer).unwrap();
        let reply = match answer[3] & 15 {
            3 => rewritten(question, Ipv4Addr::new(203, 0, 113, 66)),
            _ => answer[..length].to_vec(),
        };
        socket.send_to(&reply, client).unwrap();
    });
    let here = "names = ['here.launch.test']\nexpect = { 'here.launch.test' = ['127.0.0.1'] }\nabsent-under = ['launch.test']";
    let seen = at(hijacker.address, here).await;
    assert_eq!(seen.said("dns/resolves").0, Status::Pass);
    assert_eq!(seen.said("dns/wildcard").0, Status::Fail);

    let silent = Hostile::start(|_, _, _| {});
    let settings = format!("{settings}\nquery.timeout = '200ms'\nquery.tries = 1");
    let seen = at(silent.address, &settings).await;
    assert_eq!(seen.finding("dns/wildcard").status, Status::Error);
}
