//! Hostile names through the real program: nothing in what it prints acts on a terminal, hides, or looks like a line of
//! its own.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use tminus::model::escape;

use crate::support::tminus::{Desk, Outcome};

/// What a file name, an option or a string of a checklist may hold.
const HOSTILE: &[&str] = &[
    "\rFORGED\u{8}\u{7f}\u{9b}2J\u{85}",
    "\nFORGED\u{1b}[2K\u{1b}[1A",
    "\u{1b}[32mFORGED\u{1b}[0m\u{1b}]52;c;eA==\u{7}",
    "\u{202e}OG\u{2066}\u{61c}\u{2028}FORGED\u{2029}zero\u{200b}\u{feff}\u{e0041}",
];

const PASSES: &str = r#"
[launch]
name = "PixelRush"

[[check]]
id = "yes"
module = "command"
run = ["true"]
"#;

#[track_caller]
fn is_harmless(outcome: &Outcome, about: &str) {
    for text in [&outcome.stdout, &outcome.stderr] {
        let acts = |character: char| character != '\n' && escape::is_hidden(character);
        assert!(!text.contains(acts), "{about}: {text:?}");
        assert!(
            text.lines().all(|line| !line.starts_with("FORGED")),
            "{about}: {text:?}"
        );
    }
    assert!(
        !outcome.stderr.contains("internal error"),
        "{about}: {outcome:?}"
    );
}

#[test]
fn names_and_options_are_spelled_out() {
    let desk = Desk::new();
    desk.write("c.toml", PASSES);
    for hostile in [HOSTILE[1].to_owned(), HOSTILE.concat()] {
        let name = format!("x{hostile}");
        let name = name.as_str();
        let option = format!("--x{hostile}");
        for args in [
            &["run", name][..],
            &["run", "c.toml", name],
            &["run", "c.toml", "--check", name],
            &["run", "c.toml", "--tag", name],
            &["run", "c.toml", "--phase", name],
            &["run", "c.toml", "--format", name],
            &["run", "c.toml", "--sign", name],
            &["run", "c.toml", "--sign", &format!("pem:{name}")],
            &["run", "c.toml", "--jobs", name],
            &["run", "c.toml", "--timeout", name],
            &["run", "c.toml", "--allow", name],
            &["run", "c.toml", "--var", name],
            &["run", "c.toml", "--out", &format!("c.toml/{name}")],
            &["plan", name],
            &["plan", "c.toml", "--check", name],
            &["judge", name],
            &["judge", "c.toml", "--checklist", name],
            &["verify", name],
            &["verify", name, "--json"],
            &["verify", "c.toml", "--trust", name],
            &["init", "--template", name],
            &["modules", name],
            &["explain", name],
            &["completions", name],
            &["man", name],
            &["keys", "show", "--sign", name],
            &["keys", "new", "--out", &format!("c.toml/{name}")],
            &[name],
            &[&option],
            &[
                "run",
                "c.toml",
                "--timeout",
                &format!("{name}\u{1b}[2K\nFORGED"),
            ],
            &["run", "c.toml", &option],
        ] {
            let outcome = desk.run(args);
            let fails = outcome.code != 0 || args.contains(&"--var");
            assert!(fails, "{args:?}");
            is_harmless(&outcome, &format!("{args:?}"));
        }
    }
}

#[test]
fn what_is_written_is_named_in_one_line() {
    let desk = Desk::new();
    desk.write("c.toml", PASSES);
    let name = HOSTILE.concat();
    for args in [
        &["run", "c.toml", "--format", "json", "--out", &name][..],
        &["judge", &format!("{name}/report.json")],
        &["init", &format!("{name}.toml")],
        &[
            "keys",
            "new",
            "--out",
            &format!("{name}.pem"),
            "--name",
            "ada",
        ],
        &["keys", "show", "--sign", &format!("pem:{name}.pem")],
    ] {
        let outcome = desk.run(args).expect(0);
        is_harmless(&outcome, &format!("{args:?}"));
    }
}

#[test]
fn excerpts_of_checklists_are_spelled_out() {
    let desk = Desk::new();
    for hostile in HOSTILE {
        let decoded = format!(
            "severity = \"{hostile}\"\n\"{hostile}\" = 1\nretries = \"x\" # {hostile}\nenv = {{ \"{hostile}\" = 1 }}\n\
             [check.\"{hostile}\"]"
        );
        for line in [decoded, format!("title = \"{hostile}\" 5")] {
            desk.write("c.toml", format!("{PASSES}{line}\nunknown-key = 1\n"));
            let outcome = desk.run(&["plan", "c.toml"]).expect(2);
            is_harmless(&outcome, &line);
        }
    }
    desk.write("c.toml", format!("{PASSES}\"\u{9b}\u{200b}\" = 1\n"));
    let outcome = desk.run(&["plan", "c.toml"]).expect(2);
    let shown = "\"\\u{9b}\\u{200b}\" = 1";
    assert!(outcome.stderr.contains(shown), "{}", outcome.stderr);
    let caret = format!("| {}", "^".repeat("\"\\u{9b}\\u{200b}\"".len()));
    assert!(outcome.stderr.contains(&caret), "{}", outcome.stderr);
}

