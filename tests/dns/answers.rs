//! The module `dns` with real name servers, and with peers that no package provides.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{DNSClass, Name, RData, Record};
use serde_json::Value;
use tempfile::TempDir;
use tminus::model::Status;

use crate::support::datagrams::Hostile;
use crate::support::nsd::Nsd;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::unbound::Unbound;

const ZONE: &str = "
$TTL 60
@       SOA   ns1 hostmaster 2026112400 3600 600 86400 30
@       NS    ns1
@       MX    10 mail
@       CAA   0 issue \"ca.example\"
ns1     A     127.0.0.1
login   A     192.0.2.1
login   A     192.0.2.2
login   AAAA  2001:db8::1
www     CNAME login
gone    CNAME nowhere
text    TXT   \"v=spf1 \" \"-all\"
_sip._udp SRV 0 5 5060 login
https   TYPE65 \\# 10 00010000010003026832
slow    300 A 192.0.2.3
idn     CNAME xn--r8jz45g
xn--r8jz45g A 192.0.2.4
child   NS    ns.elsewhere.example.
";

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn nsd(folder: &TempDir) -> Nsd {
    Nsd::start(folder.path(), "launch.test", ZONE)
}

async fn run(settings: &str) -> Seen {
    let folder = folder();
    Probe::new("dns", settings).run(folder.path()).await
}

/// The finding on one name and type.
fn resolves<'a>(seen: &'a Seen, question: &str) -> (Status, &'a str) {
    let finding = seen.finding_about("dns/resolves", question);
    (finding.status, finding.observed.as_deref().unwrap())
}

/// The attempts of the first exchange.
fn attempts(seen: &Seen) -> &[Value] {
    seen.observation["exchanges"][0]["attempts"]
        .as_array()
        .unwrap()
}

fn strays(seen: &Seen) -> &Value {
    &seen.observation["traffic"][0]["strays"]
}

#[tokio::test]
async fn every_record_type_is_read_as_zone_files_write_it() {
    let folder = folder();
    let nsd = nsd(&folder);
    for (name, kind, answer) in [
        ("login", "A", "'192.0.2.2', '192.0.2.1'"),
        ("login", "AAAA", "'2001:db8::1'"),
        ("www", "A", "'192.0.2.1', '192.0.2.2'"),
        ("www", "CNAME", "'login.launch.test'"),
        ("idn", "A", "'192.0.2.4'"),
        ("idn", "CNAME", "'例え.launch.test'"),
        ("例え", "A", "'192.0.2.4'"),
        ("", "MX", "'10 mail.launch.test'"),
        ("", "NS", "'ns1.launch.test'"),
        ("", "CAA", "'0 issue ca.example'"),
        ("text", "TXT", "'v=spf1 -all'"),
        ("_sip._udp", "SRV", "'0 5 5060 login.launch.test'"),
        ("https", "HTTPS", "'1 . alpn=h2'"),
        (
            "",
            "SOA",
            "'ns1.launch.test hostmaster.launch.test 2026112400 3600 600 86400 30'",
        ),
    ] {
        let name = format!("{name}.launch.test");
        let name = name.trim_start_matches('.');
        let seen = run(&format!(
            "names = ['{name}']\ntypes = ['{kind}']\nresolvers = ['{}']\nexpect = {{ '{name}' = [{answer}] }}",
            nsd.address
        ))
        .await;
        assert_eq!(seen.status(), Status::Pass, "{name} {kind}: {seen:#?}");
    }
}

#[tokio::test]
async fn an_authoritative_server_tells_absence_refusal_and_referral_apart() {
    let folder = folder();
    let nsd = nsd(&folder);
    let seen = run(&format!(
        "names = ['none.launch.test', 'ns1.launch.test', 'gone.launch.test', 'other.test', 'a.child.launch.test']\n\
         types = ['AAAA']\nresolvers = ['{}']\nttl-max = '60s'",
        nsd.address
    ))
    .await;
    let at = format!("({})", nsd.address);
    for (name, status, observed) in [
        ("none.launch.test", Status::Fail, "NXDOMAIN"),
        (
            "ns1.launch.test",
            Status::Fail,
            "no record of this type (NODATA)",
        ),
        (
            "gone.launch.test",
            Status::Fail,
            "NXDOMAIN at the alias target nowhere.launch.test",
        ),
        ("other.test", Status::Error, "REFUSED (not authoritative)"),
        (
            "a.child.launch.test",
            Status::Error,
            "a referral to other servers",
        ),
    ] {
        let (judged, text) = resolves(&seen, &format!("{name} AAAA"));
        assert_eq!(
            (judged, text),
            (status, &*format!("{observed} {at}")),
            "{name}"
        );
    }
    let reply = &attempts(&seen)[0]["outcome"];
    assert_eq!(
        (&reply["aa"], &reply["negative_ttl"]),
        (&Value::Bool(true), &30.into())
    );
    // What failed can be read in any tool that reads DNS messages.
    let name = format!(
        "{}-none.launch.test-AAAA.dns",
        nsd.address.to_string().replace(':', "_")
    );
    let message = Message::from_vec(seen.evidence(&name)).unwrap();
    assert_eq!(message.metadata.response_code, ResponseCode::NXDomain);
}

