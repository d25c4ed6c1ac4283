//! A real report in other hands: outside validators accept it, and nobody can change what it says, not even with
//! a valid signature of their own.

use jiff::Timestamp;
use lopdf::{Document, Object, Stream};
use tminus::checks::REGISTRY;
use tminus::model::Status;
use tminus::model::record::{Dossier, RunRecord};
use tminus::model::{Evidence, Verdict};
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
    assert_eq!(verified.signer.subject, "CN=tminus");
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

#[test]
fn exchanged_and_additional_evidence_is_refused() {
    let honest = dossier(&report());
    let mut exchanged = honest.clone();
    exchanged.evidence[1][0].bytes = b"all is well".to_vec();
    assert!(matches!(
        objections(&forged(&exchanged))[..],
        [Objection::Altered { .. }]
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
        [Objection::Stray(_)]
    ));
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
