//! The module `dns` on behalf of regions: a zone that answers by the client's network, and resolvers that pass
//! the network on, drop it, keep it to themselves or change it.

use std::net::SocketAddr;

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsCode, EdnsOption};
use hickory_proto::rr::{RData, Record};
use tempfile::TempDir;
use tminus::model::Status;

use crate::support::datagrams::Hostile;
use crate::support::knot::Knot;
use crate::support::probe::{Probe, Seen};
use crate::support::unbound::Unbound;

const ZONE: &str = "$TTL 60\n@ SOA ns1 hostmaster 1 3600 600 86400 30\n@ NS ns1\nns1 A 127.0.0.1\n\
                    login A 192.0.2.1\n";
const MAP: &str = "login.launch.test:\n  - net: 198.51.100.0/24\n    A: 192.0.2.10\n  \
                   - net: 203.0.113.0/26\n    A: 192.0.2.20\n  \
                   - net: 2001:db8:1::/48\n    A: 192.0.2.30\n    AAAA: 2001:db8::30\n  \
                   - net: 127.0.0.0/8\n    A: 192.0.2.1\n";
const EAST: &str =
    "[[region]]\nname = 'cn-east'\nsubnet = '198.51.100.0/24'\nexpect = ['192.0.2.10']\n";

/// A resolver in front of a zone that knows regions.
struct Path {
    unbound: Unbound,
    knot: Knot,
    folder: TempDir,
}

impl Path {
    fn start(map: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let knot = Knot::start(folder.path(), "launch.test", ZONE, map);
        let zones = [("launch.test", knot.address)];
        let unbound = Unbound::start(folder.path(), &zones, more);
        Self {
            unbound,
            knot,
            folder,
        }
    }

    async fn run(&self, regions: &str) -> Seen {
        ask(self.unbound.address, &self.folder, regions).await
    }
}

async fn ask(resolver: SocketAddr, folder: &TempDir, regions: &str) -> Seen {
    let settings = format!(
        "names = ['login.launch.test']\nresolvers = ['{resolver}']\nquery.timeout = '500ms'\nquery.tries = 1\n{regions}"
    );
    Probe::new("dns", settings).run(folder.path()).await
}

fn said<'a>(seen: &'a Seen, subject: &str) -> (Status, &'a str) {
    let finding = seen.finding_about("dns/region", subject);
    (finding.status, finding.observed.as_deref().unwrap())
}

/// The subject of the finding on one answer.
fn asked(region: &str, resolver: SocketAddr) -> String {
    format!("login.launch.test A for {region} at {resolver}")
}

const PASSES_ON: &str = "module-config: \"subnetcache iterator\"\n  send-client-subnet: 127.0.0.1";

#[tokio::test]
async fn each_region_is_judged_by_the_answer_made_for_it() {
    let path = Path::start(MAP, PASSES_ON);
    let regions = format!(
        "{EAST}[[region]]\nname = 'us-west'\nsubnet = '203.0.113.0/26'\nexpect = ['192.0.2.21']\n\
         [[region]]\nname = 'sg'\nsubnet = '2001:db8:1::/56'\nexpect = ['192.0.2.30', '2001:db8::30']\n"
    );
    let seen = path.run(&regions).await;
    let east = said(&seen, "cn-east");
    assert_eq!(east, (Status::Pass, "all of 1 answers"));
    let both = said(&seen, "sg");
    assert_eq!(both, (Status::Pass, "all of 2 answers"));
    let west = said(&seen, &asked("us-west", path.unbound.address));
    let observed = "192.0.2.20 for 203.0.113.0/26 (scope 24)";
    assert_eq!(west, (Status::Fail, observed));

    let resolver = path.unbound.address;
    let name = format!("{resolver}-cn-east-login.launch.test-A.dns").replace(':', "_");
    let message = Message::from_vec(seen.evidence(&name)).unwrap();
    let shown = message.edns.as_ref().unwrap().option(EdnsCode::Subnet);
    let expected = ClientSubnet::new("198.51.100.0".parse().unwrap(), 24, 24);
    assert_eq!(shown, Some(&EdnsOption::Subnet(expected)));
}

#[tokio::test]
async fn a_resolver_that_ignores_the_network_is_named_and_proves_nothing() {
    // The answer that everyone gets is the expected one, and still nobody knows what the region gets.
    let same = "[[region]]\nname = 'rest'\nsubnet = '192.0.2.0/24'\nexpect = ['192.0.2.1']\n";
    let without = MAP.replace("  - net: 127.0.0.0/8\n    A: 192.0.2.1\n", "");
    let ignores = "resolver ignores client subnet; it answers 192.0.2.1";
    for (map, more, why) in [
        (MAP, "", ignores),
        (MAP, "module-config: \"subnetcache iterator\"", ignores),
        // The zone's server said of our own network, which its map does not hold, that the answer is for everyone.
        (
            &without,
            PASSES_ON,
            "resolver ignores client subnet (its answer is for every network, scope 0); it answers 192.0.2.1",
        ),
    ] {
        let path = Path::start(map, more);
        let seen = path.run(&format!("{EAST}{same}")).await;
        for region in ["cn-east", "rest"] {
            let (status, observed) = said(&seen, &asked(region, path.unbound.address));
            assert_eq!(status, Status::Error);
            assert!(observed.contains(why), "{observed}");
        }
        assert_eq!(seen.status(), Status::Error);
    }
}

#[tokio::test]
async fn the_zones_own_server_may_say_that_an_answer_is_for_everyone() {
    let path = Path::start(MAP, "");
    let regions = "[[region]]\nname = 'rest'\nsubnet = '192.0.2.0/24'\nexpect = ['192.0.2.1']\n\
                   [[region]]\nname = 'wide'\nsubnet = '203.0.113.0/24'\nexpect = ['192.0.2.20']\n";
    let seen = ask(path.knot.address, &path.folder, regions).await;
    let rest = said(&seen, "rest");
    assert_eq!(rest, (Status::Pass, "all of 1 answers"));
    let wide = said(&seen, &asked("wide", path.knot.address));
    let observed = "192.0.2.20 for a /26 in 203.0.113.0/24 alone (scope 26)";
    assert_eq!(wide, (Status::Warn, observed));
}

#[tokio::test]
async fn an_answer_for_another_network_is_not_accepted() {
    let confused = Hostile::start(|socket, question, client| {
        let mut reply = Message::from_vec(question).unwrap().into_response();
        let name = reply.queries[0].name().clone();
        reply.add_answer(Record::from_rdata(
            name,
            60,
            RData::A(A::new(192, 0, 2, 10)),
        ));
        if let Some(edns) = reply.edns.as_mut()
            && edns.option(EdnsCode::Subnet).is_some()
        {
            let other = ClientSubnet::new("203.0.113.0".parse().unwrap(), 24, 24);
            edns.options_mut().remove(EdnsCode::Subnet);
            edns.options_mut().insert(EdnsOption::Subnet(other));
        }
        socket.send_to(&reply.to_vec().unwrap(), client).unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let seen = ask(confused.address, &folder, EAST).await;
    let east = said(&seen, &asked("cn-east", confused.address));
    let observed = "no acceptable answer: an answer for the client subnet 203.0.113.0/24";
    assert_eq!(east, (Status::Error, observed));
    assert_eq!(seen.finding("dns/resolves").status, Status::Pass);
}
