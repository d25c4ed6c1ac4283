//! The module `tls`: whether what stands on disk is what nginx and haproxy serve.

use std::fs;

use tminus::model::Status;

use crate::fixtures::pki::{Issued, Leaf};
use crate::support::ports::free_port;
use crate::support::server::Server;
use crate::support::tls::{NAME, Pki, faults, good, now};
use crate::support::{haproxy, nginx};

/// nginx with `live.pem` and `live.key`.
fn serve(pki: &Pki) -> (u16, Server) {
    let port = free_port();
    let at = [(std::net::Ipv4Addr::LOCALHOST, port).into()];
    let server = nginx::start(pki.path(), port, &nginx::tls(pki.path(), &at, "live"));
    (port, server)
}

fn install(pki: &Pki, leaf: &Issued) {
    pki.write("live.pem", &(leaf.pem() + &pki.middle.pem()));
    pki.write("live.key", &leaf.key_pem());
}

#[tokio::test]
async fn what_was_renewed_on_disk_and_not_loaded_by_nginx_fails_until_it_is() {
    let pki = Pki::new();
    let old = Leaf::new(NAME, now() - 60 * 86_400, now() + 40 * 86_400);
    install(&pki, &pki.middle.issue(&old));
    let (port, _nginx) = serve(&pki);
    let check = || pki.check(port, "file = 'live.pem'").run(pki.path());
    let seen = check().await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");

    install(&pki, &pki.middle.issue(&good()));
    let seen = check().await;
    let fault = faults(&seen);
    assert!(
        fault.starts_with("fail: ")
            && fault.ends_with(
                "the one on disk is newer: it was renewed on disk and the server has not loaded it"
            ),
        "{fault}"
    );
    let kept = String::from_utf8(seen.evidence("on-disk.pem").to_vec()).unwrap();
    let written = fs::read_to_string(pki.path().join("live.pem")).unwrap();
    assert_eq!(kept, written.replace("\r\n", "\n"));

    nginx::reload(pki.path());
    let seen = check().await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    // The last issuer lost on its way to the server.
    pki.write(
        "more.pem",
        &(written_leaf(&pki) + &pki.middle.pem() + &pki.root.pem()),
    );
    let seen = pki.check(port, "file = 'more.pem'").run(pki.path()).await;
    let fault = faults(&seen);
    assert!(
        fault.starts_with("warn: the certificate is the same, but not the 2"),
        "{fault}"
    );
}

/// The first certificate of `live.pem`.
fn written_leaf(pki: &Pki) -> String {
    let text = fs::read_to_string(pki.path().join("live.pem")).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let (leaf, _) = text.split_once(end).unwrap();
    format!("{leaf}{end}")
}

#[tokio::test]
async fn haproxy_loads_certificate_and_key_from_one_file_and_no_key_leaves() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    pki.write(
        "both.pem",
        &(leaf.key_pem() + &leaf.pem() + &pki.middle.pem()),
    );
    let port = free_port();
    let at = (std::net::Ipv4Addr::LOCALHOST, port).into();
    let file = format!("crt {}", pki.path().join("both.pem").display());
    let _haproxy = haproxy::start(pki.path(), port, &[(at, file)]);
    let seen = pki
        .check(port, "secret-file = 'both.pem'")
        .run(pki.path())
        .await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let belongs = seen.finding("tls/file-key");
    assert_eq!(belongs.status, Status::Pass);

    // Renewed with the key of before.
    let renewed = pki.middle.issue(&good());
    let old_key = leaf.key_pem();
    pki.write("both.pem", &(renewed.pem() + &pki.middle.pem() + &old_key));
    let seen = pki
        .check(port, "secret-file = 'both.pem'")
        .run(pki.path())
        .await;
    let fault = faults(&seen);
    assert!(
        fault.contains("fail: The private key in both.pem belongs to another certificate"),
        "{fault}"
    );

    // Every way to write a key, whole and broken: none of it is in the record or in the evidence.
    let secret = old_key.lines().nth(1).unwrap();
    let one_line = old_key.replace(['\r', '\n'], "");
    let mislabelled = old_key.replace("PRIVATE KEY", "CERTIFICATE");
    for (setting, text) in [
        ("secret-file", leaf.pem() + &old_key),
        ("file", old_key.clone() + &leaf.pem()),
        ("file", leaf.pem() + &one_line),
        ("file", one_line.clone()),
        ("file", mislabelled),
        ("file", old_key.replace("-----END", "")),
        ("secret-file", leaf.pem() + &old_key.replace('M', "!")),
        ("secret-file", secret.to_owned()),
    ] {
        pki.write("key.pem", &text);
        let check = pki.check(port, &format!("{setting} = 'key.pem'"));
        let seen = check.run(pki.path()).await;
        let told = format!("{seen:#?}");
        assert!(!told.contains(&secret[..16]), "{told}");
        for kept in &seen.evidence {
            let bytes = String::from_utf8_lossy(&kept.bytes);
            assert!(!bytes.contains(&secret[..16]), "{}", kept.name);
        }
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_an_error() {
    let pki = Pki::new();
    install(&pki, &pki.middle.issue(&good()));
    let (port, _nginx) = serve(&pki);
    fs::create_dir(pki.path().join("folder")).unwrap();
    pki.write("empty.pem", "");
    pki.write("text.pem", "renewal failed\n");
    pki.write("half.pem", &written_leaf(&pki)[..300]);
    pki.write("broken.pem", &written_leaf(&pki).replace("MII", "AII"));
    pki.write("large.pem", &" ".repeat(1024 * 1024 + 1));
    let pipe = pki.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for (file, words) in [
        ("missing.pem", "error: it does not exist"),
        ("folder", "error: it is not a regular file"),
        ("pipe", "error: it is not a regular file"),
        ("empty.pem", "error: it contains no certificate"),
        ("text.pem", "error: it contains no certificate"),
        ("half.pem", "error: it is truncated"),
        (
            "broken.pem",
            "error: it holds an unreadable certificate, number 1",
        ),
        ("large.pem", "error: it is larger than 1 MiB"),
    ] {
        let seen = pki
            .check(port, &format!("file = '{file}'"))
            .run(pki.path())
            .await;
        let fault = faults(&seen);
        assert!(fault.starts_with(words), "{file}: {fault}");
    }
}
