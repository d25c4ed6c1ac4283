//! The seeds of the fuzz targets (`fuzz/`), and what becomes of them when they are torn: whatever the bytes, a reader
//! of staples, lists, certificates, reports and records says what is wrong, and says it soon. The fuzzer itself is not part of the
//! tests; this is its floor.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tminus::checks::REGISTRY;
use tminus::engine::rejudge;
use tminus::instrument::revocation::{Issuer, Pointers, answer, list, request};
use tminus::instrument::tls::HelloReply;
use tminus::model::Status;
use tminus::report::json;
use tminus::sign;

use crate::support::hostile::Judge;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds")
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(folder().join(target)).unwrap();
    let seeds: Vec<_> = files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    assert!(!seeds.is_empty(), "no seeds of {target}");
    seeds
}

fn subject() -> (Pointers, Issuer) {
    let [leaf, issuer] =
        ["leaf.der", "issuer.der"].map(|name| std::fs::read(folder().join(name)).unwrap());
    let about = Pointers::read(&leaf).unwrap();
    (about, Issuer::of(&leaf, [&*issuer], &[]).unwrap())
}

/// Every seed cut at every length, every byte of it set to values at which readers stumble (the ends of lengths, of
/// numbers and of tags), and parts of it said twice.
fn torn(seed: &[u8]) -> Vec<Vec<u8>> {
    let mut torn: Vec<Vec<u8>> = (0..seed.len()).map(|end| seed[..end].to_vec()).collect();
    for place in 0..seed.len() {
        for value in [0, 1, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xff] {
            let mut bytes = seed.to_vec();
            bytes[place] = value;
            torn.push(bytes);
        }
        let mut twice = seed[..place].to_vec();
        twice.extend(&seed[place / 2..]);
        torn.push(twice);
    }
    torn
}

/// Reads all of it, and says how many were accepted.
fn fed(target: &str, read: impl Fn(&[u8]) -> bool) -> usize {
    fed_every(target, 1, read)
}

/// The same with one torn seed in so many, where reading is dear.
fn fed_every(target: &str, nth: usize, read: impl Fn(&[u8]) -> bool) -> usize {
    let begin = Instant::now();
    let mut accepted = 0;
    for seed in seeds(target) {
        for bytes in torn(&seed).into_iter().step_by(nth) {
            accepted += usize::from(read(&bytes));
        }
    }
    assert!(begin.elapsed() < Duration::from_secs(120), "{target}");
    accepted
}

#[test]
fn torn_staples_are_refused() {
    let (about, issuer) = subject();
    let whole = seeds("ocsp");
    let good = whole
        .iter()
        .filter(|seed| answer(seed, &about, &issuer).is_ok());
    assert_eq!(good.count(), whole.len() - 1, "all but `try-later`");
    // A byte set to the value that it had is no change.
    let unchanged = |bytes: &[u8]| whole.iter().any(|seed| seed == bytes);
    let changed = fed("ocsp", |bytes| {
        answer(bytes, &about, &issuer).is_ok() && !unchanged(bytes)
    });
    assert_eq!(changed, 0);
}

#[test]
fn torn_lists_are_refused() {
    let (about, issuer) = subject();
    let whole = seeds("crl");
    let good = whole
        .iter()
        .filter(|seed| list(seed, &about, &issuer).is_ok());
    assert_eq!(
        good.count(),
        whole.len() - 1,
        "all but that of another authority"
    );
    let unchanged = |bytes: &[u8]| whole.iter().any(|seed| seed == bytes);
    let changed = fed("crl", |bytes| {
        list(bytes, &about, &issuer).is_ok() && !unchanged(bytes)
    });
    assert_eq!(changed, 0);
}

#[test]
fn torn_certificates_are_read_or_refused() {
    let (_, issuer) = subject();
    let read = |bytes: &[u8]| {
        let about = Pointers::read(bytes);
        if let Ok(about) = &about {
            let _ = request(about, &issuer);
        }
        let _ = Issuer::of(bytes, [bytes], &[]);
        about.is_ok()
    };
    assert!(fed("certificate", read) > 0);
}

