//! Waivers for single findings, from the checklist into every report.

use serde_json::Value;

use crate::support::tminus::{Desk, Outcome};

/// A program that ends badly and warns: two findings, of two rules.
const CHECKLIST: &str = r#"
[launch]
name = "PixelRush"
at = 2999-01-01T00:00:00Z

[[check]]
id = "smoke"
module = "command"
run = ["sh", "-c", "echo deprecated >&2; exit 3"]
stderr-lacks = ["deprecated"]
"#;

const EXIT_CODE: &str = "rule = \"command/exit-code\"\n";
const DEPRECATED: &str = "rule = \"command/output-lacks\"\nsubject = \"stderr `deprecated`\"\n";
const LONG: &str = "2999-12-01T00:00:00Z";

fn waiver(scope: &str, approved_by: &str, expires: &str) -> String {
    format!(
        "[[waiver]]\ncheck = \"smoke\"\n{scope}reason = \"fixed in 2.4.2\"\napproved-by = \"{approved_by}\"\n\
         expires = {expires}\n"
    )
}

/// Runs the checklist with these waivers, into every format.
fn run(waivers: &[String], code: i32) -> (Desk, Outcome) {
    let desk = Desk::new();
    desk.write("c.toml", format!("{CHECKLIST}{}", waivers.concat()));
    let formats = "pdf,json,junit,openmetrics";
    let outcome = desk.run(&["run", "c.toml", "--format", formats]);
    (desk, outcome.expect(code))
}

/// The pages of the PDF, with every run of blanks as one.
fn pages(desk: &Desk) -> String {
    let output = std::process::Command::new("pdftotext")
        .args(["tminus-report/report.pdf", "-"])
        .current_dir(desk.path(""))
        .output()
        .expect("pdftotext starts");
    assert!(output.status.success(), "{output:?}");
    flowing(&String::from_utf8(output.stdout).expect("UTF-8"))
}

fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(desk: &Desk, file: &str) -> String {
    String::from_utf8(desk.read(&format!("tminus-report/{file}"))).expect("UTF-8")
}

/// The finding of a rule in a record.
fn finding<'a>(check: &'a Value, rule: &str) -> &'a Value {
    let mut findings = check["findings"].as_array().expect("findings").iter();
    let found = findings.find(|finding| finding["rule"] == rule);
    found.unwrap_or_else(|| panic!("no finding of {rule}: {check}"))
}

#[track_caller]
fn holds(text: &str, words: &str) {
    assert!(text.contains(words), "no {words:?} in:\n{text}");
}

#[test]
fn a_waiver_for_one_finding_leaves_the_others_open() {
    let (desk, outcome) = run(&[waiver(DEPRECATED, "Ada Tan", LONG)], 1);
    let record = desk.record();
    let check = &record["checks"][0];
    assert_eq!(check["status"], "fail");
    assert_eq!(check["finding_waivers"][0]["approved_by"], "Ada Tan");
    assert_eq!(record["summary"]["waived"], 0);
    let waived = finding(check, "command/output-lacks");
    assert_eq!(waived["status"], "fail", "it keeps its status");
    assert_eq!(waived["waived_by"], "Ada Tan");
    assert_eq!(
        finding(check, "command/exit-code")["waived_by"],
        Value::Null
    );

    let shown = flowing(&outcome.stdout);
    holds(&shown, "command/output-lacks, waived by Ada Tan");
    holds(&shown, "expected 0 (command/exit-code)");
    let shown = pages(&desk);
    holds(&shown, "waived by Ada Tan");
    holds(&shown, "command/exit-code");
    let shown = text(&desk, "junit.xml");
    holds(&shown, "<failure");
    holds(&shown, "expected 0 (command/exit-code)");
    holds(&shown, "command/output-lacks, waived by Ada Tan");
    let shown = text(&desk, "report.prom");
    holds(
        &shown,
        r#"rule="command/output-lacks",status="fail",waived="true"} 1"#,
    );
    holds(
        &shown,
        r#"rule="command/exit-code",status="fail",waived="false"} 1"#,
    );
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(1);
}

