//! Revocation: staples of `openssl s_server` and nginx, responses and lists of `openssl`, and those that no honest
//! authority makes.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tminus::model::Status;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::fixtures::pki::{Authority, DAY, Issued, Leaf};
use crate::fixtures::revocation::{List, Response, try_later};
use crate::support::openssl::responder;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::tls::{NAME, Pki, faults, good, named, now, registry};
use crate::support::{haproxy, http, nginx};

/// Serves a leaf with a staple and looks.
async fn stapled(pki: &Pki, leaf: &Issued, staple: &[u8], more: &str) -> Seen {
    std::fs::write(pki.path().join("staple.der"), staple).unwrap();
    let options = ["-status_file", "staple.der"];
    pki.look(leaf, &pki.middle.pem(), &options, more).await
}

#[tokio::test]
async fn staples_of_every_kind_are_told_apart() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&named(Some(1), None, false));
    let sibling = pki.middle.issue(&good());
    let made = |from, until| Response::good(&leaf, &pki.middle, from, until);
    let fresh = made(now() - DAY, now() + DAY);
    let delegate = |purpose| {
        let mut leaf = Leaf::new("ocsp.test", now() - DAY, now() + DAY);
        leaf.revocation.delegate = purpose;
        pki.middle.issue(&leaf)
    };
    let stranger = Authority::root("Test Intermediate");
    let mut unsigned = fresh.clone().by(&pki.middle);
    let last = unsigned.len() - 1;
    unsigned[last] ^= 0xff;
    for (what, staple, fault) in [
        ("good", fresh.clone().by(&pki.middle), ""),
        ("delegated", fresh.clone().by_delegate(&delegate(true)), ""),
        (
            "delegate without purpose",
            fresh.clone().by_delegate(&delegate(false)),
            "fail: it is signed by \"leaf\", whose certificate is not meant for signing OCSP responses",
        ),
        (
            "revoked",
            fresh.clone().revoked(now() - DAY).by(&pki.middle),
            "fail: revoked since ",
        ),
        (
            "stale",
            made(now() - 9 * DAY, now() - DAY).by(&pki.middle),
            "fail: good from ",
        ),
        ("unsigned", unsigned, "fail: its signature is wrong"),
        (
            "wrongly signed",
            fresh.clone().by(&stranger),
            "fail: its signature is wrong",
        ),
        (
            "other certificate",
            Response::good(&sibling, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle),
            "fail: it is about another certificate",
        ),
        (
            "try later",
            try_later(),
            "fail: it returns the error \"tryLater\"",
        ),
    ] {
        let seen = stapled(&pki, &leaf, &staple, "").await;
        assert!(faults(&seen).starts_with(fault), "{what}: {seen:#?}");
        assert_eq!(
            fault.is_empty(),
            seen.status() == Status::Pass,
            "{what}: {seen:#?}"
        );
        let kept = seen
            .evidence
            .iter()
            .find(|kept| kept.name.starts_with("staple-"));
        let kept = kept.expect("the staple is evidence");
        assert_eq!(kept.media_type, "application/ocsp-response");
        assert_eq!(kept.bytes, staple);
    }
}

#[test]
fn openssl_takes_a_response_without_a_next_update_at_any_age() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&named(Some(1), None, false));
    pki.write("leaf.pem", &leaf.pem());
    pki.write("middle.pem", &pki.middle.pem());
    for (next_update, taken) in [(None, true), (Some(now() - DAY), false)] {
        let mut response = Response::good(&leaf, &pki.middle, now() - 400 * DAY, 0);
        response.next_update = next_update;
        std::fs::write(pki.path().join("old.der"), response.by(&pki.middle)).unwrap();
        let output = std::process::Command::new("openssl")
            .current_dir(pki.path())
            .args(["ocsp", "-respin", "old.der", "-issuer", "middle.pem"])
            .args(["-cert", "leaf.pem", "-CAfile", "roots.pem"])
            .args(["-verify_other", "middle.pem"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            said.contains("\ngood\n") || said.contains(": good\n"),
            "{said}"
        );
        assert_ne!(said.contains("Status times invalid"), taken, "{said}");
    }
}