#[test]
fn torn_chains_are_judged_and_never_pass() {
    let judge = Judge::new(&folder());
    let trusted = |bytes: &[u8]| {
        let judgement = judge.judge(bytes);
        assert!(!judgement.status().satisfies(), "{judgement:#?}");
        let mut findings = judgement.findings.iter();
        findings.any(|finding| {
            // Of a chain that ends at an intermediate among the roots, OpenSSL's refusal is a warning.
            let holds = matches!(finding.status, Status::Pass | Status::Warn);
            holds && finding.claim.contains("leads to a trusted root")
        })
    };
    let whole = seeds("chain");
    for seed in &whole {
        assert!(trusted(seed), "{:#?}", judge.judge(seed).findings);
    }
    assert!(
        fed_every("chain", 61, trusted) > 0,
        "what stands behind the path may be torn"
    );
}

#[test]
fn torn_greetings_are_heard_or_refused() {
    let heard = |bytes: &[u8]| match HelloReply::read([bytes]) {
        Some(HelloReply::Agreed { .. } | HelloReply::Alert { .. }) => true,
        Some(HelloReply::Unheard { .. }) | None => false,
        Some(other) => panic!("{other:?}"),
    };
    let whole = seeds("greeting");
    assert_eq!(whole.iter().filter(|seed| heard(seed)).count(), whole.len());
    assert!(fed("greeting", heard) > 0);
}

#[test]
fn torn_reports_are_read_or_refused() {
    let whole = seeds("report");
    let read = |bytes: &[u8]| sign::attachments(bytes).is_ok_and(|files| !files.is_empty());
    assert_eq!(whole.iter().filter(|seed| read(seed)).count(), whole.len());
    let identity = sign::Identity::create("tests", Timestamp::UNIX_EPOCH).unwrap();
    let signed = |bytes: &[u8]| {
        let signed = sign::sign_pdf(bytes, &identity, Timestamp::UNIX_EPOCH, "GO");
        signed.is_ok_and(|pdf| {
            sign::verify_pdf(&pdf, &[], Timestamp::UNIX_EPOCH).is_ok()
                == sign::attachments(bytes).is_ok()
        })
    };
    assert!(fed_every("report", 7, signed) > 0);
}

#[test]
fn torn_records_are_judged_or_refused() {
    let judged = |bytes: &[u8]| {
        let Ok(record) = json::from_json(bytes) else {
            return false;
        };
        let again = rejudge(&record, REGISTRY, None).expect("of this schema");
        let back = json::from_json(&json::to_json(&again)).expect("it is read back");
        assert_eq!(back.verdict, again.verdict);
        true
    };
    let whole = seeds("record");
    assert_eq!(
        whole.iter().filter(|seed| judged(seed)).count(),
        whole.len()
    );
    // Of the present format: an older one would never reach the judge of its module.
    for seed in &whole {
        let record = json::from_json(seed).unwrap();
        let again = rejudge(&record, REGISTRY, None).unwrap();
        let check = &again.checks[0];
        let findings = &check.findings;
        assert_eq!(
            check.status,
            Status::Pass,
            "{}: {findings:#?}",
            check.module
        );
    }
    assert!(fed_every("record", 61, judged) > 0);
}

#[test]
fn a_list_of_very_many_entries_is_read_soon() {
    // Nothing of it is signed, and none of it is kept: only the walk is timed.
    let (about, issuer) = subject();
    let entry = [
        0x30, 0x14, 2, 3, 1, 2, 3, 0x17, 13, b'2', b'6', b'0', b'1', b'0', b'1', b'0', b'0', b'0',
        b'0', b'0', b'0', b'Z',
    ];
    let entries = entry.repeat(1_000_000);
    let sequence = |parts: &[&[u8]]| {
        let contents = parts.concat();
        let length = u32::try_from(contents.len()).unwrap().to_be_bytes();
        let short: &[u8] = match contents.len() {
            0..128 => &length[3..],
            _ => &length
                .iter()
                .skip_while(|byte| **byte == 0)
                .copied()
                .collect::<Vec<_>>()[..],
        };
        let mut der = vec![0x30];
        if contents.len() >= 128 {
            der.push(0x80 | short.len() as u8);
        }
        der.extend(short);
        der.extend(contents);
        der
    };
    let algorithm = sequence(&[&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]);
    let time = [&[0x17, 13][..], b"260101000000Z"].concat();
    let name = sequence(&[]);
    let body = sequence(&[
        &[2, 1, 1],
        &algorithm,
        &name,
        &time,
        &time,
        &sequence(&[&entries]),
    ]);
    let bytes = sequence(&[&body, &algorithm, &[3, 2, 0, 0]]);
    let begin = Instant::now();
    let refused = list(&bytes, &about, &issuer).unwrap_err().to_string();
    assert!(refused.starts_with("it is the list of "), "{refused}");
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
}
