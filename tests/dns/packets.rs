//! Every packet is counted: the report's numbers beside those of tcpdump, in every phase. And no server gets more in a
//! second than it is meant to, however many checks and phases ask it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;

use hickory_proto::op::{Message, ResponseCode};
use serde_json::Value;
use tempfile::TempDir;
use tminus::model::Status;

use crate::support::datagrams::{Hostile, Lossy};
use crate::support::nsd::Nsd;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::signed::Key;
use crate::support::tcpdump::{Captured, Tcpdump};

const ZONE: &str = "$TTL 60\n@ SOA ns1 hostmaster 1 3600 600 86400 30\n@ NS ns1\nns1 A 127.0.0.1\nlogin A 192.0.2.1\n";

/// A zone with a name whose answer needs TCP.
fn zone() -> String {
    let many = (0..200).map(|n| format!("many A 198.51.100.{n}\n"));
    ZONE.to_owned() + &many.collect::<String>()
}

/// What the report counts of one server.
fn traffic(seen: &Seen, server: SocketAddr) -> Vec<&Value> {
    let all = seen.observation["traffic"].as_array().unwrap().iter();
    let server = server.to_string();
    all.filter(|traffic| traffic["server"] == *server).collect()
}

fn number(traffic: &Value, key: &str) -> u64 {
    traffic[key].as_u64().unwrap_or(0)
}

fn sum(seen: &Seen, server: SocketAddr, key: &str) -> u64 {
    let traffic = traffic(seen, server).into_iter();
    traffic.map(|traffic| number(traffic, key)).sum()
}

/// The same in the form of a capture.
fn counted(seen: &Seen, server: SocketAddr) -> Captured {
    let mut sum = Captured::default();
    for traffic in traffic(seen, server) {
        let number = |key: &str| number(traffic, key);
        let strays = traffic["strays"].as_object().into_iter().flatten();
        let strays: u64 = strays.map(|(_, count)| count.as_u64().unwrap()).sum();
        match traffic["transport"].as_str().unwrap() {
            "udp" | "plain" => {
                sum.to += number("sent");
                sum.from += number("answered") + strays;
                sum.unreachable += number("closed");
                let ends = number("answered") + number("lost") + number("closed");
                assert_eq!(number("sent"), ends, "{traffic}");
            }
            "tcp" => sum.tcp_to += number("sent"),
            other => panic!("{other}"),
        }
    }
    sum
}

fn captured(all: &BTreeMap<SocketAddr, Captured>, server: SocketAddr) -> Captured {
    let captured = all.get(&server).cloned().unwrap_or_default();
    let times = Vec::new();
    Captured { times, ..captured }
}

/// For what packets went to a server.
fn phases(seen: &Seen, server: SocketAddr) -> Vec<&str> {
    let phases = traffic(seen, server).into_iter();
    let phases = phases.map(|traffic| traffic["phase"].as_str().unwrap());
    let mut phases: Vec<_> = phases.collect();
    phases.sort_unstable();
    phases.dedup();
    phases
}