#[tokio::test]
async fn must_staple_is_honoured() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&named(Some(1), None, true));
    let seen = pki.look(&leaf, &pki.middle.pem(), &[], "").await;
    assert_eq!(faults(&seen), "fail: none in two handshakes");
    let staple = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle);
    let seen = stapled(&pki, &leaf, &staple, "revocation = 'require'").await;
    let fault = faults(&seen); // of the intermediate
    assert!(fault.ends_with(" names no revocation list"), "{fault}");
    let seen = pki
        .look(&leaf, &pki.middle.pem(), &[], "revocation = 'off'")
        .await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
}

#[tokio::test]
async fn nginx_staples_from_its_second_handshake_on_what_openssl_answers() {
    let pki = Pki::new();
    let port = responder(pki.path(), "ca").await;
    let leaf = pki.middle.issue(&named(Some(port), None, true));
    registry(&pki, &leaf, false);
    pki.write("site.pem", &(leaf.pem() + &pki.middle.pem()));
    pki.write("site.key", &leaf.key_pem());
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let folder = pki.path().display();
    let server = format!(
        "server {{ listen {at} ssl; ssl_certificate {folder}/site.pem; ssl_certificate_key {folder}/site.key; \
         ssl_stapling on; return 204; }}\n"
    );
    let _nginx = nginx::start(pki.path(), at.port(), &server);
    let seen = pki.check(at.port(), "").run(pki.path()).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let endpoint = &seen.observation["endpoints"][format!("127.0.0.1:{}", at.port())];
    let session = &endpoint["addresses"][at.to_string()]["handshake"];
    assert!(session["staple"].is_null(), "{session:#}");
    assert_eq!(session["second_handshake"]["kind"], "stapled");
    assert!(
        seen.evidence
            .iter()
            .any(|kept| kept.name.starts_with("staple-"))
    );
}

#[tokio::test]
async fn the_responder_itself_is_asked() {
    let pki = Pki::new();
    let delegate = {
        let mut leaf = Leaf::new("ocsp.test", now() - DAY, now() + DAY);
        leaf.revocation.delegate = true;
        pki.middle.issue(&leaf)
    };
    pki.write("delegate.pem", &delegate.pem());
    pki.write("delegate.key", &delegate.key_pem());
    for (signer, revoked, expected) in [
        ("ca", false, Status::Pass),
        ("delegate", false, Status::Pass),
        ("delegate", true, Status::Fail),
    ] {
        let port = responder(pki.path(), signer).await;
        let leaf = pki.middle.issue(&named(Some(port), None, false));
        registry(&pki, &leaf, revoked);
        let staple = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle);
        let seen = stapled(&pki, &leaf, &staple, "ocsp-query = true").await;
        let vouched = seen.finding("tls/ocsp-responder");
        assert_eq!(vouched.status, expected, "{signer}: {seen:#?}");
        if revoked {
            let observed = vouched.observed.as_deref().unwrap();
            assert!(observed.ends_with(" (keyCompromise)"), "{observed}");
        }
        let kept = seen
            .evidence
            .iter()
            .find(|kept| kept.name.starts_with("ocsp-"));
        assert!(kept.is_some_and(|kept| kept.bytes.len() > 100), "{seen:#?}");
    }
    let leaf = pki.middle.issue(&named(Some(free_port()), None, false));
    let staple = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle);
    let seen = stapled(&pki, &leaf, &staple, "ocsp-query = true").await;
    let fault = faults(&seen);
    assert!(fault.contains("could not be connected to"), "{fault}");
    assert!(fault.starts_with("error: "), "{fault}");
    let busy = http::serve(|_| try_later()).await;
    let leaf = pki.middle.issue(&named(Some(busy), None, false));
    let staple = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle);
    let seen = stapled(&pki, &leaf, &staple, "ocsp-query = true").await;
    assert_eq!(faults(&seen), "error: it returns the error \"tryLater\"");
}