#[tokio::test]
async fn a_resolver_and_its_source_are_compared() {
    let folder = folder();
    let nsd = nsd(&folder);
    // NSD refuses a zone it does not serve, so the resolver has no server for it.
    let zones = [("launch.test", nsd.address), ("dead.test", nsd.address)];
    let unbound = Unbound::start(folder.path(), &zones, "cache-min-ttl: 600");
    let resolvers = format!("resolvers = ['{}', '{}']", nsd.address, unbound.address);

    let seen = run(&format!(
        "names = ['www.launch.test']\ntypes = ['A', 'AAAA']\n{resolvers}"
    ))
    .await;
    let resolver = unbound.address.to_string();
    for finding in &seen.judgement.findings {
        let clamped = (finding.rule(), &*finding.subject) == ("dns/zone-ttl", &*resolver);
        let expected = match clamped {
            true => Status::Warn,
            false => Status::Pass,
        };
        assert_eq!(finding.status, expected, "{finding:?}");
    }
    let seen = run(&format!(
        "names = ['login.launch.test']\n{resolvers}\nttl-max = '60s'"
    ))
    .await;
    let ttl = seen.finding_about("dns/ttl-max", "login.launch.test A");
    assert_eq!(ttl.status, Status::Fail);
    // The cache counts down at every full second, and one may have passed since it was filled.
    let observed = ttl.observed.as_deref().unwrap_or_default();
    let left = observed.strip_suffix(&format!(" s ({})", unbound.address));
    let left: u32 = left.expect(observed).parse().expect(observed);
    assert!((590..=600).contains(&left), "{observed}");

    let seen = run(&format!(
        "names = ['a.dead.test']\nresolvers = ['{}']",
        unbound.address
    ))
    .await;
    let (status, observed) = resolves(&seen, "a.dead.test A");
    assert_eq!(status, Status::Fail);
    assert!(observed.starts_with("SERVFAIL"), "{observed}");
}

#[tokio::test]
async fn a_truncated_answer_is_asked_for_again_over_tcp() {
    let folder = folder();
    let many: String = (0..200)
        .map(|n| format!("many A 198.51.100.{n}\n"))
        .collect();
    let nsd = Nsd::start(folder.path(), "launch.test", &format!("{ZONE}{many}"));
    let seen = run(&format!(
        "names = ['many.launch.test']\nresolvers = ['{}']",
        nsd.address
    ))
    .await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let attempts = attempts(&seen);
    let shape: Vec<_> = attempts
        .iter()
        .map(|attempt| (&attempt["transport"], &attempt["outcome"]["tc"]))
        .collect();
    let (udp, tcp) = (Value::from("udp"), Value::from("tcp"));
    assert_eq!(shape, [(&udp, &Value::Bool(true)), (&tcp, &Value::Null)]);
    assert_eq!(
        attempts[1]["outcome"]["records"].as_array().unwrap().len(),
        200
    );
}

/// The right answer to a question, as far as anyone can tell.
fn answer(question: &[u8], address: [u8; 4]) -> Message {
    let mut message = Message::from_vec(question).unwrap().into_response();
    let name = message.queries[0].name().clone();
    let data = RData::A(A::from(std::net::Ipv4Addr::from(address)));
    message.add_answer(Record::from_rdata(name, 60, data));
    message
}

fn send(socket: &UdpSocket, message: &Message, client: SocketAddr) {
    socket.send_to(&message.to_vec().unwrap(), client).unwrap();
}

