//! The module `manual` with real files and answers.

use std::fs::{self, File};
use std::process::Command;
use std::time::Duration;

use tminus::model::Status;

use crate::support::probe::{Probe, Seen};

fn signed(more: &str) -> Probe {
    Probe::new(
        "manual",
        format!(
            "statement = 'Rehearsed'\nsigned-off = {{ by = 'Li Wei', at = 2026-01-05T08:00:00Z{more} }}"
        ),
    )
}

fn open() -> Probe {
    Probe::new("manual", "statement = 'Rehearsed'")
}

async fn run(probe: Probe) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    probe.run(folder.path()).await
}

#[tokio::test]
async fn an_item_is_open_until_somebody_answers_for_it() {
    let seen = run(open()).await;
    assert_eq!(seen.status(), Status::Fail, "{seen:#?}");

    let seen = run(open().answer("sign-off", true, "Ada", "twice")).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let observed = seen
        .finding("manual/signed-off")
        .observed
        .as_deref()
        .unwrap();
    assert!(observed.starts_with("signed off by Ada at 2"), "{observed}");
    assert!(observed.ends_with("in this run: twice"), "{observed}");

    for answer in [
        open().answer("sign-off", false, "Ada", "not on the new cluster"),
        open().answer("sign-off", true, " ", ""),
        open().answer("another-question", true, "Ada", ""),
    ] {
        let seen = run(answer).await;
        assert_eq!(seen.status(), Status::Fail, "{seen:#?}");
    }
    assert_eq!(run(signed("")).await.status(), Status::Pass);
}

#[tokio::test]
async fn the_file_is_kept_with_its_digest() {
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("papers")).unwrap();
    fs::write(folder.path().join("papers/load test.pdf"), "abc").unwrap();
    for (digest, status) in [
        (String::new(), Status::Pass),
        (format!(", sha256 = '{ABC}'"), Status::Pass),
        (format!(", sha256 = '{}'", ABC.to_uppercase()), Status::Pass),
        (format!(", sha256 = '{}'", "0".repeat(64)), Status::Fail),
    ] {
        let probe = signed(&format!(", file = 'papers/load test.pdf'{digest}"));
        let seen = probe.run(folder.path()).await;
        assert_eq!(seen.status(), status, "{digest}: {seen:#?}");
        assert_eq!(seen.observation["file"]["sha256"], ABC);
        assert_eq!(seen.observation["file"]["size"], 3);
        assert_eq!(seen.evidence("load test.pdf"), b"abc");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_never_a_pass() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let huge = File::create(path("huge")).unwrap();
    huge.set_len(64 * 1024 * 1024 + 1).unwrap();
    let fifo = Command::new("mkfifo").arg(path("fifo")).status().unwrap();
    assert!(fifo.success());
    for (file, status) in [
        ("missing", Status::Fail),
        (".", Status::Error),
        ("fifo", Status::Error),
        ("huge", Status::Error),
        ("/dev/zero", Status::Error),
    ] {
        let probe = signed(&format!(", file = '{file}'"));
        let seen = probe
            .timeout(Duration::from_secs(10))
            .run(folder.path())
            .await;
        assert!(!seen.cut_short, "{file}");
        assert_eq!(seen.status(), status, "{file}: {seen:#?}");
        assert_eq!(seen.evidence, [], "{file}");
    }
}

#[tokio::test]
async fn a_large_file_has_a_digest_and_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let large = File::create(folder.path().join("large")).unwrap();
    large.set_len(1024 * 1024 + 1).unwrap();
    let seen = signed(", file = 'large'").run(folder.path()).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    assert_eq!(seen.observation["file"]["size"], 1_048_577);
    assert_eq!(seen.evidence, []);
}