#[tokio::test]
async fn the_list_of_openssl_is_fetched_and_asked() {
    let pki = Pki::new();
    for (revoked, expected) in [(false, Status::Pass), (true, Status::Fail)] {
        let folder = pki.path().to_owned();
        let port = http::serve(move |asked| {
            assert_eq!(asked.path, "/list.crl");
            std::fs::read(folder.join("list.crl")).unwrap()
        })
        .await;
        let leaf = pki.middle.issue(&named(None, Some(port), false));
        let list = registry(&pki, &leaf, revoked).list();
        let seen = pki.look(&leaf, &pki.middle.pem(), &[], "").await;
        let found = seen.finding("tls/revocation-list");
        assert_eq!(found.status, expected, "{seen:#?}");
        assert_eq!(seen.status(), expected);
        let kept = seen
            .evidence
            .iter()
            .find(|kept| kept.name.starts_with("list-"));
        let kept = kept.expect("the list is evidence");
        assert_eq!(kept.media_type, "application/pkix-crl");
        assert_eq!(kept.bytes, list);
        if revoked {
            let observed = found.observed.as_deref().unwrap();
            assert!(observed.starts_with("revoked since "), "{observed}");
            assert!(observed.ends_with(" (keyCompromise)"), "{observed}");
        }
    }
}

/// What is found where a list is answered with these bytes.
async fn fault_of_list(make: impl FnOnce(&Pki, &Issued) -> Vec<u8>) -> String {
    let pki = Pki::new();
    let path = pki.path().join("made.crl");
    let made = path.clone();
    let port = http::serve(move |_| std::fs::read(&made).unwrap()).await;
    let leaf = pki.middle.issue(&named(None, Some(port), false));
    std::fs::write(path, make(&pki, &leaf)).unwrap();
    faults(&pki.look(&leaf, &pki.middle.pem(), &[], "").await)
}

#[tokio::test]
async fn lists_that_acquit_nobody() {
    let list = List::empty(now() - 9 * DAY, now() + DAY);
    assert_eq!(fault_of_list(|pki, _| list.by(&pki.middle)).await, "");
    let expired = fault_of_list(|pki, _| List::empty(now() - 9 * DAY, now() - DAY).by(&pki.middle));
    let expired = expired.await;
    assert!(expired.starts_with("fail: good from "), "{expired}");
    assert!(expired.contains(", it ended"), "{expired}");
    let stranger = Authority::root("Test Intermediate");
    let forged = fault_of_list(|_, _| list.by(&stranger)).await;
    assert!(forged.starts_with("fail: http://127.0.0.1:"), "{forged}");
    assert!(forged.ends_with("the certificate's issuer did not sign it"));
    let foreign = fault_of_list(|pki, _| list.by(&pki.root)).await;
    assert!(
        foreign.ends_with("it is the list of \"Test Root\", which has not issued the certificate")
    );
    let other = fault_of_list(|pki, _| {
        let mut other = list.clone();
        other.place = Some("http://127.0.0.1:1/other.crl".to_owned());
        other.by(&pki.middle)
    });
    assert!(other.await.ends_with("it is another of its issuer's lists"));
    let pem = fault_of_list(|pki, leaf| {
        registry(pki, leaf, false).list();
        std::fs::read(pki.path().join("list.pem")).unwrap()
    });
    let pem = pem.await;
    assert!(pem.starts_with("warn: good from "), "{pem}");
    let page = fault_of_list(|_, _| b"<html>".to_vec()).await;
    assert!(page.starts_with("error: http://127.0.0.1:"), "{page}");
    assert!(page.contains("it is not a revocation list: "), "{page}");
    let empty = fault_of_list(|_, _| Vec::new()).await;
    assert!(empty.starts_with("error: http://127.0.0.1:"), "{empty}");
}

/// What is found where the place of a list behaves like this.
async fn fault_of_place(port: u16) -> String {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&named(None, Some(port), false));
    let server = pki.serve(&leaf, &pki.middle.pem(), &[]);
    let check = pki.check(server.port, "").timeout(Duration::from_secs(6));
    let seen = check.run(pki.path()).await;
    assert!(!seen.cut_short);
    let kept = seen
        .evidence
        .iter()
        .any(|kept| kept.name.starts_with("list-"));
    assert!(!kept, "what is no list goes into no report");
    let fault = faults(&seen);
    let words = format!("error: http://127.0.0.1:{port}/list.crl ");
    fault
        .strip_prefix(&words)
        .unwrap_or_else(|| panic!("{fault}"))
        .to_owned()
}

