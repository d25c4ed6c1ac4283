//! Files of strangers that ask for more time or memory than any report needs, handed to `verify` and `judge`.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use lopdf::{Document, Object, Stream, dictionary};
use tminus::model::record::Dossier;
use tminus::report::{RenderContext, json, signed};
use tminus::sign::{Identity, sign_pdf};

use super::{PASSES, many};
use crate::support::tminus::{Desk, Outcome};

/// A signed document of one page, with more in its catalog.
fn signed(change: impl FnOnce(&mut Document, &mut lopdf::Dictionary)) -> Vec<u8> {
    let mut document = Document::with_version("1.7");
    let pages = document.new_object_id();
    let page = document.add_object(dictionary! { "Type" => "Page", "Parent" => pages });
    let tree = dictionary! { "Type" => "Pages", "Count" => 1, "Kids" => vec![page.into()] };
    document.objects.insert(pages, tree.into());
    let mut catalog = dictionary! { "Type" => "Catalog", "Pages" => pages };
    change(&mut document, &mut catalog);
    let catalog = document.add_object(catalog);
    document.trailer.set("Root", catalog);
    let mut pdf = Vec::new();
    document.save_to(&mut pdf).unwrap();
    let now = Timestamp::now();
    sign_pdf(&pdf, &Identity::create("mallory", now).unwrap(), now, "GO").unwrap()
}

/// Every node of the tree of attachments names the next one eight times.
fn with_many_paths() -> Vec<u8> {
    signed(|document, catalog| {
        let mut tree = document.add_object(dictionary! {});
        for _ in 0..14 {
            tree = document.add_object(dictionary! { "Kids" => vec![Object::from(tree); 8] });
        }
        catalog.set("Names", dictionary! { "EmbeddedFiles" => tree });
    })
}

/// What was said, whatever the exit code of a refusal is.
#[track_caller]
fn refused(desk: &Desk, args: &[&str]) -> String {
    let begin = Instant::now();
    let Outcome {
        code,
        stdout,
        stderr,
    } = desk.run(args);
    assert!(
        begin.elapsed() < Duration::from_secs(60),
        "{stdout}{stderr}"
    );
    assert!(code != 0 && code != -1, "{code}: {stdout}{stderr}");
    stdout + &stderr
}

#[test]
fn a_tree_of_attachments_with_endless_paths_is_refused() {
    let desk = Desk::new();
    std::fs::write(desk.path("r.pdf"), with_many_paths()).unwrap();
    let said = refused(&desk, &["verify", "r.pdf", "--accept-unknown"]);
    assert!(said.contains("in the name tree more than once"), "{said}");
}

/// The signer is judged before anything is unpacked: what is wrong inside is not even looked at.
#[test]
fn nothing_of_an_untrusted_signer_is_unpacked() {
    let desk = Desk::new();
    std::fs::write(desk.path("r.pdf"), with_many_paths()).unwrap();
    desk.run(&["keys", "new", "--out", "ours.pem"]).expect(0);
    for (args, why) in [
        (
            ["r.pdf", "--trust", "ours.pem"].as_slice(),
            "does not lead to a trusted certificate",
        ),
        (&["r.pdf"], "is unknown: pass --trust"),
    ] {
        let said = refused(&desk, &[&["verify"], args].concat());
        assert!(said.contains(why), "{said}");
        assert!(!said.contains("name tree"), "{said}");
    }
}

#[test]
fn attachments_that_inflate_beyond_all_reports_are_refused() {
    let bomb = signed(|document, catalog| {
        let zeros = vec![0; 1 << 20];
        let mut content = Stream::new(dictionary! {}, zeros);
        content.compress().unwrap();
        let mut names = Vec::new();
        for number in 0..300 {
            let content = document.add_object(content.clone());
            let name = lopdf::text_string(&format!("{number}"));
            let file = dictionary! { "UF" => name.clone(), "EF" => dictionary! { "F" => content } };
            names.extend([name, document.add_object(file).into()]);
        }
        let tree = dictionary! { "Names" => names };
        catalog.set("Names", dictionary! { "EmbeddedFiles" => tree });
    });
    let desk = Desk::new();
    std::fs::write(desk.path("r.pdf"), bomb).unwrap();
    let said = refused(&desk, &["verify", "r.pdf", "--accept-unknown"]);
    assert!(said.contains("cannot be unpacked"), "{said}");
}