const GOOD: [u8; 4] = [192, 0, 2, 1];
const FORGED: [u8; 4] = [203, 0, 113, 66];

/// A check of one name at a hostile server, with one try that waits so long.
async fn at(server: &Hostile, wait: &str) -> Seen {
    let address = server.address;
    run(&format!(
        "names = ['login.launch.test']\nresolvers = ['{address}']\nquery.timeout = '{wait}'\nquery.tries = 1"
    ))
    .await
}

#[tokio::test]
async fn a_forged_answer_is_counted_and_the_right_one_still_taken() {
    type Forge = fn(&UdpSocket, &[u8], SocketAddr);
    let forgeries: [(&str, Forge); 8] = [
        ("wrong_id", |socket, question, client| {
            let mut forged = answer(question, FORGED);
            forged.metadata.id ^= 0x5555;
            send(socket, &forged, client);
        }),
        ("wrong_question", |socket, question, client| {
            let mut forged = answer(question, FORGED);
            forged.queries[0].set_name(Name::from_ascii("other.launch.test.").unwrap());
            send(socket, &forged, client);
        }),
        ("garbage", |socket, question, client| {
            let mut forged = answer(question, FORGED).to_vec().unwrap();
            forged.truncate(forged.len() - 3);
            socket.send_to(&forged, client).unwrap();
        }),
        ("no_answer", |socket, question, client| {
            socket.send_to(question, client).unwrap();
        }),
        ("no_answer", |socket, question, client| {
            let mut forged = answer(question, FORGED);
            forged.metadata.op_code = OpCode::Notify;
            send(socket, &forged, client);
        }),
        ("no_answer", |socket, question, client| {
            let mut forged = answer(question, FORGED);
            forged.answers[0].dns_class = DNSClass::CH;
            send(socket, &forged, client);
        }),
        ("wrong_question", |socket, question, client| {
            let mut forged = answer(question, FORGED);
            forged.queries[0].set_query_class(DNSClass::CH);
            send(socket, &forged, client);
        }),
        // Without the question, only a code counts, and no record.
        ("wrong_question", |socket, question, client| {
            let mut forged = answer(question, FORGED);
            forged.queries.clear();
            send(socket, &forged, client);
        }),
    ];
    for (kind, forge) in forgeries {
        let both = Hostile::start(move |socket, question, client| {
            forge(socket, question, client);
            send(socket, &answer(question, GOOD), client);
        });
        let seen = at(&both, "5s").await;
        let (status, observed) = resolves(&seen, "login.launch.test A");
        assert_eq!(
            (status, observed),
            (Status::Pass, &*format!("192.0.2.1 ({})", both.address))
        );
        assert_eq!(strays(&seen)[kind], 1, "{seen:#?}");
        assert_eq!(seen.status(), Status::Warn);

        let alone = Hostile::start(forge);
        let seen = at(&alone, "500ms").await;
        assert_eq!(
            resolves(&seen, "login.launch.test A").0,
            Status::Error,
            "{kind}"
        );
        assert_eq!(strays(&seen)[kind], 1, "{seen:#?}");
        assert!(!seen.evidence.is_empty(), "{kind}: the packet is kept");
    }
}

#[tokio::test]
async fn an_answer_from_another_address_or_port_is_not_heard() {
    for address in ["127.0.0.2", "127.0.0.1"] {
        let server = Hostile::start(move |_, question, client| {
            let other = UdpSocket::bind((address, 0)).unwrap();
            send(&other, &answer(question, FORGED), client);
        });
        let seen = at(&server, "300ms").await;
        let expected = format!("no answer to 2 packets ({})", server.address);
        assert_eq!(
            resolves(&seen, "login.launch.test A"),
            (Status::Error, &*expected)
        );
    }
}

#[tokio::test]
async fn a_second_answer_is_counted_and_changes_nothing() {
    let server = Hostile::start(|socket, question, client| {
        send(socket, &answer(question, GOOD), client);
        send(socket, &answer(question, FORGED), client);
    });
    // A second question keeps the socket open while the repetition arrives.
    let seen = run(&format!(
        "names = ['login.launch.test', 'next.launch.test']\nresolvers = ['{}']\nquery.in-flight = 1",
        server.address
    ))
    .await;
    assert_eq!(resolves(&seen, "login.launch.test A").0, Status::Pass);
    assert_eq!(attempts(&seen).len(), 1);
    assert!(strays(&seen)["different"].as_u64() >= Some(1), "{seen:#?}");
    let (status, text) = seen.said("dns/second-answer");
    assert_eq!(status, Status::Fail, "{text}");
    assert!(text.contains("second answer"), "{text}");
    assert!(seen.found("dns/stray-packets").is_empty());
}

