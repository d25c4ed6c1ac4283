//! The module `tls`: clients that come back, at one address and across addresses.

use std::net::{Ipv4Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tminus::model::Status;

use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::tls::{NAME, Pki, faults, good};
use crate::support::{haproxy, nginx};

/// `<name>.pem`, `<name>.key`, and both in one file for haproxy.
fn certified(pki: &Pki, name: &str) {
    let leaf = pki.middle.issue(&good());
    let chain = leaf.pem() + &pki.middle.pem();
    pki.write(&format!("{name}.pem"), &chain);
    pki.write(&format!("{name}.key"), &leaf.key_pem());
    pki.write(&format!("{name}.both"), &(chain + &leaf.key_pem()));
}

fn at(last: u8, port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), port))
}

/// Looks at the server on both addresses.
async fn look(pki: &Pki, port: u16, more: &str) -> Seen {
    let settings = format!(
        "endpoints = ['{NAME}:{port}']\ntls.ca-file = 'roots.pem'\naddresses = ['127.0.0.1', '127.0.0.2']\n{more}"
    );
    Probe::new("tls", settings).run(pki.path()).await
}

#[tokio::test]
async fn a_server_with_tickets_knows_its_clients_again_and_one_without_does_not() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let asks = "resumption.level = 'require'\nresumption.handshakes = 2";
    for version in ["-tls1_2", "-tls1_3"] {
        let seen = pki.look(&leaf, &pki.middle.pem(), &[version], asks).await;
        assert_eq!(seen.status(), Status::Pass, "{version}: {seen:#?}");
        let resumed = seen.finding("tls/session-resumption");
        assert_eq!(
            resumed.observed.as_deref(),
            Some("2 of 2 handshakes were resumed")
        );
        let measured = |name: &str| {
            let measures = seen.judgement.measures.iter();
            measures.filter(|measure| measure.name == name).count()
        };
        assert_eq!(measured("tls_handshake_quantile_seconds"), 4, "{seen:#?}");
        assert_eq!(measured("tls_resumption_ratio"), 1);

        let forgets = [version, "-no_ticket", "-no_cache", "-num_tickets", "0"];
        let seen = pki.look(&leaf, &pki.middle.pem(), &forgets, asks).await;
        assert_eq!(
            faults(&seen),
            "fail: 0 of 2 handshakes were resumed",
            "{version}"
        );
        let noted = pki
            .look(
                &leaf,
                &pki.middle.pem(),
                &forgets,
                "resumption.level = 'note'",
            )
            .await;
        assert_eq!(noted.status(), Status::Pass, "{noted:#?}");
    }
}

#[tokio::test]
async fn addresses_that_share_ticket_keys_are_told_from_those_that_do_not() {
    let pki = Pki::new();
    certified(&pki, "server");
    for (name, first) in [("one", 1), ("two", 101)] {
        let lines = (0..3).map(|line| STANDARD.encode([first + line; 48]) + "\n");
        pki.write(&format!("{name}.tickets"), &lines.collect::<String>());
    }
    let folder = pki.path().display();
    let asks =
        "resumption.level = 'require-across'\nresumption.handshakes = 1\nold-protocols = 'allow'";
    for version in ["TLSv1.2", "TLSv1.3"] {
        for (second, status) in [("one", Status::Pass), ("two", Status::Fail)] {
            let port = free_port();
            let bind = |last, tickets| {
                let more = format!(
                    "crt {folder}/server.both tls-ticket-keys {folder}/{tickets}.tickets ssl-min-ver {version} ssl-max-ver {version}"
                );
                (at(last, port), more)
            };
            let binds = [bind(1, "one"), bind(2, second)];
            let _haproxy = haproxy::start(pki.path(), port, &binds);
            let seen = look(&pki, port, asks).await;
            assert_eq!(seen.status(), status, "{version}: {seen:#?}");
            if status == Status::Fail {
                let both = "fail: 127.0.0.2 completes a full handshake\nfail: 127.0.0.1 completes a full handshake";
                assert_eq!(faults(&seen), both, "{version}");
            }
            let alone = look(&pki, port, "resumption.level = 'require'").await;
            assert_eq!(alone.status(), Status::Pass, "{version}: {alone:#?}");
        }
    }
}

#[tokio::test]
async fn two_servers_of_nginx_share_what_they_are_told_to_share() {
    let pki = Pki::new();
    certified(&pki, "server");
    std::fs::write(pki.path().join("tickets"), [7; 80]).unwrap();
    let asks = "resumption.level = 'require-across'";
    for (shared, words) in [
        (true, ""),
        (false, "fail: 127.0.0.2 completes a full handshake"),
    ] {
        let port = free_port();
        let servers: String = [1, 2]
            .map(|last| nginx::tls(pki.path(), &[at(last, port)], "server"))
            .concat();
        let key = format!(
            "ssl_session_ticket_key {}/tickets; return",
            pki.path().display()
        );
        let servers = if shared {
            servers.replace("return", &key)
        } else {
            servers
        };
        let _nginx = nginx::start(pki.path(), port, &servers);
        let seen = look(&pki, port, asks).await;
        assert!(faults(&seen).starts_with(words), "{seen:#?}");
        assert_eq!(seen.status() == Status::Pass, shared, "{seen:#?}");
    }
}

#[tokio::test]
async fn haproxy_with_another_certificate_on_its_second_address_is_told() {
    let pki = Pki::new();
    certified(&pki, "new");
    certified(&pki, "old");
    let port = free_port();
    let folder = pki.path().display();
    let binds = [(1, "new"), (2, "old")]
        .map(|(last, name)| (at(last, port), format!("crt {folder}/{name}.both")));
    let _haproxy = haproxy::start(pki.path(), port, &binds);
    let seen = look(&pki, port, "").await;
    let fault = faults(&seen);
    assert!(
        fault.starts_with("fail: 2 certificates (SHA-256): "),
        "{fault}"
    );
    assert!(
        fault.contains(" at 127.0.0.1, ") && fault.ends_with(" at 127.0.0.2"),
        "{fault}"
    );
}