/// Twenty million empty words: 60 MB of JSON, eight times as much in memory.
#[test]
fn a_record_that_does_not_fit_into_the_bounds_says_so() {
    let desk = Desk::new();
    desk.write("c.toml", PASSES)
        .run(&["run", "c.toml"])
        .expect(0);
    let record = String::from_utf8(desk.read("tminus-report/report.json")).unwrap();
    let words = format!("\"tags\": [{}\"\"]", "\"\",".repeat(22_000_000));
    let record = record.replace("\"tags\": []", &words);
    assert!(record.len() > 60_000_000);
    desk.write("big.json", &record);
    let said = refused(&desk, &["judge", "big.json"]);
    assert!(
        said.contains("it takes more than 480 MB of memory"),
        "{said}"
    );
}

/// Patterns that take minutes to compile, in a report of a few kilobytes: the command says which bound was hit.
#[test]
fn a_report_that_takes_the_processor_for_minutes_ends_at_the_bound() {
    let desk = Desk::new();
    desk.write("c.toml", PASSES)
        .run(&["run", "c.toml"])
        .expect(0);
    let mut record = json::from_json(&desk.read("tminus-report/report.json")).unwrap();
    let costly = (0..2_000).map(|number| format!("\\w{{150}}x{number}"));
    let costly = serde_json::to_string(&costly.collect::<Vec<_>>()).unwrap();
    let settings = format!(r#"{{"run":["true"],"stdout-matches":{costly}}}"#);
    record.checks[0].settings = serde_json::value::RawValue::from_string(settings).unwrap();
    let json = json::to_json(&record);
    let context = RenderContext {
        identity: Some(Identity::create("mallory", Timestamp::now()).unwrap()),
        signed_at: Timestamp::now(),
    };
    let evidence = vec![Vec::new()];
    let pdf = (signed::FORMAT.render)(&Dossier { record, evidence }, &context).unwrap();
    desk.write("r.pdf", pdf).write("r.json", json);
    for args in [
        ["verify", "r.pdf", "--accept-unknown"].as_slice(),
        &["judge", "r.json"],
    ] {
        let begin = Instant::now();
        let mut command = desk.command(args);
        let outcome: Outcome = command
            .env("TMINUS_TEST_SECONDS", "3")
            .output()
            .unwrap()
            .into();
        let outcome = outcome.expect(4);
        // Processor time, on a machine that is busy with other tests.
        assert!(begin.elapsed() < Duration::from_secs(30));
        let said = outcome.stdout + &outcome.stderr;
        assert!(
            said.contains("it takes more than 3 s of processor time"),
            "{said}"
        );
    }
}

#[test]
fn a_file_larger_than_any_report_is_refused_unread() {
    let desk = Desk::new();
    let file = std::fs::File::create(desk.path("big.json")).unwrap();
    file.set_len(500 << 20).unwrap();
    for command in ["judge", "verify"] {
        let said = refused(&desk, &[command, "big.json"]);
        assert!(said.contains("larger than 128 MiB"), "{said}");
    }
}

/// Ten thousand checks are judged in the time of ten thousand checks, not of a hundred million.
#[test]
fn judging_takes_time_in_proportion_to_the_checks() {
    let desk = Desk::new();
    desk.write("c.toml", many(1))
        .run(&["run", "c.toml"])
        .expect(0);
    let mut record = desk.record();
    let check = record["checks"][0].clone();
    let checks = (0..10_000).map(|number| {
        let mut check = check.clone();
        check["id"] = format!("check-{number}").into();
        check
    });
    record["checks"] = checks.collect();
    desk.write("many.json", record.to_string());
    let begin = Instant::now();
    let outcome = desk.run(&["judge", "many.json"]).expect(0);
    assert!(begin.elapsed() < Duration::from_secs(60));
    assert!(
        outcome.stderr.contains("no check changed its status"),
        "{}",
        outcome.stderr
    );
}