#[tokio::test]
async fn the_same_answer_twice_is_no_injection_in_whatever_order_and_with_whatever_ttl() {
    let server = Hostile::start(|socket, question, client| {
        let mut twice = answer(question, GOOD);
        let mut other = answer(question, [192, 0, 2, 2]);
        twice.answers.append(&mut other.answers);
        send(socket, &twice, client);
        twice.answers.reverse();
        twice.answers[0].ttl = 59;
        send(socket, &twice, client);
    });
    let seen = run(&format!(
        "names = ['login.launch.test', 'next.launch.test']\nresolvers = ['{}']\nquery.in-flight = 1",
        server.address
    ))
    .await;
    assert!(strays(&seen)["duplicate"].as_u64() >= Some(1), "{seen:#?}");
    assert_eq!(seen.status(), Status::Warn, "{seen:#?}");
}

#[tokio::test]
async fn a_late_answer_is_not_that_of_the_second_packet() {
    let server = Hostile::start(|socket, question, client| {
        let (socket, late) = (socket.try_clone().unwrap(), answer(question, GOOD));
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(600));
            send(&socket, &late, client);
        });
    });
    let seen = run(&format!(
        "names = ['login.launch.test']\nresolvers = ['{}']\nquery.timeout = '400ms'\nquery.tries = 2",
        server.address
    ))
    .await;
    assert_eq!(resolves(&seen, "login.launch.test A").0, Status::Error);
    assert_eq!(attempts(&seen).len(), 2);
    assert_eq!(strays(&seen)["late"], 1, "{seen:#?}");
}

#[tokio::test]
async fn an_answer_of_64_kilobytes_is_read_or_refused_but_never_waited_on() {
    let server = Hostile::start(|socket, question, client| {
        const RECORD: [u8; 16] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
        let mut huge = Message::from_vec(question).unwrap().into_response();
        huge.edns = None;
        let mut huge = huge.to_vec().unwrap();
        huge[6..8].copy_from_slice(&4000_u16.to_be_bytes());
        huge.extend(RECORD.repeat(4000));
        socket.send_to(&huge, client).unwrap();
    });
    let seen = at(&server, "1s").await;
    let (status, observed) = resolves(&seen, "login.launch.test A");
    assert_eq!(status, Status::Error);
    assert!(
        observed.contains("4000 records in one answer"),
        "{observed}"
    );
}

#[tokio::test]
async fn truncation_without_tcp_is_a_failure_of_the_resolver() {
    let server = Hostile::start(|socket, question, client| {
        let mut cut = answer(question, GOOD);
        cut.metadata.truncation = true;
        send(socket, &cut, client);
    });
    let seen = at(&server, "5s").await;
    let expected = format!(
        "truncated, and over TCP: the connection is refused ({})",
        server.address
    );
    assert_eq!(
        resolves(&seen, "login.launch.test A"),
        (Status::Fail, &*expected)
    );
}

#[tokio::test]
async fn a_tcp_server_that_hangs_does_not_hang_the_check() {
    let port = free_port();
    let _hangs = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        let (length, client) = socket.recv_from(&mut buffer).unwrap();
        let mut cut = answer(&buffer[..length], GOOD);
        cut.metadata.truncation = true;
        send(&socket, &cut, client);
    });
    let begin = Instant::now();
    let seen = run(&format!(
        "names = ['login.launch.test']\nresolvers = ['127.0.0.1:{port}']\nquery.timeout = '300ms'"
    ))
    .await;
    assert_eq!(
        resolves(&seen, "login.launch.test A").0,
        Status::Error,
        "{seen:#?}"
    );
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_closed_port_is_known_at_once() {
    let port = free_port();
    let begin = Instant::now();
    let seen = run(&format!(
        "names = ['a.test', 'b.test', 'c.test']\nresolvers = ['127.0.0.1:{port}']\nquery.timeout = '10s'"
    ))
    .await;
    for name in ["a.test A", "b.test A", "c.test A"] {
        let expected = format!("port unreachable (127.0.0.1:{port})");
        assert_eq!(resolves(&seen, name), (Status::Error, &*expected));
    }
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "no timeout was waited for"
    );
}

