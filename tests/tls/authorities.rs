//! Revocation of the authorities above a server's certificate, by lists of `openssl ca` and by wrong ones; verdicts
//! beside those of `openssl verify`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use tminus::model::Status;

use crate::fixtures::pki::{Authority, DAY, Issued, Leaf, Revocation};
use crate::fixtures::revocation::List;
use crate::support::http;
use crate::support::openssl::Registry;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::tls::{NAME, Pki, faults, good, now};

/// A server of lists: what is in the folder, by name, and how often each was asked for.
struct Lists {
    port: u16,
    asked: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Lists {
    async fn of(folder: &Path) -> Self {
        let folder = folder.to_owned();
        let asked = Arc::new(Mutex::new(BTreeMap::new()));
        let counted = Arc::clone(&asked);
        let port = http::serve(move |asked| {
            let name = asked.path.trim_start_matches('/').to_owned();
            let list = std::fs::read(folder.join(&name)).unwrap_or_default();
            *counted.lock().unwrap().entry(name).or_default() += 1;
            list
        })
        .await;
        Self { port, asked }
    }

    fn named(&self, name: &str) -> Revocation {
        Revocation {
            lists: vec![format!("http://127.0.0.1:{}/{name}", self.port)],
            ..Revocation::default()
        }
    }

    /// How often each list was asked for, since the last time.
    fn asked(&self) -> Vec<(String, usize)> {
        let mut asked = self.asked.lock().unwrap();
        std::mem::take(&mut *asked).into_iter().collect()
    }
}

fn below(root: &Authority, name: &str, revocation: &Revocation) -> Authority {
    root.below(name, now() - DAY, now() + 900 * DAY, revocation)
}

fn leaf(authority: &Authority, revocation: Revocation) -> Issued {
    authority.issue(&Leaf {
        revocation,
        ..good()
    })
}

/// The verdict of `openssl verify` with lists at hand for every certificate of the chain, or none for some.
fn openssl(folder: &Path, lists: &[&str]) -> (bool, String) {
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args(["verify", "-crl_check_all", "-CAfile", "roots.pem"])
        .args(["-no-CApath", "-no-CAstore", "-untrusted", "chain.pem"]);
    for list in lists {
        command.args(["-CRLfile", list]);
    }
    let output = command.arg("leaf.pem").output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let judged = output.status.success() || words.contains("verification failed");
    assert!(judged, "it did not come to a verdict: {words}");
    (output.status.success(), words)
}

/// The root's list as `openssl ca` makes it, with the intermediate on it or not.
fn by_openssl(pki: &Pki, middle: &Authority, revoked: bool) -> Vec<u8> {
    pki.write("ca.pem", &pki.root.pem());
    pki.write("ca.key", &pki.root.key_pem());
    pki.write("middle.pem", &middle.pem());
    let registry = Registry { folder: pki.path() };
    registry.enter("middle", revoked);
    registry.list()
}

#[tokio::test]
async fn verdicts_on_an_intermediate_are_those_of_openssl() {
    type Make = fn(&Pki, &Authority) -> Option<Vec<u8>>;
    let table: [(&str, Make, &str, &str); 9] = [
        (
            "good, by openssl",
            |pki, middle| Some(by_openssl(pki, middle, false)),
            "",
            "",
        ),
        (
            "revoked, by openssl",
            |pki, middle| Some(by_openssl(pki, middle, true)),
            "fail: revoked since ",
            "certificate revoked",
        ),
        (
            "another one is revoked",
            |pki, _| {
                let mut list = List::empty(now() - 9 * DAY, now() + DAY);
                list.revoked = vec![below(&pki.root, "Other", &Revocation::default()).der()];
                Some(list.by(&pki.root))
            },
            "",
            "",
        ),
        (
            "this one too",
            |pki, middle| {
                let mut list = List::empty(now() - 9 * DAY, now() + DAY);
                list.revoked = vec![
                    below(&pki.root, "Other", &Revocation::default()).der(),
                    middle.der(),
                ];
                Some(list.by(&pki.root))
            },
            "fail: revoked since ",
            "certificate revoked",
        ),
        (
            "expired",
            |pki, _| Some(List::empty(now() - 9 * DAY, now() - DAY).by(&pki.root)),
            "fail: good from ",
            "CRL has expired",
        ),
        (
            "not yet in force",
            |pki, _| Some(List::empty(now() + DAY, now() + 9 * DAY).by(&pki.root)),
            "fail: good from ",
            "CRL is not yet valid",
        ),
        (
            "by a namesake", // openssl goes by its key identifier and does not even try it
            |_, _| {
                let namesake = Authority::root("Test Root");
                Some(List::empty(now() - 9 * DAY, now() + DAY).by(&namesake))
            },
            "fail: http://127.0.0.1:",
            "unable to get certificate CRL",
        ),
        (
            "wrongly signed",
            |pki, _| {
                let mut list = List::empty(now() - 9 * DAY, now() + DAY).by(&pki.root);
                *list.last_mut().unwrap() ^= 1;
                Some(list)
            },
            "fail: http://127.0.0.1:",
            "CRL signature failure",
        ),
        (
            "none",
            |_, _| None,
            "error: http://127.0.0.1:",
            "unable to get certificate CRL",
        ),
    ];
    for (what, make, fault, by_openssl) in table {
        let pki = Pki::new();
        let lists = Lists::of(pki.path()).await;
        let middle = below(&pki.root, "Test Intermediate", &lists.named("root.crl"));
        let leaf = leaf(&middle, lists.named("middle.crl"));
        let write = |name: &str, list: &[u8]| std::fs::write(pki.path().join(name), list).unwrap();
        write(
            "middle.crl",
            &List::empty(now() - 9 * DAY, now() + DAY).by(&middle),
        );
        let mut at_hand = vec!["middle.crl"];
        if let Some(list) = make(&pki, &middle) {
            write("root.crl", &list);
            at_hand.push("root.crl");
        }
        let seen = pki.look(&leaf, &middle.pem(), &[], "").await;
        let found = seen.finding("tls/intermediate-revoked");
        assert!(
            found.subject.ends_with(", \"Test Intermediate\""),
            "{what}: {found:#?}"
        );
        assert!(faults(&seen).starts_with(fault), "{what}: {seen:#?}");
        let (accepts, words) = openssl(pki.path(), &at_hand);
        assert!(words.contains(by_openssl), "{what}: {words}");
        assert_eq!(fault.is_empty(), accepts, "{what}: {words}");
        assert_eq!(seen.status() == Status::Pass, accepts, "{what}: {seen:#?}");
        let asked = [("middle.crl".to_owned(), 1), ("root.crl".to_owned(), 1)];
        assert_eq!(lists.asked(), asked, "{what}");
    }
}

#[tokio::test]
async fn a_staple_says_nothing_of_the_authority() {
    use crate::fixtures::revocation::Response;
    let pki = Pki::new();
    let lists = Lists::of(pki.path()).await;
    let middle = below(&pki.root, "Test Intermediate", &lists.named("list.crl"));
    by_openssl(&pki, &middle, true);
    let leaf = leaf(
        &middle,
        Revocation {
            responder: Some("http://127.0.0.1:1/ocsp".to_owned()),
            ..Revocation::default()
        },
    );
    let staple = Response::good(&leaf, &middle, now() - DAY, now() + DAY).by(&middle);
    std::fs::write(pki.path().join("staple.der"), staple).unwrap();
    let options = ["-status_file", "staple.der"];
    let seen = pki.look(&leaf, &middle.pem(), &options, "").await;
    assert_eq!(seen.finding("tls/staple").status, Status::Pass);
    let fault = faults(&seen);
    assert!(fault.starts_with("fail: revoked since "), "{fault}");
    assert!(fault.ends_with(" (keyCompromise)"), "{fault}");
    let kept = seen
        .evidence
        .iter()
        .find(|kept| kept.name.starts_with("list-"));
    assert!(kept.is_some(), "the list is evidence");
    let seen = pki
        .look(&leaf, &middle.pem(), &options, "revocation = 'off'")
        .await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
}

#[tokio::test]
async fn a_list_that_many_chains_share_is_fetched_once() {
    let pki = Pki::new();
    let lists = Lists::of(pki.path()).await;
    let middle = below(&pki.root, "Test Intermediate", &lists.named("root.crl"));
    // Served with it and needed by nobody, so nobody is asked about it.
    let unused = below(&pki.root, "Unused", &lists.named("unused.crl"));
    let list = |authority: &Authority| List::empty(now() - DAY, now() + DAY).by(authority);
    std::fs::write(pki.path().join("root.crl"), list(&pki.root)).unwrap();
    std::fs::write(pki.path().join("middle.crl"), list(&middle)).unwrap();
    let chains = [middle.pem(), middle.pem() + &unused.pem()];
    let servers = [0, 1, 2].map(|number: usize| {
        let leaf = leaf(&middle, lists.named("middle.crl"));
        pki.serve(&leaf, &chains[number % 2], &[])
    });
    let ports = servers.each_ref().map(|server| server.port);
    let settings = format!(
        "endpoints = [{}]\ntls.server-name = '{NAME}'\ntls.ca-file = 'roots.pem'",
        ports.map(|port| format!("'127.0.0.1:{port}'")).join(", ")
    );
    let seen = Probe::new("tls", settings).run(pki.path()).await;
    assert_eq!(faults_but_order(&seen), "", "{seen:#?}");
    let of_intermediates = seen.found("tls/intermediate-revoked").into_iter();
    let passed = of_intermediates.filter(|finding| finding.status == Status::Pass);
    assert_eq!(passed.count(), 3);
    let asked = [("middle.crl".to_owned(), 1), ("root.crl".to_owned(), 1)];
    assert_eq!(lists.asked(), asked);
}

/// What is served in vain is a warning of its own.
fn faults_but_order(seen: &Seen) -> String {
    let orders = seen.found("tls/chain-order").into_iter();
    let orders: Vec<_> = orders
        .filter_map(|finding| finding.observed.as_ref())
        .collect();
    let faults = faults(seen);
    let lines = faults.lines();
    let lines = lines.filter(|line| !orders.iter().any(|order| line.ends_with(*order)));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_next_place_is_asked_where_one_cannot_be_reached() {
    let pki = Pki::new();
    let lists = Lists::of(pki.path()).await;
    let closed = format!("http://127.0.0.1:{}/root.crl", free_port());
    let mut places = lists.named("root.crl");
    places.lists.insert(0, closed.clone());
    let middle = below(&pki.root, "Test Intermediate", &places);
    let unreachable = Revocation {
        lists: vec![closed.clone()],
        ..Revocation::default()
    };
    let list = List::empty(now() - DAY, now() + DAY).by(&pki.root);
    std::fs::write(pki.path().join("root.crl"), list).unwrap();
    let seen = pki
        .look(
            &leaf(&middle, Revocation::default()),
            &middle.pem(),
            &[],
            "",
        )
        .await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    assert_eq!(lists.asked(), [("root.crl".to_owned(), 1)]);

    let middle = below(&pki.root, "Test Intermediate", &unreachable);
    let leaf = leaf(&middle, Revocation::default());
    for more in ["", "revocation = 'require'"] {
        let seen = pki.look(&leaf, &middle.pem(), &[], more).await;
        let found = seen.finding("tls/intermediate-revoked");
        assert_eq!(found.status, Status::Error, "{seen:#?}");
        let observed = found.observed.as_deref().unwrap();
        assert!(
            observed.starts_with(&format!("{closed} could not be connected to: ")),
            "{observed}"
        );
    }
}

#[tokio::test]
async fn no_list_of_an_untrusted_authority_is_fetched() {
    let pki = Pki::new();
    let lists = Lists::of(pki.path()).await;
    let stranger = Authority::root("Foreign Root");
    let middle = below(&stranger, "Foreign Intermediate", &lists.named("root.crl"));
    let leaf = leaf(&middle, lists.named("middle.crl"));
    let chain = middle.pem() + &stranger.pem();
    let seen = pki.look(&leaf, &chain, &[], "").await;
    assert_eq!(seen.status(), Status::Fail);
    assert!(seen.observation["revocation"].is_null(), "{seen:#?}");
    assert_eq!(lists.asked(), []);
}
