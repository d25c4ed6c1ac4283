//! The judge of renewal by table.

use super::pki::{DAY, Leaf};
use super::{NOW, T0, World, faults, judge, observed, settings};
use crate::checks::tls::observation::Observation;
use crate::checks::tls::renewal::Disk;
use crate::instrument::tls::{Der, StoredKey};
use crate::model::Status;
use crate::model::digest::sha256_hex;

/// Serves the first chain where the second stands on disk.
fn on_disk(world: &World, served: &[Vec<u8>], disk: &[Vec<u8>], key: StoredKey) -> Observation {
    let mut observation = observed(&world.roots, &[served.to_vec(), served.to_vec()]);
    for der in disk {
        let der = Der(der.clone());
        observation.certificates.insert(sha256_hex(&der.0), der);
    }
    observation.renewal.disk = Some(Disk::Read {
        chain: disk.iter().map(|der| sha256_hex(der)).collect(),
        key,
    });
    observation
}

fn plain(world: &World, served: &[Vec<u8>], disk: &[Vec<u8>]) -> String {
    let observation = on_disk(world, served, disk, StoredKey::Absent);
    faults(&judge(
        &settings("file = 'live/fullchain.pem'"),
        &observation,
    ))
}

/// A fault without what tells one generated certificate from another.
fn blurred(faults: &str) -> String {
    let pattern = regex::Regex::new("serial [0-9a-f:]+, SHA-256 [0-9a-f]{16}").unwrap();
    pattern
        .replace_all(faults, "serial S, SHA-256 D")
        .into_owned()
}

#[test]
fn what_is_served_is_what_stands_on_disk_with_or_without_its_issuers() {
    let world = World::new();
    let chain = world.good();
    assert_eq!(plain(&world, &chain, &chain), "");
    assert_eq!(plain(&world, &chain, &chain[..1]), "");
    let observation = on_disk(&world, &chain, &chain, StoredKey::Absent);
    let judgement = judge(&settings("file = 'live/fullchain.pem'"), &observation);
    let passed = judgement.findings.iter();
    let passed = passed.filter(|finding| finding.claim.contains("in live/fullchain.pem"));
    assert_eq!(passed.count(), 1, "one finding for both addresses");
}

#[test]
fn another_certificate_is_told_with_who_is_newer() {
    let world = World::new();
    let old = world.chain(world.leaf(NOW - 40 * DAY, T0 + 50 * DAY));
    let new = world.chain(world.leaf(NOW - DAY, T0 + 89 * DAY));
    insta::assert_snapshot!(blurred(&plain(&world, &old, &new)), @r#"
    fail: gw.example.com:443 serves the certificate in live/fullchain.pem
      expected: serial S, SHA-256 D, from 2026-11-20 02:00 UTC until 2027-02-21 02:00 UTC
      observed: serial S, SHA-256 D, from 2026-10-12 02:00 UTC until 2027-01-13 02:00 UTC; the one on disk is newer: it was renewed on disk and the server has not loaded it
      hint: reload the server at this address, for nginx `nginx -s reload`, and let the ACME client do so after every renewal (a deploy hook)
    "#);
    insta::assert_snapshot!(blurred(&plain(&world, &new, &old)), @r#"
    fail: gw.example.com:443 serves the certificate in live/fullchain.pem
      expected: serial S, SHA-256 D, from 2026-10-12 02:00 UTC until 2027-01-13 02:00 UTC
      observed: serial S, SHA-256 D, from 2026-11-20 02:00 UTC until 2027-02-21 02:00 UTC; the one on disk is older
      hint: name as `file` what the server really loads, or find out who put the old one back: the next reload would serve it
    "#);
    let twin = world.chain(world.leaf(NOW - DAY, T0 + 89 * DAY));
    let told = plain(&world, &new, &twin);
    assert!(
        told.contains("both are valid from and until the same time"),
        "{told}"
    );
    let stranger = Leaf::new("www.example.com", NOW - DAY, T0 + 89 * DAY);
    let told = plain(&world, &old, &world.chain(world.middle.issue(&stranger)));
    assert!(
        told.contains("is for other names: www.example.com"),
        "{told}"
    );
}

#[test]
fn other_issuers_after_the_same_certificate_are_a_warning() {
    let world = World::new();
    let chain = world.good();
    let longer = [chain.clone(), vec![world.root.der()]].concat();
    let observation = on_disk(&world, &chain, &longer, StoredKey::Absent);
    let judgement = judge(&settings("file = 'live/fullchain.pem'"), &observation);
    assert_eq!(judgement.status(), Status::Warn);
    let told = faults(&judgement);
    assert!(
        told.contains("but not the 2 certificates after it"),
        "{told}"
    );
}

#[test]
fn a_key_on_disk_is_judged_by_what_the_file_is_for() {
    let world = World::new();
    let chain = world.good();
    for (setting, key, status) in [
        ("file", StoredKey::Fits, Status::Warn),
        ("file", StoredKey::Unreadable, Status::Warn),
        ("file", StoredKey::Foreign, Status::Fail),
        ("secret-file", StoredKey::Fits, Status::Pass),
        ("secret-file", StoredKey::Absent, Status::Fail),
        ("secret-file", StoredKey::Foreign, Status::Fail),
        ("secret-file", StoredKey::Unreadable, Status::Error),
    ] {
        let observation = on_disk(&world, &chain, &chain, key);
        let asks = settings(&format!("{setting} = 'both.pem'"));
        assert_eq!(
            judge(&asks, &observation).status(),
            status,
            "{setting} {key:?}"
        );
    }
}

#[test]
fn a_file_that_was_not_read_is_an_error() {
    let world = World::new();
    let mut observation = observed(&world.roots, &[world.good()]);
    let asks = settings("file = 'live/fullchain.pem'");
    insta::assert_snapshot!(faults(&judge(&asks, &observation)), @r#"
    error: The certificate in live/fullchain.pem can be read
      observed: the probe ended before it was read
    "#);
    let message = "holds no certificate".to_owned();
    observation.renewal.disk = Some(Disk::Unusable { message });
    insta::assert_snapshot!(faults(&judge(&asks, &observation)), @r#"
    error: The certificate in live/fullchain.pem can be read
      observed: it holds no certificate
      hint: let the user who runs this read it, and name the PEM file that the server loads
    "#);
    // A record that lost the certificate itself.
    let chain: Vec<_> = world.good();
    let mut lost = on_disk(&world, &chain, &world.good(), StoredKey::Absent);
    let Some(Disk::Read { chain: disk, .. }) = &lost.renewal.disk else {
        panic!("it was read")
    };
    lost.certificates.remove(&disk[0].clone());
    assert_eq!(judge(&asks, &lost).status(), Status::Error);
}

#[test]
fn two_files_exclude_each_other() {
    use crate::checks::tls::Tls;
    use crate::model::Module as _;
    let both = settings("file = 'a.pem'\nsecret-file = 'b.pem'");
    assert_eq!(Tls::review(&both).len(), 1);
}
