//! A real report in other hands: outside validators accept it, and nobody can change what it says, not even with
//! a valid signature of their own.

use std::fs;

use jiff::Timestamp;
use lopdf::{Document, Object, Stream};
use serde_json::Value;
use tminus::checks::REGISTRY;
use tminus::engine::{differences, rejudge};
use tminus::model::digest::sha256_hex;
use tminus::model::record::{Dossier, EvidenceDigest, NotRun, RunRecord};
use tminus::model::{CheckRecord, Evidence, Status, Verdict};
use tminus::report::audit::{Objection, audit};
use tminus::report::{RenderContext, json, pdf, signed};
use tminus::sign::{Identity, sign_pdf, verify_pdf};

use crate::support::tminus::Desk;
use crate::support::validators::{self, Validators};

/// The report of a run of which one check fails.
fn report() -> Vec<u8> {
    let desk = Desk::new();
    desk.write(
        "c.toml",
        r#"
[launch]
name = "PixelRush 像素"
[[check]]
id = "passes"
module = "command"
run = ["echo", "fine"]
[[check]]
id = "fails"
module = "command"
run = ["sh", "-c", "echo broken >&2; exit 3"]
"#,
    );
    desk.run(&["run", "c.toml"]).expect(1);
    desk.read("tminus-report/report.pdf")
}

/// The dossier inside a report.
fn dossier(report: &[u8]) -> Dossier {
    let verified = verify_pdf(report, &[], Timestamp::now()).expect("it verifies");
    let record: RunRecord = json::from_json(&verified.attachments[json::FILE]).expect("a record");
    let evidence = record.checks.iter().map(|check| {
        let pieces = check.evidence.iter().map(|digest| Evidence {
            name: digest.name.clone(),
            media_type: digest.media_type.clone(),
            bytes: verified.attachments[&pdf::evidence_name(&check.id, &digest.name)].clone(),
        });
        pieces.collect()
    });
    Dossier {
        evidence: evidence.collect(),
        record,
    }
}

/// A forger's own report, validly signed.
fn forged(dossier: &Dossier) -> Vec<u8> {
    let context = RenderContext {
        identity: Some(forger()),
        signed_at: Timestamp::now(),
    };
    (signed::FORMAT.render)(dossier, &context).expect("a report")
}

fn forger() -> Identity {
    Identity::create("forger", Timestamp::now()).expect("an identity")
}

/// What is objected to, which must be something.
#[track_caller]
fn objections(report: &[u8]) -> Vec<Objection> {
    audit(report, &[], Timestamp::now(), REGISTRY).expect_err("the forgery passes")
}

#[test]
fn outside_validators_accept_the_report_of_a_run() {
    let report = report();
    let verified = verify_pdf(&report, &[], Timestamp::now()).expect("it verifies");
    let validators = Validators::new(&forger().certificate_pem(), "P,P,P");
    let path = validators.put(&report);
    let said = validators.pdfsig(&path);
    assert!(said.contains("Signature is Valid"), "{said}");
    assert!(said.contains("Total document signed"), "{said}");
    let said = validators::done("qpdf", &["--check", path.to_str().expect("UTF-8")]);
    assert!(
        said.contains("No syntax or stream encoding errors found"),
        "{said}"
    );
    let subject = &verified.signer.subject;
    assert!(subject.ends_with("(tminus)"), "{subject}");
}

#[test]
fn pyhanko_validates_the_report_under_its_signers_certificate() {
    let identity = forger();
    let certificate = identity.certificate_pem();
    let context = RenderContext {
        identity: Some(identity),
        signed_at: Timestamp::now(),
    };
    let report = (signed::FORMAT.render)(&dossier(&report()), &context).expect("a report");
    let validators = Validators::new(&certificate, "P,P,P");
    let (accepted, said) = validators.pyhanko(&validators.put(&report));
    assert!(accepted, "{said}");
}

#[test]
fn the_report_of_a_run_holds_and_a_changed_byte_anywhere_does_not() {
    let report = report();
    audit(&report, &[], Timestamp::now(), REGISTRY).expect("the report holds");
    for at in (0..report.len()).step_by(report.len() / 400) {
        let mut changed = report.clone();
        changed[at] ^= 1;
        assert!(
            audit(&changed, &[], Timestamp::now(), REGISTRY).is_err(),
            "byte {at} of {}",
            report.len()
        );
    }
}