#[test]
fn a_check_whose_findings_are_all_waived_passes_and_counts_as_waived() {
    let waivers = [
        waiver(EXIT_CODE, "Grace Lim", LONG),
        waiver(DEPRECATED, "Ada Tan", LONG),
    ];
    let (desk, outcome) = run(&waivers, 0);
    let record = desk.record();
    assert_eq!(record["verdict"], "go");
    assert_eq!(record["checks"][0]["status"], "pass");
    assert_eq!(record["summary"]["waived"], 1);
    assert_eq!(record["warnings"], Value::Null, "{record}");
    for who in ["Grace Lim", "Ada Tan"] {
        let by = format!("waived by {who} until 2999-12-01 00:00 UTC: fixed in 2.4.2");
        holds(&flowing(&outcome.stdout), &by);
        holds(&pages(&desk), &by);
        holds(&text(&desk, "junit.xml"), &by);
    }
    assert!(!text(&desk, "junit.xml").contains("<failure"));
    holds(
        &text(&desk, "report.prom"),
        r#"tminus_check_waived{check="smoke",module="command"} 1"#,
    );
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(0);
    // The waivers are part of what is judged: without them the same run is a NO-GO.
    desk.write("bare.toml", CHECKLIST);
    let judge = [
        "judge",
        "tminus-report/report.json",
        "--checklist",
        "bare.toml",
    ];
    desk.run(&judge).expect(1);
}

#[test]
fn a_waiver_that_accepts_nothing_and_one_that_ends_before_t_0_are_warnings_of_the_run() {
    let waivers = [
        waiver(EXIT_CODE, "Grace Lim", "2998-12-01T00:00:00Z"),
        waiver(DEPRECATED, "Ada Tan", LONG),
        waiver("subject = \"stdout\"\n", "Li Wei", LONG),
    ];
    let (desk, outcome) = run(&waivers, 0);
    let record = desk.record();
    let warnings = record["warnings"].as_array().expect("warnings");
    let rules: Vec<_> = warnings.iter().map(|warning| &warning["rule"]).collect();
    assert_eq!(rules, ["run/waiver-unused", "run/waiver-too-short"]);
    assert!(warnings.iter().all(|warning| warning["status"] == "warn"));
    assert_eq!(record["unused_waivers"][0]["approved_by"], "Li Wei");
    let explained: Vec<_> = record["rules"].as_array().expect("rules").iter().collect();
    assert!(
        explained
            .iter()
            .any(|rule| rule["id"] == "run/waiver-unused")
    );
    let junit = flowing(&text(&desk, "junit.xml"));
    for shown in [flowing(&outcome.stdout), pages(&desk), junit] {
        holds(&shown, "run/waiver-unused");
        holds(&shown, "run/waiver-too-short");
        holds(&shown, "Li Wei");
    }
    holds(&text(&desk, "report.prom"), "tminus_run_warnings{} 2");
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(0);
}

#[test]
fn a_waiver_for_a_rule_of_a_module_accepts_no_error_and_one_for_a_rule_of_the_run_does() {
    for (scope, code) in [
        ("rule = \"command/started\"\n", 3),
        ("rule = \"run/not-allowed\"\n", 3),
        ("", 0),
    ] {
        let desk = Desk::new();
        let missing = CHECKLIST.replace("\"sh\"", "\"no-such-program\"");
        desk.write("c.toml", &(missing + &waiver(scope, "Ada Tan", LONG)));
        desk.run(&["run", "c.toml"]).expect(code);
    }
    for (scope, code) in [
        ("rule = \"run/not-allowed\"\n", 0),
        ("rule = \"run/deadline\"\n", 3),
    ] {
        let desk = Desk::new();
        let write = format!("{CHECKLIST}touch = \"write\"\n");
        desk.write("c.toml", &(write + &waiver(scope, "Ada Tan", LONG)));
        desk.run(&["run", "c.toml"]).expect(code);
    }
}

/// That a program hangs is one fact, in the words of the engine and of the module. What it did not print is another.
#[test]
fn a_waiver_for_the_deadline_accepts_that_a_program_hangs_and_nothing_unseen() {
    for (settings, code) in [("", 0), ("stdout-matches = [\"ready\"]\n", 3)] {
        let desk = Desk::new();
        let hangs = CHECKLIST
            .replace("echo deprecated >&2; exit 3", "echo waiting >&2; sleep 60")
            .replace("stderr-lacks = [\"deprecated\"]\n", settings);
        let hangs = hangs + "timeout = \"500ms\"\n";
        desk.write(
            "c.toml",
            hangs + &waiver("rule = \"run/deadline\"\n", "Ada Tan", LONG),
        );
        desk.run(&["run", "c.toml"]).expect(code);
        let check = &desk.record()["checks"][0];
        assert_eq!(finding(check, "command/ended")["waived_by"], "Ada Tan");
        desk.run(&["verify", "tminus-report/report.pdf"])
            .expect(code);
    }
}
