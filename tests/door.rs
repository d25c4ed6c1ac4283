//! Hostile names through the real program: nothing in what it prints acts on a terminal, hides, or looks like a line of
//! its own.

use std::fs;

use tminus::model::escape;

use crate::support::tminus::{Desk, Outcome};

/// What a file name, an option or a string of a checklist may hold.
const HOSTILE: &[&str] = &[
    "\rFORGED",
    "\nFORGED",
    "\u{1b}[2K\u{1b}[1AFORGED",
    "\u{1b}[32mFORGED\u{1b}[0m",
    "\u{1b}]52;c;eA==\u{7}",
    "\u{9b}2J",
    "\u{85}FORGED",
    "\u{202e}OG",
    "\u{2066}\u{61c}",
    "\u{2028}FORGED\u{2029}",
    "zero\u{200b}width\u{feff}",
    "tag\u{e0041}",
    "\u{8}\u{8}\u{7f}",
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
    for hostile in HOSTILE {
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
            assert_ne!(outcome.code, 0, "{args:?}");
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
        for line in [
            format!("title = \"{hostile}\" 5"),
            format!("severity = \"{hostile}\""),
            format!("\"{hostile}\" = 1"),
            format!("# {hostile}"),
            format!("retries = \"x\" # {hostile}"),
            format!("env = {{ \"{hostile}\" = 1 }}"),
            format!("[check.\"{hostile}\"]"),
        ] {
            desk.write("c.toml", &format!("{PASSES}{line}\nunknown-key = 1\n"));
            let outcome = desk.run(&["plan", "c.toml"]).expect(2);
            is_harmless(&outcome, &line);
        }
    }
    desk.write("c.toml", &format!("{PASSES}\"\u{9b}\u{200b}\" = 1\n"));
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
