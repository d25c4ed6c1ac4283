//! The module `tls` through the life of a certificate: issued by Pebble to `dehydrated` behind nginx, renewed on disk
//! and forgotten, swapped under watch. What the check says of challenges is what the authority does.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tminus::model::Status;

use crate::support::nginx;
use crate::support::pebble::{dehydrated, pebble};
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::tls::{NAME, Pki, faults, good, now};

/// Ports of nginx.
#[derive(Clone, Copy)]
struct Ports {
    http: u16,
    https: u16,
}

/// The configuration of nginx with these rules for what comes over plain HTTP.
fn servers(folder: &Path, ports: Ports, rules: &str) -> String {
    let at = |port: u16| -> [SocketAddr; 2] {
        [
            (Ipv4Addr::LOCALHOST, port).into(),
            (Ipv6Addr::LOCALHOST, port).into(),
        ]
    };
    let [v4, v6] = at(ports.http);
    let tls = nginx::tls(folder, &at(ports.https), "live");
    format!("{tls}server {{ listen {v4}; listen {v6}; {rules} }}\n")
}

fn check(ports: Ports, more: &str) -> Probe {
    let Ports { http, https } = ports;
    let settings = format!(
        "endpoints = ['{NAME}:{https}']\ntls.ca-file = 'roots.pem'\naddresses = ['127.0.0.1', '::1']\n\
         old-protocols = 'allow'\nacme.port = {http}\nacme.https-port = {https}\n{more}"
    );
    Probe::new("tls", settings).timeout(Duration::from_secs(90))
}

/// Whether challenges are said to arrive.
fn arrives(seen: &Seen) -> bool {
    seen.found("tls/acme-challenge")
        .iter()
        .all(|finding| finding.status == Status::Pass)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_an_authority_is_issued_renewed_forgotten_and_swapped() {
    let pki = Pki::new();
    let folder = pki.path();
    fs::create_dir_all(folder.join("acme/.well-known/acme-challenge")).unwrap();
    let first = pki.middle.issue(&good());
    pki.write("live.pem", &(first.pem() + &pki.middle.pem()));
    pki.write("live.key", &first.key_pem());
    let ports = Ports {
        http: free_port(),
        https: free_port(),
    };
    let webroot = format!("root {}/acme;", folder.display());
    let _nginx = nginx::start(folder, ports.https, &servers(folder, ports, &webroot));
    let seen = check(ports, "file = 'live.pem'").run(folder).await;
    assert_eq!(seen.status(), Status::Pass, "{}", faults(&seen));

    // Issued, and written over the live one without a word to nginx.
    let authority = pebble(folder, now(), ports.http, ports.https);
    pki.write("roots.pem", &(pki.root.pem() + &authority.root(folder)));
    authority.client(folder, NAME);
    dehydrated(folder, &["--cron"]);
    let seen = check(ports, "file = 'live.pem'").run(folder).await;
    let fault = faults(&seen);
    assert!(fault.contains("fail: serial "), "{fault}");
    assert_eq!(fault.lines().count(), 1, "{fault}");

    // Renewed by the authority and loaded, under watch.
    pki.write("reload", "");
    let swap = "file = 'live.pem'\nhot-swap = { file = 'live.pem', \
                command = ['dehydrated', '-f', 'dehydrated.conf', '--cron', '--force'], connections = 10, hold = '1s' }";
    let seen = check(ports, swap).run(folder).await;
    for rule in [
        "tls/swap-command",
        "tls/swap-served",
        "tls/swap-handshakes",
        "tls/swap-connections",
        "tls/file-served",
    ] {
        assert_eq!(seen.finding(rule).status, Status::Pass, "{}", faults(&seen));
    }
    // It begins when it is issued, which is after the T-0 of this check: its beginning.
    let fault = faults(&seen);
    assert!(
        fault
            .lines()
            .all(|line| line.starts_with("fail: it is valid from ")),
        "{fault}"
    );
    let issuer = String::from_utf8(seen.evidence("swapped.pem").to_vec()).unwrap();
    assert_eq!(issuer.matches("BEGIN CERTIFICATE").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_challenges_is_what_the_authority_does() {
    for (rules, arrive) in [
        ("root FOLDER/acme;", true),
        ("return 301 https://$host:HTTPS$request_uri;", true),
        ("return 301 https://$host:1$request_uri;", false),
        ("return 200 'log in';", false),
    ] {
        let pki = Pki::new();
        let folder = pki.path();
        fs::create_dir_all(folder.join("acme/.well-known/acme-challenge")).unwrap();
        let first = pki.middle.issue(&good());
        pki.write("live.pem", &(first.pem() + &pki.middle.pem()));
        pki.write("live.key", &first.key_pem());
        let ports = Ports {
            http: free_port(),
            https: free_port(),
        };
        let here = folder.display().to_string();
        let rules = rules.replace("FOLDER", &here);
        let rules = rules.replace("HTTPS", &ports.https.to_string());
        let servers =
            servers(folder, ports, &rules).replace("return 204;", &format!("root {here}/acme;"));
        let _nginx = nginx::start(folder, ports.https, &servers);
        let seen = check(ports, "").run(folder).await;
        assert_eq!(arrives(&seen), arrive, "{rules}: {}", faults(&seen));

        let authority = pebble(folder, now(), ports.http, ports.https);
        authority.client(folder, NAME);
        let mut client = Command::new("dehydrated");
        client
            .current_dir(folder)
            .args(["-f", "dehydrated.conf", "--cron"]);
        let output = client.output().unwrap();
        assert_eq!(output.status.success(), arrive, "{rules}: {output:?}");
    }
}