#[tokio::test]
async fn a_silent_server_costs_its_own_timeout_and_nobody_elses() {
    let folder = folder();
    let nsd = nsd(&folder);
    let silent = Hostile::start(|_, _, _| {});
    let begin = Instant::now();
    let seen = run(&format!(
        "names = ['login.launch.test']\nresolvers = ['{}', '{}']\nquery.timeout = '300ms'\nquery.tries = 2",
        silent.address, nsd.address
    ))
    .await;
    let elapsed = begin.elapsed();
    let expected = format!(
        "no answer to 3 packets ({}); 192.0.2.1, 192.0.2.2 ({})",
        silent.address, nsd.address
    );
    assert_eq!(
        resolves(&seen, "login.launch.test A"),
        (Status::Error, &*expected)
    );
    assert!(
        elapsed >= Duration::from_millis(600),
        "both packets had their time: {elapsed:?}"
    );
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}

#[tokio::test]
async fn what_the_deadline_cuts_off_is_an_error_and_what_was_seen_stays() {
    let folder = folder();
    let nsd = nsd(&folder);
    let silent = Hostile::start(|_, _, _| {});
    let settings = format!(
        "names = ['login.launch.test']\nresolvers = ['{}', '{}']\nquery.timeout = '30s'",
        nsd.address, silent.address
    );
    let probe = Probe::new("dns", settings).timeout(Duration::from_secs(1));
    let seen = probe.run(folder.path()).await;
    assert!(seen.cut_short);
    let expected = format!(
        "192.0.2.1, 192.0.2.2 ({}); not observed ({})",
        nsd.address, silent.address
    );
    assert_eq!(
        resolves(&seen, "login.launch.test A"),
        (Status::Error, &*expected)
    );
}

#[tokio::test]
async fn the_system_resolver_reads_the_hosts_file_first() {
    let seen = run("names = ['localhost']\nexpect = { localhost = ['127.0.0.1'] }").await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let transports: Vec<_> = attempts(&seen)
        .iter()
        .map(|one| &one["transport"])
        .collect();
    assert_eq!(transports, ["system", "hosts"]);
    let source = seen.finding("dns/hosts-file");
    let observed = source.observed.as_deref().unwrap();
    assert!(observed.starts_with("servers "), "{observed}");
    assert!(
        observed.ends_with("the hosts file answers: localhost A"),
        "{observed}"
    );
}

#[tokio::test]
async fn a_file_of_names_is_asked_for_whole_and_the_record_judges_again() {
    let folder = folder();
    let zone = format!("{ZONE}*.many A 192.0.2.9\n");
    let nsd = Nsd::start(folder.path(), "launch.test", &zone);
    let mut names = String::from("# everything players meet\nlogin.launch.test # first\n\n");
    for number in 0..3000 {
        names += &format!("n{number}.many.launch.test\n");
    }
    std::fs::write(folder.path().join("names.txt"), &names).unwrap();
    let settings = format!(
        "names-file = 'names.txt'\nnames = ['www.launch.test']\nresolvers = ['{}']\nquery.qps = 100000",
        nsd.address
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    let all = seen.finding_about("dns/resolves", "all names");
    assert_eq!(all.status, Status::Pass, "{all:?}");
    assert_eq!(seen.observation["listed"]["count"], 3001);
    let digest = tminus::model::digest::sha256_hex(names.as_bytes());
    assert_eq!(seen.observation["listed"]["sha256"], digest);
    let rows = seen.observation["exchanges"]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3002, "the record holds every exchange");
    assert!(seen.judgement.findings.len() < 10);
}

#[tokio::test]
async fn the_rate_limit_holds() {
    let folder = folder();
    let nsd = Nsd::start(
        folder.path(),
        "launch.test",
        &format!("{ZONE}*.many A 192.0.2.9\n"),
    );
    let names: Vec<_> = (0..100)
        .map(|n| format!("'n{n}.many.launch.test'"))
        .collect();
    let settings = format!(
        "names = [{}]\nresolvers = ['{}']\nquery.qps = 200",
        names.join(", "),
        nsd.address
    );
    let begin = Instant::now();
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let elapsed = begin.elapsed();
    assert!(elapsed >= Duration::from_millis(480), "{elapsed:?}");
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}