#[test]
fn records_of_others_are_spelled_out() {
    let desk = Desk::new();
    desk.write("c.toml", PASSES);
    desk.run(&["run", "c.toml", "--format", "json"]).expect(0);
    let record = String::from_utf8(desk.read("tminus-report/report.json")).expect("JSON");
    for hostile in HOSTILE {
        let hostile = serde_json::to_string(&format!("yes{hostile}")).expect("JSON");
        for (word, by) in [("\"yes\"", &hostile), ("\"PixelRush\"", &hostile)] {
            assert!(record.contains(word));
            fs::write(desk.path("r.json"), record.replace(word, by)).expect("a record");
            for args in [
                &["judge", "r.json"][..],
                &["judge", "r.json", "--checklist", "c.toml"],
            ] {
                let outcome = desk.run(args);
                is_harmless(&outcome, &format!("{args:?} {hostile}"));
            }
        }
    }
}

#[test]
fn a_check_and_what_its_command_prints_are_spelled_out() {
    let desk = Desk::new();
    let quoted = serde_json::to_string(&HOSTILE.concat()).expect("a string of TOML too");
    let quoted = quoted.replace('\u{7f}', "\\u007f");
    let text = format!(
        "[launch]\nname = {quoted}\nversion = {quoted}\n[[check]]\nid = \"no\"\ntitle = {quoted}\nowner = {quoted}\n\
         module = \"command\"\nrun = [\"printf\", \"%s\", {quoted}]\nstdout-matches = [\"never\"]\nretries = 1\n"
    );
    desk.write("c.toml", &text);
    is_harmless(&desk.run(&["plan", "c.toml"]), "plan");
    is_harmless(
        &desk.run(&["run", "c.toml", "--format", "json"]).expect(1),
        "run",
    );
}

/// Runs the program with a checklist on standard input.
fn piped(desk: &Desk, args: &[&str], text: &str) -> Outcome {
    let mut command = desk.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .expect("tminus starts");
    let mut stdin = child.stdin.take().expect("its standard input");
    stdin.write_all(text.as_bytes()).expect("a checklist");
    drop(stdin);
    child.wait_with_output().expect("tminus ends").into()
}

#[test]
fn a_checklist_may_come_on_standard_input() {
    let desk = Desk::new();
    desk.write(
        "more.toml",
        "[[check]]\nid = \"more\"\nmodule = \"command\"\nrun = [\"true\"]\n",
    );
    let text = format!("include = [\"more.toml\"]\n{PASSES}");
    piped(&desk, &["run", "-"], &text).expect(0);
    let record = desk.record();
    assert_eq!(record["run"]["checklist"]["path"], "-");
    assert_eq!(record["checks"][1]["source"]["path"], "-");
    assert_eq!(record["checks"].as_array().map(Vec::len), Some(2));
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(0);
    let outcome = piped(&desk, &["plan", "-"], &text).expect(0);
    assert!(outcome.stdout.contains("2 checks"), "{}", outcome.stdout);
    let judge = ["judge", "tminus-report/report.json", "--checklist", "-"];
    piped(&desk, &judge, &text).expect(0);
    let outcome = piped(&desk, &["plan", "-"], "[launch]\nnam = 1\n").expect(2);
    assert!(outcome.stderr.contains("--> -:2:1"), "{}", outcome.stderr);
}

#[test]
fn a_plan_shows_waivers_and_what_list_files_hold() {
    let desk = Desk::new();
    desk.write("names.txt", "a.test\nb.test # the second\na.test\n");
    desk.write("endpoints.txt", "a.test:443\n");
    desk.write("broken.txt", "a..test\n");
    let waiver = |keys: &str| {
        format!(
            "[[waiver]]\ncheck = \"names\"\nreason = \"moved\"\napproved-by = \"Ada Tan\"\n\
             expires = 2999-01-01T00:00:00Z\n{keys}"
        )
    };
    let dns = |file: &str| {
        format!("module = \"dns\"\nnames-file = \"{file}\"\nresolvers = [\"127.0.0.1:1\"]\n")
    };
    let text = format!(
        "{PASSES}\n[[check]]\nid = \"names\"\n{}[[check]]\nid = \"broken\"\n{}[[check]]\nid = \"gateways\"\n\
         module = \"tls\"\nendpoints-file = \"endpoints.txt\"\n{}{}",
        dns("names.txt"),
        dns("broken.txt"),
        waiver(""),
        waiver("rule = \"dns/resolves\"\n"),
    );
    desk.write("c.toml", &text);
    let plan = desk.run(&["plan", "c.toml"]).expect(0).stdout;
    for shown in [
        "waiver    Ada Tan accepts any failure until 2999-01-01 00:00 UTC: moved",
        "for each of 2 names in names.txt",
        "unusable list: broken.txt, line 1",
        "contacts  1 endpoint in endpoints.txt",
    ] {
        assert!(plan.contains(shown), "{shown}\n{plan}");
    }
    assert!(plan.contains("accepts rule dns/resolves until"), "{plan}");
}
