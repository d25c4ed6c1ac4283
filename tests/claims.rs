//! What a report claims: never more than the run did, never an older run's verdict, never without saying what a reader
//! should know.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::tminus::{Desk, Outcome};

/// A checklist of shell scripts, each with the keys of its check.
fn checklist(launch: &str, checks: &[(&str, &str, &str)]) -> String {
    let mut text = format!("[launch]\nname = \"PixelRush\"\n{launch}\n");
    for (id, script, keys) in checks {
        text.push_str(&format!(
            "\n[[check]]\nid = \"{id}\"\nmodule = \"command\"\nrun = [\"sh\", \"-c\", '''{script}''']\n{keys}\n"
        ));
    }
    text
}

fn last(outcome: &Outcome) -> &str {
    outcome.stdout.trim_end().lines().last().unwrap_or_default()
}

/// The text of the report's pages, in lines as they are read.
fn pages(desk: &Desk, path: &str) -> String {
    let output = Command::new("pdftotext")
        .args(["-layout", path, "-"])
        .current_dir(desk.path("."))
        .output()
        .expect("pdftotext starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The text without line breaks, in which sentences can be found.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const ALL: &str = "pdf,json,junit,openmetrics";

#[test]
fn a_run_of_a_part_says_so_in_every_format_and_verifies_as_a_part() {
    let checks = [
        ("good", "true", "phase = \"T-2h\"\ntags = [\"edge\"]"),
        ("bad", "exit 3", "phase = \"T-72h\""),
        ("worse", "exit 4", ""),
    ];
    for (selection, words) in [
        (["--check", "good"], "check good"),
        (["--tag", "edge"], "tag edge"),
        (["--phase", "T-2h"], "phase T-2h"),
    ] {
        let desk = Desk::new();
        desk.write("c.toml", checklist("", &checks));
        let args = [&["run", "c.toml", "--format", ALL][..], &selection].concat();
        let outcome = desk.run(&args).expect(0);
        let headline = format!("GO for {words} only (1 of 3 checks)");
        assert!(last(&outcome).contains(&headline), "{}", outcome.stdout);
        assert!(!outcome.stdout.contains("bad"), "it was not asked for");

        let record = desk.record();
        assert_eq!(record["headline"], headline);
        assert_eq!(record["summary"]["not_selected"], 2);
        let bad = &record["checks"][1];
        assert_eq!(bad["status"], "not-selected");
        assert_eq!(bad["findings"].as_array().map(Vec::len), Some(0));
        assert!(bad["observation"].is_null());

        assert!(flat(&pages(&desk, "tminus-report/report.pdf")).contains(&headline));
        let junit = String::from_utf8(desk.read("tminus-report/junit.xml")).unwrap();
        assert!(junit.contains(&headline), "{junit}");
        assert!(junit.contains("outside the selection"), "{junit}");
        let metrics = String::from_utf8(desk.read("tminus-report/report.prom")).unwrap();
        let verdict = format!("tminus_verdict{{verdict=\"go\",of=\"{words}\"}} 1");
        assert!(metrics.contains(&verdict), "{metrics}");

        let verify =
            |more: &[&str]| desk.run(&[&["verify", "tminus-report/report.pdf"][..], more].concat());
        let outcome = verify(&[]).expect(3);
        assert!(last(&outcome).contains(&headline), "{}", outcome.stdout);
        verify(&["--accept-part"]).expect(0);
    }
}

#[test]
fn a_selection_that_leaves_nothing_out_is_a_plain_go() {
    let desk = Desk::new();
    desk.write(
        "c.toml",
        checklist("", &[("one", "true", "tags = [\"all\"]")]),
    );
    let outcome = desk.run(&["run", "c.toml", "--tag", "all"]).expect(0);
    assert!(last(&outcome).starts_with("✓ GO:"), "{}", outcome.stdout);
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(0);
}

#[test]
fn verify_answers_as_a_gate() {
    let desk = Desk::new();
    for (script, run, verified) in [("true", 0, 0), ("exit 3", 1, 1), ("kill -9 $$", 1, 1)] {
        desk.write("c.toml", checklist("", &[("one", script, "")]));
        desk.run(&["run", "c.toml"]).expect(run);
        desk.run(&["verify", "tminus-report/report.pdf"])
            .expect(verified);
    }
    desk.write(
        "c.toml",
        checklist("", &[("one", "sleep 9", "timeout = \"200ms\"")]),
    );
    desk.run(&["run", "c.toml"]).expect(3);
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(3);

    desk.run(&[
        "verify",
        "tminus-report/report.pdf",
        "--trust",
        "missing.pem",
    ])
    .expect(2);
    desk.run(&["verify", "missing.pdf"]).expect(4);
    desk.run(&["verify", "tminus-report/report.json"]).expect(4);
    desk.run(&["run", "c.toml", "--unsigned"]).expect(3);
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(4);
}

#[test]
fn a_signer_is_trusted_as_ones_own_by_a_certificate_or_on_demand() {
    let desk = Desk::new();
    desk.write("c.toml", checklist("", &[("one", "true", "")]));
    let outcome = desk.run(&["run", "c.toml"]).expect(0);
    assert!(
        outcome.stderr.contains("created a signing identity"),
        "{}",
        outcome.stderr
    );
    let report = "tminus-report/report.pdf";
    let outcome = desk.run(&["verify", report]).expect(0);
    assert!(
        outcome.stdout.contains("your own identity"),
        "{}",
        outcome.stdout
    );
    let shown = desk.run(&["keys", "show"]).expect(0);
    assert!(!shown.stdout.contains("CN=tminus\n"), "{}", shown.stdout);
    let pem = desk.run(&["keys", "show", "--pem"]).expect(0).stdout;
    desk.write("ops.pem", &pem);
    let subject = shown.stdout.lines().next().unwrap().replace("subject", "");
    let text = pages(&desk, report);
    let first = flat(text.split('\u{c}').next().unwrap());
    assert!(
        first.contains(subject.trim()),
        "the first page names the signer: {first}"
    );

    // Elsewhere it is a stranger's.
    fs::rename(desk.path("home/.config"), desk.path("home/elsewhere")).unwrap();
    let outcome = desk.run(&["verify", report]).expect(4);
    assert!(
        outcome.stdout.contains("is unknown: pass --trust"),
        "{}",
        outcome.stdout
    );
    desk.run(&["verify", report, "--trust", "ops.pem"])
        .expect(0);
    desk.run(&["verify", report, "--accept-unknown"]).expect(0);

    let json = desk
        .run(&["verify", report, "--trust", "ops.pem", "--json"])
        .expect(0);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&json["exit_code"], &json["verdict"]),
        (&0.into(), &"go".into())
    );
    let json = desk.run(&["verify", "c.toml", "--json"]).expect(4);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["result"], "not-reliable");
    assert_eq!(json["failures"].as_array().map(Vec::len), Some(1));
}