#[tokio::test]
async fn the_packets_of_every_phase_are_those_that_tcpdump_sees() {
    let folders: [TempDir; 3] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    let key = Key::new(folders[0].path(), "launch.test");
    let signed = key.sign(&zone(), (-24, 14 * 24), false);
    let whole = Nsd::start(folders[0].path(), "launch.test", &signed);
    let behind = Nsd::start(folders[1].path(), "launch.test", &signed);
    let lossy = Lossy::start(behind.address, |number| number % 5 == 2);
    let without_edns = Hostile::start(|socket, question, client| {
        let mut answer = Message::from_vec(question).unwrap().into_response();
        if answer.edns.take().is_some() {
            answer.metadata.response_code = ResponseCode::FormErr;
            answer.queries.clear();
        }
        answer.metadata.recursion_available = true;
        socket.send_to(&answer.to_vec().unwrap(), client).unwrap();
    });
    let closed = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let servers = [whole.address, lossy.address, without_edns.address, closed];
    let tcpdump = Tcpdump::start(folders[2].path(), &servers);
    let mut settings = format!(
        "names = ['login.launch.test', 'many.launch.test', 'none.launch.test']\ntypes = ['A', 'AAAA']\n\
         query.timeout = '250ms'\nquery.tries = 3\nwarm = {{ rounds = 2, pause = '10ms' }}\n\
         absent = ['a.launch.test', 'b.launch.test']\nabsent-under = ['launch.test']\n\
         authoritative.servers = ['{}', '{closed}']\ndnssec.trust-anchor = '{}'\n\
         region = [{{ name = 'eu', subnet = '198.51.100.0/24', expect = ['192.0.2.1'] }}]\nresolvers = [",
        whole.address,
        key.file("ds").display(),
    );
    for server in servers {
        write!(settings, "'{server}', ").unwrap();
    }
    let seen = Probe::new("dns", settings + "]")
        .run(folders[2].path())
        .await;
    let all = tcpdump.end();
    assert!(!seen.cut_short);
    for server in servers {
        let (counted, captured) = (counted(&seen, server), captured(&all, server));
        assert!(captured.to > 20, "{server}: {captured:?}");
        assert_eq!(counted, captured, "{server}");
    }
    let asked = ["absent", "names", "regions", "signatures"];
    assert_eq!(phases(&seen, lossy.address), asked);
    let asked = [
        "absent",
        "names",
        "regions",
        "signatures",
        "source",
        "zones",
    ];
    assert_eq!(phases(&seen, whole.address), asked);
    assert!(counted(&seen, whole.address).tcp_to > 4);
    // What was lost is lost, and a closed port is not "none lost".
    let (lost, sent) = (
        sum(&seen, lossy.address, "lost"),
        sum(&seen, lossy.address, "sent"),
    );
    assert_eq!(lost as usize, lossy.dropped());
    let finding = seen.finding("dns/packet-loss");
    let text = finding.observed.as_deref().unwrap();
    assert_eq!(finding.status, Status::Warn);
    for expected in [
        format!(
            "{lost} of {} lost at {}",
            sent + sum(&seen, lossy.address, "closed"),
            lossy.address
        ),
        format!("met a closed port at {closed}"),
    ] {
        assert!(text.contains(&expected), "{text}, not {expected}");
    }
    let edns = seen.finding("dns/edns");
    assert_eq!(edns.subject, without_edns.address.to_string());
}

#[tokio::test]
async fn losses_among_absent_names_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = Nsd::start(folder.path(), "launch.test", ZONE);
    let lossy = Lossy::start(nsd.address, |number| number > 2 && number % 3 == 0);
    let absent: Vec<_> = (0..8).map(|n| format!("'a{n}.launch.test'")).collect();
    let settings = format!(
        "names = ['login.launch.test']\nresolvers = ['{}']\nabsent = [{}]\nquery.timeout = '300ms'\nquery.tries = 9",
        lossy.address,
        absent.join(", ")
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    let (status, text) = seen.said("dns/packet-loss");
    assert_eq!(status, Status::Warn, "{text}");
    let expected = format!("{} of ", lossy.dropped());
    assert!(text.starts_with(&expected), "{text}, not {expected}");
    assert_eq!(seen.said("dns/absent-name").0, Status::Pass);
}

#[tokio::test]
async fn a_server_of_many_zones_gets_no_more_in_a_second_than_the_checks_allow() {
    let folder = tempfile::tempdir().unwrap();
    let origins: Vec<_> = (0..25).map(|n| format!("zone{n}.test")).collect();
    let zone = zone();
    let zones: Vec<_> = origins.iter().map(|origin| (&**origin, &*zone)).collect();
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let _nsd = Nsd::start_zones(address, folder.path(), &zones);
    let tcpdump = Tcpdump::start(folder.path(), &[address]);
    let check = |host: &str, qps: u32| {
        let names = origins.iter().map(|origin| format!("'{host}.{origin}'"));
        let names: Vec<_> = names.collect();
        let settings = format!(
            "names = [{}]\nresolvers = ['{address}']\nauthoritative.servers = ['{address}']\nquery.qps = {qps}",
            names.join(", ")
        );
        Probe::new("dns", settings)
    };
    // Many zones at one server, answers that need TCP, and a second check that would ask faster.
    let (one, other) = tokio::join!(
        check("login", 60).run(folder.path()),
        check("many", 500).run(folder.path())
    );
    let mut asked = 0;
    for seen in [&one, &other] {
        assert!(!seen.cut_short);
        assert_eq!(seen.said("dns/packet-loss").0, Status::Pass, "{seen:#?}");
        asked += sum(seen, address, "sent");
    }
    let all = tcpdump.end();
    let times = &all[&address].times;
    assert_eq!(times.len() as u64, asked);
    assert!(times.len() > 200, "{}", times.len());
    // The 10 ms by which a pace may lag behind, and the clocks of two programs, are worth a packet or two.
    let most = all[&address].busiest_second();
    assert!((50..=62).contains(&most), "{most} in a second");
}