#[test]
fn statuses_that_do_not_follow_from_the_observations_are_refused() {
    let mut dossier = dossier(&report());
    audit(&forged(&dossier), &[], Timestamp::now(), REGISTRY)
        .expect("an honest copy under another signature holds");
    let check = &mut dossier.record.checks[1];
    check.status = Status::Pass;
    check.attempts[0].status = Status::Pass;
    check.findings[0].status = Status::Pass;
    dossier.record.summary.pass += 1;
    dossier.record.summary.fail -= 1;
    dossier.record.verdict = Verdict::Go;
    let objections = objections(&forged(&dossier));
    assert!(
        objections
            .iter()
            .any(|objection| matches!(objection, Objection::Difference(_))),
        "{objections:?}"
    );
}

/// Values of a record that follow from others, by the last part of their path; all below them counts, too.
const DERIVED: [&str; 15] = [
    "verdict",
    "headline",
    "summary",
    "rules",
    "families",
    "warnings",
    "unused_waivers",
    "expired_waivers",
    "complete",
    "status",
    "number",
    "finding",
    "findings",
    "measures",
    "exhibits",
];

/// Every way to change one value of a JSON document, with its path: another scalar, one entry more, one entry less.
fn changes(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    let mut inside = |path: String, inner: &Value, put: &dyn Fn(Value) -> Value| {
        let mut below = Vec::new();
        changes(inner, &path, &mut below);
        found.extend(below.into_iter().map(|(path, inner)| (path, put(inner))));
    };
    match value {
        Value::Object(entries) => {
            for (key, inner) in entries {
                inside(format!("{path}/{key}"), inner, &|inner| {
                    let mut changed = value.clone();
                    changed[key] = inner;
                    changed
                });
            }
        }
        Value::Array(entries) => {
            for (at, inner) in entries.iter().enumerate() {
                inside(format!("{path}/{at}"), inner, &|inner| {
                    let mut changed = value.clone();
                    changed[at] = inner;
                    changed
                });
            }
            if let Some(last) = entries.last() {
                let more = [entries.as_slice(), std::slice::from_ref(last)].concat();
                found.push((format!("{path} (one more)"), more.into()));
                let less = entries[..entries.len() - 1].to_vec();
                found.push((format!("{path} (one less)"), less.into()));
            }
        }
        Value::String(text) => {
            let statuses = ["pass", "warn", "fail", "error", "skipped", "not-selected"];
            let others = [format!("{text}.")].into_iter();
            let others = others.chain(statuses.map(str::to_owned));
            let others = others.filter(|other| other != text);
            found.extend(others.map(|other| (path.to_owned(), other.into())));
        }
        Value::Number(number) => {
            let more = number.as_f64().expect("a number") + 1.0;
            let more = if number.is_u64() {
                (more as u64).into()
            } else {
                more.into()
            };
            found.push((path.to_owned(), more));
        }
        Value::Bool(value) => found.push((path.to_owned(), (!value).into())),
        Value::Null => {}
    }
}