/// Reports in the folder and in `previous/`, by their run.
fn runs(desk: &Desk) -> (Option<String>, Option<String>) {
    let id = |path: &str| {
        let json = fs::read(desk.path(path)).ok()?;
        let json: serde_json::Value = serde_json::from_slice(&json).ok()?;
        Some(json["run"]["id"].as_str()?.to_owned())
    };
    (
        id("tminus-report/report.json"),
        id("tminus-report/previous/report.json"),
    )
}

#[test]
fn no_report_of_an_earlier_run_is_left_where_this_runs_reports_belong() {
    let desk = Desk::new();
    desk.write("good.toml", checklist("", &[("one", "true", "")]));
    desk.write("wrong.toml", "[launch]\nnme = 1\n");
    let (first, none) = {
        desk.run(&["run", "good.toml"]).expect(0);
        runs(&desk)
    };
    assert!(first.is_some() && none.is_none());

    // A run in another format only.
    desk.run(&["run", "good.toml", "--format", "junit"])
        .expect(0);
    assert_eq!(runs(&desk), (None, first.clone()));
    assert!(!desk.path("tminus-report/report.pdf").exists());

    // A run that never began.
    desk.run(&["run", "good.toml"]).expect(0);
    desk.run(&["run", "wrong.toml"]).expect(2);
    assert!(!desk.path("tminus-report/report.pdf").exists());
    assert!(desk.path("tminus-report/previous/report.pdf").exists());
    assert!(
        !desk.path("tminus-report/previous/junit.xml").exists(),
        "one generation"
    );

    // A run that was killed.
    desk.run(&["run", "good.toml"]).expect(0);
    desk.write(
        "slow.toml",
        checklist("", &[("one", "touch began; sleep 60", "timeout = \"90s\"")]),
    );
    let mut killed = desk
        .command(&["run", "slow.toml"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while !desk.path("began").exists() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(desk.path("began").exists());

    // Two runs at once.
    let outcome = desk.run(&["run", "good.toml"]).expect(4);
    let process = format!("process {}", killed.id());
    assert!(outcome.stderr.contains(&process), "{}", outcome.stderr);

    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(!desk.path("tminus-report/report.pdf").exists());
    desk.run(&["run", "good.toml"]).expect(0);
}

#[test]
fn a_later_judgement_names_its_run_and_what_it_dropped() {
    let desk = Desk::new();
    let both = [("good", "echo fine", ""), ("bad", "exit 3", "")];
    desk.write("both.toml", checklist("", &both));
    desk.write("less.toml", checklist("", &both[..1]));
    desk.run(&["run", "both.toml"]).expect(1);
    let run = desk.record()["run"]["id"].as_str().unwrap().to_owned();
    for report in ["tminus-report/report.json", "tminus-report/report.pdf"] {
        let args = [
            "judge",
            report,
            "--checklist",
            "less.toml",
            "--out",
            "again",
            "--format",
            ALL,
        ];
        let outcome = desk.run(&args).expect(0);
        let said = flat(&outcome.stdout);
        assert!(
            said.contains("bad: failed then, not in this checklist now"),
            "{said}"
        );
        let record: serde_json::Value =
            serde_json::from_slice(&desk.read("again/report.json")).unwrap();
        assert_eq!(record["run"]["rejudged"]["run_id"], run.as_str());
        assert_ne!(record["run"]["id"], run.as_str());
        let page = flat(&pages(&desk, "again/report.pdf"));
        assert!(
            page.contains("failed then, not in this checklist now"),
            "{page}"
        );
        let outcome = desk.run(&["verify", "again/report.pdf"]).expect(0);
        assert!(outcome.stdout.contains("VERIFIED"), "{}", outcome.stdout);
        let evidence = record["checks"][0]["evidence"].as_array().unwrap().len();
        assert_eq!(
            evidence > 0,
            report.ends_with("pdf"),
            "it lists what it holds"
        );
    }
}

#[test]
fn a_later_judgement_says_of_a_dropped_check_that_it_was_waived() {
    let both = [("good", "echo fine", ""), ("bad", "exit 3", "")];
    for (rule, then, was) in [
        (
            "rule = \"command/exit-code\"",
            "bad: waived then",
            "bad: was pass (waived)",
        ),
        ("", "bad: failed and waived then", "bad: was fail (waived)"),
    ] {
        let desk = Desk::new();
        let waiver = format!(
            "[[waiver]]\ncheck = \"bad\"\n{rule}\nreason = \"known\"\napproved-by = \"Li\"\nexpires = 2099-01-01T00:00:00Z\n"
        );
        desk.write("both.toml", checklist("", &both) + &waiver);
        desk.write("less.toml", checklist("", &both[..1]));
        desk.run(&["run", "both.toml"]).expect(0);
        let args = [
            "judge",
            "tminus-report/report.json",
            "--checklist",
            "less.toml",
        ];
        let outcome = desk.run(&args).expect(0);
        let said = flat(&outcome.stdout) + &flat(&outcome.stderr);
        for words in [then, was] {
            let words = format!("{words}, not in this checklist now");
            assert!(said.contains(&words), "{said}");
        }
    }
}

#[test]
fn what_a_reader_of_a_go_should_know_is_said_everywhere() {
    for (launch, checks, warning) in [
        (
            "at = 2026-01-02T00:00:00Z",
            [("one", "true", "")],
            "T-0 is more than a day in the past",
        ),
        (
            "",
            [("one", "exit 3", "severity = \"advisory\"")],
            "An advisory check did not pass",
        ),
        (
            "",
            [("one", "true", "severity = \"advisory\"")],
            "No check is a blocker",
        ),
        (
            "",
            [(
                "one",
                "test -e seen || { touch seen; exit 3; }",
                "retries = 1",
            )],
            "passed only after a failed attempt",
        ),
    ] {
        let desk = Desk::new();
        desk.write("c.toml", checklist(launch, &checks));
        let outcome = desk.run(&["run", "c.toml", "--format", ALL]).expect(0);
        assert!(
            flat(&outcome.stdout).contains(warning),
            "{}",
            outcome.stdout
        );
        let text = pages(&desk, "tminus-report/report.pdf");
        let first = text.split('\u{c}').next().unwrap();
        assert!(flat(first).contains(warning), "{first}");
        let warnings = desk.record()["warnings"].to_string();
        assert!(warnings.contains(warning), "{warnings}");
        desk.run(&["verify", "tminus-report/report.pdf"]).expect(0);
    }
}

/// A check that `--phase` leaves out because of a slip in its phase.
#[test]
fn a_phase_that_is_a_slip_of_another_is_a_remark_everywhere() {
    let checks = [
        ("one", "true", "phase = \"T-2h\""),
        ("two", "true", "phase = \"T-2h\""),
        ("three", "true", "phase = \"T-2hr\""),
        ("alone", "true", "phase = \"T-72h\""),
    ];
    let desk = Desk::new();
    desk.write("c.toml", checklist("", &checks));
    let outcome = desk.run(&["run", "c.toml", "--format", ALL]).expect(0);
    let record = desk.record();
    let warnings = record["warnings"].as_array().expect("warnings");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["rule"], "run/phase-alone");
    assert_eq!(warnings[0]["hint"], "Did you mean \"T-2h\"?");
    let text = pages(&desk, "tminus-report/report.pdf");
    let first = text.split('\u{c}').next().unwrap();
    let claim = warnings[0]["claim"].as_str().expect("a claim");
    assert!(claim.contains("T-2hr"), "{claim}");
    for said in [flat(&outcome.stdout), flat(first)] {
        assert!(said.contains(claim), "{said}");
    }
    for file in ["junit.xml", "report.prom"] {
        let said = String::from_utf8(desk.read(&format!("tminus-report/{file}"))).unwrap();
        assert!(
            said.contains("run/phase-alone") || said.contains("tminus_run_warnings"),
            "{said}"
        );
    }
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(0);
}

#[test]
fn what_earlier_attempts_saw_is_shown() {
    let desk = Desk::new();
    let script = "test -e seen || { touch seen; echo no pool >&2; exit 3; }";
    desk.write("c.toml", checklist("", &[("one", script, "retries = 1")]));
    let outcome = desk.run(&["run", "c.toml", "--format", ALL]).expect(0);
    let record = desk.record();
    let finding = &record["checks"][0]["attempts"][0]["finding"];
    let claim = finding["claim"]
        .as_str()
        .expect("the claim of the first attempt");
    let retry = outcome
        .stderr
        .lines()
        .find(|line| line.starts_with("RETRY"));
    assert!(
        retry.is_some_and(|line| line.contains(claim)),
        "{}",
        outcome.stderr
    );
    let junit = String::from_utf8(desk.read("tminus-report/junit.xml")).unwrap();
    assert!(junit.contains("flaky"), "{junit}");
    let metrics = String::from_utf8(desk.read("tminus-report/report.prom")).unwrap();
    assert!(
        metrics.contains("tminus_check_attempts{check=\"one\",module=\"command\"} 2"),
        "{metrics}"
    );
}

#[test]
fn the_first_page_shows_the_worst_findings_owner_phase_and_whole_reasons() {
    let desk = Desk::new();
    let reason = "accepted by the launch board because the replacement of the pool arrives two days after the launch, \
                  and the rehearsal has shown that the old one carries the load";
    let mut text = checklist(
        "",
        &[
            (
                "sound",
                "echo error >&2; exit 3",
                "owner = \"network\"\nphase = \"T-2h\"\nstdout-matches = [\"ready\"]",
            ),
            ("waived", "exit 4", ""),
        ],
    );
    text.push_str(&format!(
        "\n[[waiver]]\ncheck = \"waived\"\nreason = \"{reason}\"\napproved-by = \"ada\"\nexpires = 2099-01-01T00:00:00Z\n"
    ));
    desk.write("c.toml", &text);
    desk.run(&["run", "c.toml"]).expect(1);
    let text = pages(&desk, "tminus-report/report.pdf");
    let first = flat(text.split('\u{c}').next().unwrap());
    assert!(first.contains("owner network, phase T-2h"), "{first}");
    assert!(first.contains("and 1 more finding"), "{first}");
    assert!(first.contains(&flat(reason)), "{first}");
}

#[test]
fn a_manual_item_is_never_retried() {
    let desk = Desk::new();
    let item = "[launch]\nname = \"PixelRush\"\n[defaults]\nretries = 2\n[[check]]\nid = \"item\"\nmodule = \"manual\"\n\
                statement = \"Rehearsed\"\n";
    desk.write("c.toml", item);
    desk.run(&["run", "c.toml"]).expect(1);
    let attempts = desk.record()["checks"][0]["attempts"].clone();
    assert_eq!(attempts.as_array().map(Vec::len), Some(1));
    desk.write("own.toml", format!("{item}retries = 1\n"));
    let outcome = desk.run(&["run", "own.toml"]).expect(2);
    assert!(
        outcome.stderr.contains("cannot be retried"),
        "{}",
        outcome.stderr
    );
}
