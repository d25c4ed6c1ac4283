//! The module `tls` where endpoints are looked up at name servers of the test, which know what this machine does not.

use std::net::SocketAddr;

use tminus::model::Status;

use crate::fixtures::pki::{DAY, Leaf};
use crate::support::nsd::Nsd;
use crate::support::openssl::TlsServer;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::tls::{NAME, Pki, faults, good, now};
use crate::support::unbound::Unbound;

/// The zone of the endpoint, with these records of it.
fn zone(records: &str) -> String {
    format!(
        "$TTL 60\n@ SOA ns1 hostmaster 2026112400 3600 600 86400 30\n@ NS ns1\nns1 A 127.0.0.1\n{records}\n"
    )
}

fn served(pki: &Pki) -> TlsServer {
    pki.serve(&pki.middle.issue(&good()), &pki.middle.pem(), &[])
}

async fn look(pki: &Pki, port: u16, resolvers: &[String]) -> Seen {
    let settings = format!(
        "endpoints = ['{NAME}:{port}']\nresolvers = {resolvers:?}\ntls.ca-file = 'roots.pem'\n\
         tls.server-name = '{NAME}'"
    );
    Probe::new("tls", settings).run(pki.path()).await
}

#[tokio::test]
async fn an_endpoint_that_only_the_named_resolver_knows_is_found_there() {
    let pki = Pki::new();
    let server = served(&pki);
    let nsd = Nsd::start(pki.path(), NAME, &zone("@ A 127.0.0.1"));
    let named = nsd.address.to_string();
    let seen = look(&pki, server.port, std::slice::from_ref(&named)).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let lookups = &seen.observation["endpoints"][format!("{NAME}:{}", server.port)]["lookups"];
    assert_eq!(lookups[0]["resolver"], named);
    let address = format!("127.0.0.1:{}", server.port);
    assert_eq!(lookups[0]["addresses"], serde_json::json!([address]));

    // This machine does not know it, or cannot say; what the other resolver gave is contacted all the same.
    let both = look(&pki, server.port, &["system".to_owned(), named]).await;
    let subject = format!("{NAME}:{}, resolver system", server.port);
    let system = both.finding_about("tls/lookup", &subject);
    assert!(matches!(system.status, Status::Fail | Status::Error));
    assert_eq!(both.finding("tls/handshake").status, Status::Pass);
    assert_ne!(both.status(), Status::Pass);
}

#[tokio::test]
async fn resolvers_that_disagree_are_a_warning_and_all_they_give_is_contacted() {
    let pki = Pki::new();
    let server = served(&pki);
    let new = Nsd::start(pki.path(), NAME, &zone("@ A 127.0.0.1"));
    let place = SocketAddr::from(([127, 0, 0, 2], free_port()));
    let old = zone("@ A 127.0.0.1\n@ A 127.0.0.9\n@ AAAA ::1");
    let old = Nsd::start_at(place, pki.path(), NAME, &old);
    let resolvers = [new.address.to_string(), format!("tcp://{}", old.address)];
    let seen = look(&pki, server.port, &resolvers).await;
    let (status, observed) = seen.said("tls/same-addresses");
    assert_eq!(status, Status::Warn);
    let said = format!(
        "{}: 127.0.0.1; {}: 127.0.0.1, 127.0.0.9, ::1",
        resolvers[0], resolvers[1]
    );
    assert_eq!(observed, said);
    let contacted = &seen.observation["endpoints"][format!("{NAME}:{}", server.port)]["addresses"];
    assert_eq!(contacted.as_object().unwrap().len(), 3, "{seen:#?}");
}

#[tokio::test]
async fn a_resolver_that_is_not_there_is_an_error_and_the_others_still_count() {
    let pki = Pki::new();
    let server = served(&pki);
    let nsd = Nsd::start(pki.path(), NAME, &zone("@ A 127.0.0.1"));
    let gone = format!("127.0.0.1:{}", free_port());
    let resolvers = [nsd.address.to_string(), gone.clone()];
    let seen = look(&pki, server.port, &resolvers).await;
    let subject = format!("{NAME}:{}, resolver {gone}", server.port);
    let finding = seen.finding_about("tls/lookup", &subject);
    assert_eq!(finding.status, Status::Error);
    let observed = finding.observed.as_deref().unwrap();
    assert!(observed.contains("A: port unreachable"), "{observed}");
    assert_eq!(seen.finding("tls/handshake").status, Status::Pass);
}

#[tokio::test]
async fn an_encrypted_resolver_is_trusted_by_the_roots_of_the_check() {
    let pki = Pki::new();
    let server = served(&pki);
    let nsd = Nsd::start(pki.path(), NAME, &zone("@ A 127.0.0.1"));
    for (authority, is_trusted) in [
        (&pki.root, true),
        (&crate::fixtures::pki::Authority::root("Other"), false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut leaf = Leaf::new("resolver.test", now() - DAY, now() + 30 * DAY);
        leaf.names.push("127.0.0.1".to_owned());
        let issued = authority.issue(&leaf);
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("cert.pem"), issued.pem()).unwrap();
        std::fs::write(path("key.pem"), issued.key_pem()).unwrap();
        let port = free_port();
        let more = format!(
            "interface: 127.0.0.1@{port}\n  tls-port: {port}\n  tls-service-pem: \"{}\"\n  tls-service-key: \"{}\"\n",
            path("cert.pem").display(),
            path("key.pem").display()
        );
        let _unbound = Unbound::start(folder.path(), &[(NAME, nsd.address)], &more);
        let seen = look(&pki, server.port, &[format!("tls://127.0.0.1:{port}")]).await;
        match is_trusted {
            true => assert_eq!(seen.status(), Status::Pass, "{}", faults(&seen)),
            false => {
                let (status, observed) = seen.said("tls/lookup");
                assert_eq!(status, Status::Error);
                assert!(observed.contains("not trusted"), "{observed}");
            }
        }
    }
}