#[test]
fn every_single_change_of_what_follows_from_the_observations_is_found() {
    let record = dossier(&report()).record;
    let honest: Value = serde_json::from_slice(&json::to_json(&record)).expect("JSON");
    let mut all = Vec::new();
    changes(&honest, "", &mut all);
    all.retain(|(path, _)| {
        let is = |part: &str| {
            DERIVED.contains(
                &part
                    .trim_end_matches(" (one more)")
                    .trim_end_matches(" (one less)"),
            )
        };
        let input = ["/settings/", "/observation/", "/selection/"];
        path.split('/').any(is) && !input.iter().any(|input| path.contains(input))
    });
    assert!(all.len() > 100, "only {} changes", all.len());
    let mut unseen = Vec::new();
    for (path, changed) in all {
        let Ok(changed) = json::from_json(changed.to_string().as_bytes()) else {
            continue; // not a record at all
        };
        let judged = rejudge(&changed, REGISTRY, None).expect("judged");
        if differences(&changed, &judged).is_empty() {
            unseen.push(path);
        }
    }
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[test]
fn what_no_run_can_leave_behind_is_found() {
    let part = || {
        let mut record = dossier(&report()).record;
        record.checks.truncate(1);
        record
    };
    type Change = fn(&mut RunRecord);
    let cases: [(&str, Change); 6] = [
        ("reason not to run", |record| {
            record.checks[0].not_run = Some(NotRun::NotSelected);
        }),
        ("selection", |record| {
            let id = record.checks[0].id.clone();
            record.checks[0] = CheckRecord {
                not_run: Some(NotRun::NotSelected),
                attempts: Vec::new(),
                observation: None,
                ..record.checks[0].clone()
            };
            record.run.selection.ids = vec![id];
        }),
        ("selection", |record| {
            record.run.selection.tags = vec!["edge".to_owned()];
        }),
        ("number of findings", |record| {
            // What a check outside the selection says of itself.
            record.checks[0].not_run = Some(NotRun::NotSelected);
            record.checks[0].status = Status::NotSelected;
        }),
        ("last attempt", |record| {
            let check = &mut record.checks[0];
            check.attempts[0].finding = Some(check.findings[0].clone());
        }),
        ("complete", |record| {
            record.run.interrupted_by = Some("SIGTERM".to_owned());
        }),
    ];
    for (what, change) in cases {
        let mut record = part();
        change(&mut record);
        let judged = rejudge(&record, REGISTRY, None).expect("judged");
        let found = differences(&record, &judged);
        assert!(
            found.iter().any(|found| found.what == what),
            "{what}: {found:?}"
        );
    }
}

/// Under the name of another version, texts cannot be compared: such a report is never a plain GO.
#[test]
fn texts_of_another_version_that_differ_are_not_proven() {
    let mut forgery = dossier(&report());
    forgery.record.run.tool.version = "0.0.9".to_owned();
    let desk = Desk::new();
    let verify = |desk: &Desk, code| {
        let args = ["verify", "report.pdf", "--accept-unknown"];
        desk.run(&args).expect(code).stdout
    };
    forgery
        .record
        .checks
        .retain(|check| check.status.satisfies());
    let ids: Vec<_> = forgery
        .record
        .checks
        .iter()
        .map(|check| check.id.clone())
        .collect();
    assert!(!ids.is_empty(), "a check that passes");
    let checks = forgery.record.checks.clone();
    forgery.record = rejudge(&forgery.record, REGISTRY, None).expect("judged");
    forgery.record.checks = checks;
    forgery.record.run.tool.version = "0.0.9".to_owned();
    forgery.evidence.truncate(ids.len());
    fs::write(desk.path("report.pdf"), forged(&forgery)).expect("written");
    verify(&desk, 0);
    forgery.record.checks[0].findings[0].claim = "Everything was tested twice".to_owned();
    fs::write(desk.path("report.pdf"), forged(&forgery)).expect("written");
    let said = verify(&desk, 3);
    assert!(
        said.contains("texts not compared: written by 0.0.9"),
        "{said}"
    );
    let args = [
        "verify",
        "report.pdf",
        "--accept-unknown",
        "--accept-other-version",
    ];
    desk.run(&args).expect(0);
    forgery.record.run.started_at =
        forgery.record.run.finished_at + jiff::SignedDuration::from_hours(1);
    let objections = objections(&forged(&forgery));
    let late = |objection: &Objection| objection.to_string().contains("before it started");
    assert!(objections.iter().any(late), "{objections:?}");
}

/// The record of an earlier version, whose sentences have been reworded since. It stays as it is: auditors keep such
/// reports, and a later version has to verify them.
fn earlier() -> Dossier {
    let record = include_bytes!("golden/earlier.json");
    let record = json::from_json(record).expect("a record");
    Dossier {
        evidence: vec![Vec::new(); record.checks.len()],
        record,
    }
}

#[test]
fn a_report_of_an_earlier_version_holds_however_its_sentences_were_reworded() {
    let earlier = earlier();
    let report = forged(&earlier);
    audit(&report, &[], Timestamp::now(), REGISTRY).expect("it holds");
    let judged = rejudge(&earlier.record, REGISTRY, None).expect("judged");
    let claims = |record: &RunRecord| -> Vec<_> {
        let findings = record.checks.iter().flat_map(|check| &check.findings);
        findings.map(|finding| finding.claim.clone()).collect()
    };
    let (then, now) = (claims(&earlier.record), claims(&judged));
    assert_eq!(then.len(), now.len());
    assert!(
        then.iter().zip(&now).all(|(then, now)| then != now),
        "not reworded: {then:?}"
    );
    // The version that wrote a sentence answers for it.
    let mut ours = earlier;
    ours.record.run.tool = judged.run.tool;
    assert!(!objections(&forged(&ours)).is_empty());
}

#[test]
fn a_report_of_an_earlier_version_with_a_changed_status_rule_or_subject_does_not_hold() {
    let honest = earlier();
    let text = String::from_utf8(json::to_json(&honest.record)).expect("UTF-8");
    for (from, to, what) in [
        (
            r#""status": "fail",
          "expected""#,
            r#""status": "pass",
          "expected""#,
            "status of finding",
        ),
        (
            r#""rule": "command/exit-code""#,
            r#""rule": "command/started""#,
            "rule of finding",
        ),
        (
            r#""subject": "sh""#,
            r#""subject": "su""#,
            "subject of finding",
        ),
        (
            r#""waived_by": "Ada Tan""#,
            r#""waived_by": "Eve""#,
            "waiver of finding",
        ),
    ] {
        assert!(text.contains(from), "{from} is not in\n{text}");
        let record = json::from_json(text.replacen(from, to, 1).as_bytes()).expect("a record");
        let changed = Dossier {
            record,
            ..honest.clone()
        };
        let objections = objections(&forged(&changed));
        let objected = |objection: &Objection| matches!(objection, Objection::Difference(difference) if difference.what.starts_with(what));
        assert!(objections.iter().any(objected), "{what}: {objections:?}");
    }
}

#[test]
fn a_report_of_another_schema_is_refused_in_one_sentence() {
    let mut old = dossier(&report());
    old.record.schema = "tminus-report/1".to_owned();
    let desk = Desk::new();
    fs::write(desk.path("old.pdf"), forged(&old)).expect("written");
    let outcome = desk
        .run(&["verify", "old.pdf", "--accept-unknown"])
        .expect(4);
    assert_eq!(
        outcome.stdout,
        "FAILED  the attached report.json is a run record of schema \"tminus-report/1\"; this version reads only \
         \"tminus-report/2\", so run the checklist again\nNOT VERIFIED: do not rely on old.pdf\n"
    );
}

#[test]
fn exchanged_and_additional_evidence_is_refused() {
    let honest = dossier(&report());
    let mut exchanged = honest.clone();
    exchanged.evidence[1][0].bytes = b"all is well".to_vec();
    assert!(matches!(
        objections(&forged(&exchanged))[..],
        [Objection::Altered { .. }, ..]
    ));
    let mut missing = honest.clone();
    missing.evidence[1].clear();
    assert!(matches!(
        objections(&forged(&missing))[..],
        [Objection::Missing(_), ..]
    ));
    let mut stray = honest;
    let mut piece = stray.evidence[1][0].clone();
    piece.name = "more.txt".to_owned();
    stray.evidence[1].push(piece);
    assert!(matches!(
        objections(&forged(&stray))[..],
        [Objection::Stray(_), ..]
    ));
}

/// An observation refers to its evidence by digest, so nothing can be added to a record that no probe kept, and nothing
/// that one kept be left out.
#[test]
fn evidence_belongs_to_the_observation_that_refers_to_it() {
    type Change = fn(&mut Dossier);
    let cases: [(&str, Change); 5] = [
        ("added and listed", |dossier| {
            let bytes = b"all is well".to_vec();
            dossier.record.checks[1].evidence.push(EvidenceDigest {
                name: "more.txt".to_owned(),
                media_type: "text/plain".to_owned(),
                sha256: sha256_hex(&bytes),
                size: bytes.len() as u64,
            });
            dossier.evidence[1].push(Evidence {
                name: "more.txt".to_owned(),
                media_type: "text/plain".to_owned(),
                bytes,
            });
        }),
        ("exchanged and listed", |dossier| {
            let bytes = b"all is well".to_vec();
            dossier.record.checks[1].evidence[0].sha256 = sha256_hex(&bytes);
            dossier.record.checks[1].evidence[0].size = bytes.len() as u64;
            dossier.evidence[1][0].bytes = bytes;
        }),
        ("left out", |dossier| {
            dossier.record.checks[1].evidence.clear();
            dossier.evidence[1].clear();
        }),
        ("that of another check", |dossier| {
            let piece = dossier.record.checks[1].evidence[0].clone();
            dossier.record.checks[0].evidence.push(piece);
            let piece = dossier.evidence[1][0].clone();
            dossier.evidence[0].push(piece);
        }),
        ("twice", |dossier| {
            let mut piece = dossier.record.checks[1].evidence[0].clone();
            piece.name = "2-it".to_owned();
            dossier.record.checks[1].evidence.push(piece);
            let mut piece = dossier.evidence[1][0].clone();
            piece.name = "2-it".to_owned();
            dossier.evidence[1].push(piece);
        }),
    ];
    let honest = dossier(&report());
    let judge = |dossier: &Dossier| {
        let desk = Desk::new();
        desk.write("report.json", json::to_json(&dossier.record));
        desk.write("report.pdf", forged(dossier));
        let verified = desk.run(&["verify", "report.pdf", "--accept-unknown"]);
        let [by_json, by_pdf] =
            ["report.json", "report.pdf"].map(|file| desk.run(&["judge", file]));
        (verified, by_json, by_pdf)
    };
    let (verified, by_json, by_pdf) = judge(&honest);
    assert_eq!(verified.code, 1, "{}", verified.stdout);
    assert_eq!((by_json.code, by_pdf.code), (1, 1), "{}", by_json.stderr);
    for (what, change) in cases {
        let mut forged = honest.clone();
        change(&mut forged);
        let (verified, by_json, by_pdf) = judge(&forged);
        assert_eq!(verified.code, 4, "{what}: {}", verified.stdout);
        assert!(
            verified.stdout.contains(": evidence: "),
            "{what}: {}",
            verified.stdout
        );
        for judged in [by_json, by_pdf] {
            assert_eq!(judged.code, 2, "{what}: {}", judged.stderr);
            assert!(
                judged.stderr.contains("evidence"),
                "{what}: {}",
                judged.stderr
            );
        }
    }
}

/// From `report.json` alone, a later judgement has no evidence at hand: its report lists none, and verifies all the same.
#[test]
fn a_later_judgement_without_the_evidence_verifies() {
    let desk = Desk::new();
    let dossier = dossier(&report());
    desk.write("report.json", json::to_json(&dossier.record));
    desk.run(&["judge", "report.json", "--out", "again", "--format", "pdf"])
        .expect(1);
    let verified = desk.run(&["verify", "again/report.pdf"]).expect(1);
    assert!(!verified.stdout.contains("FAILED"), "{}", verified.stdout);
}

/// The record inside is honest; the pages that a reader sees are not.
#[test]
fn pages_that_do_not_show_the_record_are_refused() {
    let dossier = dossier(&report());
    let identity = forger();
    let drawn = pdf::render(&dossier, None).expect("pages");
    let mut document = Document::load_mem(&drawn).expect("a PDF");
    let (_, page) = document.get_pages().pop_first().expect("a first page");
    let cover_up = document.add_object(Stream::new(
        lopdf::Dictionary::new(),
        b"0 0 595 842 re f".to_vec(),
    ));
    let page = document.get_dictionary_mut(page).expect("a page");
    page.set("Contents", Object::Reference(cover_up));
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("saved");
    let report = sign_pdf(&bytes, &identity, Timestamp::now(), "GO").expect("signed");
    assert!(matches!(objections(&report)[..], [Objection::Pages]));
}

#[test]
fn a_signed_pdf_that_is_no_report_is_refused() {
    let mut document = Document::with_version("1.7");
    let pages = document.new_object_id();
    let page = document.add_object(lopdf::Dictionary::from_iter([
        ("Type", Object::Name(b"Page".to_vec())),
        ("Parent", Object::Reference(pages)),
    ]));
    let tree = lopdf::Dictionary::from_iter([
        ("Type", Object::Name(b"Pages".to_vec())),
        ("Kids", Object::Array(vec![page.into()])),
        ("Count", Object::Integer(1)),
        (
            "MediaBox",
            Object::Array(vec![0.into(), 0.into(), 595.into(), 842.into()]),
        ),
    ]);
    document.objects.insert(pages, Object::Dictionary(tree));
    let catalog = document.add_object(lopdf::Dictionary::from_iter([
        ("Type", Object::Name(b"Catalog".to_vec())),
        ("Pages", Object::Reference(pages)),
    ]));
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("saved");
    let report = sign_pdf(&bytes, &forger(), Timestamp::now(), "GO").expect("signed");
    assert!(matches!(objections(&report)[..], [Objection::NoRecord]));
}

/// A report as another version might have drawn it: the honest pages with a change, validly signed.
fn drawn_elsewhere(change: impl FnOnce(&mut Document)) -> Vec<u8> {
    let mut dossier = dossier(&report());
    dossier.record.run.tool.version = "0.0.9".to_owned();
    let drawn = pdf::render(&dossier, None).expect("pages");
    let mut document = Document::load_mem(&drawn).expect("a PDF");
    change(&mut document);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("saved");
    sign_pdf(&bytes, &forger(), Timestamp::now(), "GO").expect("signed")
}

fn dictionary<const N: usize>(entries: [(&str, Object); N]) -> lopdf::Dictionary {
    lopdf::Dictionary::from_iter(entries)
}

fn name(name: &str) -> Object {
    Object::Name(name.as_bytes().to_vec())
}

#[test]
fn pages_of_another_version_that_differ_count_as_not_compared() {
    let desk = Desk::new();
    let report = drawn_elsewhere(|_| {});
    fs::write(desk.path("old.pdf"), &report).expect("a file");
    let verify =
        |more: &[&str]| desk.run(&[&["verify", "old.pdf", "--accept-unknown"][..], more].concat());
    // The record says NO-GO, so that is what the gate answers; the pages are named beside it.
    let outcome = verify(&[]).expect(1);
    assert!(
        outcome
            .stdout
            .contains("pages not compared: drawn by 0.0.9"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn what_acts_is_refused_in_any_version() {
    let script = || {
        dictionary([
            ("S", name("JavaScript")),
            ("JS", Object::string_literal("app.alert(1)")),
        ])
    };
    let uri = || {
        dictionary([
            ("S", name("URI")),
            ("URI", Object::string_literal("https://example.com")),
        ])
    };
    let annotation = |subtype: &str| {
        dictionary([
            ("Type", name("Annot")),
            ("Subtype", name(subtype)),
            (
                "Rect",
                Object::Array(vec![0.into(), 0.into(), 9.into(), 9.into()]),
            ),
        ])
    };
    let mut link = annotation("Link");
    link.set("A", Object::Dictionary(uri()));
    let mut field = annotation("Widget");
    field.set("FT", name("Tx"));
    for (what, object) in [
        ("a script", script()),
        ("a link that leaves the file", link),
        ("a form field", field),
        ("a note", annotation("FreeText")),
        ("a white box", annotation("Square")),
        ("media", annotation("RichMedia")),
        (
            "an action of its own",
            dictionary([("AA", Object::Dictionary(script()))]),
        ),
        (
            "a program",
            dictionary([("S", name("Launch")), ("F", Object::string_literal("calc"))]),
        ),
    ] {
        let report = drawn_elsewhere(|document| {
            document.add_object(Object::Dictionary(object));
        });
        let objections = objections(&report);
        assert!(
            matches!(objections[..], [Objection::Active(_)]),
            "{what}: {objections:?}"
        );
    }
    let opened = drawn_elsewhere(|document| {
        let action = document.add_object(Object::Dictionary(script()));
        let catalog = document.catalog_mut().expect("a catalog");
        catalog.set("OpenAction", Object::Reference(action));
    });
    assert!(matches!(objections(&opened)[..], [Objection::Active(_)]));
}

#[test]
fn a_signature_of_the_future_or_before_the_run_ended_is_refused() {
    let dossier = dossier(&report());
    for hours in [-30, 30] {
        let at = Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        let context = RenderContext {
            identity: Some(
                Identity::create("forger", "2026-01-01T00:00:00Z".parse().unwrap()).unwrap(),
            ),
            signed_at: at,
        };
        let report = (signed::FORMAT.render)(&dossier, &context).expect("a report");
        let objections = objections(&report);
        assert!(
            matches!(objections[..], [Objection::Time { .. }]),
            "{hours} h: {objections:?}"
        );
    }
}