#[tokio::test]
async fn a_place_that_gives_no_list_is_an_error() {
    let closed = fault_of_place(free_port()).await;
    assert!(
        closed.starts_with("could not be connected to: 127.0.0.1:"),
        "{closed}"
    );
    let says = |bytes: &'static [u8]| {
        http::raw(move |mut stream| async move {
            let _ = http::read(&mut stream).await;
            let _ = stream.write_all(bytes).await;
        })
    };
    let absent = says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(
        fault_of_place(absent).await,
        "answered with HTTP status 404"
    );
    let elsewhere =
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n";
    let elsewhere = says(elsewhere).await;
    assert_eq!(
        fault_of_place(elsewhere).await,
        "answered with HTTP status 302"
    );
    let garbage = fault_of_place(says(b"\x16\x03\x01 no HTTP\r\n\r\n").await).await;
    assert!(
        garbage.starts_with("broke HTTP before it answered: "),
        "{garbage}"
    );
    let short = says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0").await;
    let short = fault_of_place(short).await;
    assert_eq!(short, "closed the connection in the middle of the answer");

    // Accepts connections, and says nothing.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let hung = fault_of_place(silent.local_addr().unwrap().port()).await;
    assert!(hung.starts_with("did not deliver within "), "{hung}");
    let endless = http::raw(|mut stream| async move {
        let _ = http::read(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        let zeros = vec![0; 1024 * 1024];
        while stream.write_all(&zeros).await.is_ok() {}
    });
    assert_eq!(
        fault_of_place(endless.await).await,
        "delivers more than 67108864 bytes"
    );
}

#[tokio::test]
async fn a_revoked_certificate_whose_server_withholds_the_staple_is_found_by_its_list() {
    let pki = Pki::new();
    let folder = pki.path().to_owned();
    let list = http::serve(move |_| std::fs::read(folder.join("list.crl")).unwrap()).await;
    let leaf = pki
        .middle
        .issue(&named(Some(free_port()), Some(list), false));
    registry(&pki, &leaf, true).list();
    let seen = pki.look(&leaf, &pki.middle.pem(), &[], "").await;
    let fault = faults(&seen);
    assert!(
        fault.starts_with("warn: none in two handshakes\nfail: revoked since "),
        "{fault}"
    );
    // The list is not needed where a response is stapled, so it is not asked.
    let staple = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle);
    let seen = stapled(&pki, &leaf, &staple, "").await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    assert!(seen.observation["revocation"].is_null());
}

#[tokio::test]
async fn nobody_is_asked_on_behalf_of_an_untrusted_certificate() {
    let pki = Pki::new();
    let port = http::serve(|_| Vec::new()).await;
    let stranger = Authority::root("Foreign Root");
    let leaf = stranger.issue(&named(Some(port), Some(port), true));
    let seen = pki
        .look(&leaf, &stranger.pem(), &[], "ocsp-query = true")
        .await;
    assert_eq!(seen.status(), Status::Fail);
    assert!(seen.observation["revocation"].is_null(), "{seen:#?}");
    assert_eq!(
        faults(&seen),
        "fail: it leads to \"Foreign Root\", which is not trusted"
    );
}

#[tokio::test]
async fn an_address_of_haproxy_that_lacks_the_file_of_the_staple_is_named() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&named(Some(1), None, true));
    let staple = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle);
    let port = free_port();
    let mut binds = Vec::new();
    for (last, name) in [(1, "with"), (2, "without")] {
        let pem = leaf.pem() + &pki.middle.pem() + &leaf.key_pem();
        pki.write(&format!("{name}.pem"), &pem);
        let address = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), port));
        binds.push((address, format!("crt {}/{name}.pem", pki.path().display())));
    }
    std::fs::write(pki.path().join("with.pem.ocsp"), &staple).unwrap();
    let _haproxy = haproxy::start(pki.path(), port, &binds);
    let settings = format!(
        "endpoints = ['{NAME}:{port}']\ntls.ca-file = 'roots.pem'\naddresses = ['127.0.0.1', '127.0.0.2']"
    );
    let seen = Probe::new("tls", settings).run(pki.path()).await;
    let proofs = seen.found("tls/staple").into_iter();
    let proofs: Vec<_> = proofs
        .map(|finding| {
            (
                finding.status,
                finding.subject.rsplit(" at ").next().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        proofs,
        [(Status::Pass, "127.0.0.1"), (Status::Fail, "127.0.0.2")]
    );
}
