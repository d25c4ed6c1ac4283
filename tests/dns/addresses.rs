//! Addresses that this machine reaches and others do not: nothing listens elsewhere for them, so a connection from here
//! proves nothing.

use std::net::{Ipv4Addr, TcpListener};

use tminus::model::Status;

use crate::support::nsd::Nsd;
use crate::support::probe::{Probe, Seen};

const ZONE: &str = "
$TTL 60
@       SOA   ns1 hostmaster 1 3600 600 86400 30
@       NS    ns1
ns1     A     198.18.0.53
zero    A     0.0.0.0
zero    AAAA  ::
home    A     127.0.0.1
home    AAAA  ::1
link    A     169.254.7.7
many    A     224.0.0.5
mapped  A     198.18.0.1
mapped  AAAA  ::ffff:198.18.0.1
nat64   A     198.18.0.1
nat64   AAAA  64:ff9b::c612:1
native  A     198.18.0.1
native  AAAA  fd00:7::1
some    A     198.18.0.1
some    A     0.0.0.0
";

async fn ask(server: &Nsd, name: &str, more: &str) -> Seen {
    let address = server.address;
    let settings = format!("names = ['{name}.launch.test']\nresolvers = ['{address}']\n{more}");
    let folder = tempfile::tempdir().unwrap();
    Probe::new("dns", settings).run(folder.path()).await
}

#[tokio::test]
async fn addresses_that_clients_elsewhere_cannot_use_are_remarked_on() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = Nsd::start(folder.path(), "launch.test", ZONE);
    for (name, address, status, words) in [
        (
            "zero",
            "0.0.0.0",
            Status::Fail,
            "0.0.0.0 is the unspecified address",
        ),
        ("zero", "::", Status::Fail, ":: is the unspecified address"),
        (
            "home",
            "127.0.0.1",
            Status::Pass,
            "127.0.0.1 is a loopback address",
        ),
        ("home", "::1", Status::Pass, "::1 is a loopback address"),
        (
            "link",
            "169.254.7.7",
            Status::Warn,
            "169.254.7.7 is a link-local address",
        ),
        (
            "many",
            "224.0.0.5",
            Status::Fail,
            "224.0.0.5 is a multicast address",
        ),
        (
            "mapped",
            "::ffff:198.18.0.1",
            Status::Warn,
            "::ffff:198.18.0.1 is an IPv4 address in IPv6 form",
        ),
        (
            "some",
            "0.0.0.0",
            Status::Fail,
            "0.0.0.0 is the unspecified address",
        ),
    ] {
        let kind = if address.contains(':') { "AAAA" } else { "A" };
        let types = format!("types = ['{kind}']");
        let seen = ask(&nsd, name, &types).await;
        let finding = seen.finding_about("dns/usable-address", address);
        assert_eq!(finding.status, status, "{name} {address}");
        assert!(finding.claim.starts_with(words), "{}", finding.claim);
        assert_eq!(seen.status(), status, "{seen:#?}");
        // Whoever expects it knows.
        let also = if name == "some" { ", '198.18.0.1'" } else { "" };
        let expect = format!("{types}\nexpect = {{ '{name}.launch.test' = ['{address}'{also}] }}");
        let seen = ask(&nsd, name, &expect).await;
        assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    }
    for name in ["nat64", "native"] {
        let seen = ask(&nsd, name, "types = ['A', 'AAAA']").await;
        assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    }
}

#[tokio::test]
async fn dual_stack_wants_addresses_of_use_of_both_families() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = Nsd::start(folder.path(), "launch.test", ZONE);
    for (name, status, observed) in [
        ("native", Status::Pass, "all of 1 names"),
        (
            "nat64",
            Status::Fail,
            "AAAA: 64:ff9b::c612:1 is made from an IPv4 address for NAT64",
        ),
        (
            "mapped",
            Status::Fail,
            "AAAA: ::ffff:198.18.0.1 is an IPv4 address in IPv6 form",
        ),
        (
            "zero",
            Status::Fail,
            "A: 0.0.0.0 is the unspecified address",
        ),
        ("home", Status::Pass, "all of 1 names"),
    ] {
        let seen = ask(&nsd, name, "types = ['A', 'AAAA']\ndual-stack = true").await;
        let (judged, text) = seen.said("dns/dual-stack");
        assert_eq!(judged, status, "{name}: {text}");
        assert!(text.starts_with(observed), "{name}: {text}");
    }
}

#[tokio::test]
async fn a_connection_to_this_machine_proves_nothing_about_others() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = Nsd::start(folder.path(), "launch.test", ZONE);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let reachable = format!("reachable.ports = ['{port}/tcp']");
    let seen = ask(&nsd, "zero", &reachable).await;
    let finding = seen.finding("dns/reachable");
    assert_eq!(finding.status, Status::Fail);
    let words = "accepts connections of this machine, but 0.0.0.0 is the unspecified address";
    assert!(finding.claim.contains(words), "{}", finding.claim);
    // The resolver is a laboratory on this machine, and so are its clients.
    let seen = ask(&nsd, "home", &reachable).await;
    assert_eq!(seen.finding("dns/reachable").status, Status::Pass);
}
