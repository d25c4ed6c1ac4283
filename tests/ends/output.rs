//! Standard output that takes nothing. Who redirects a result into a file must learn that it is not there.

use std::fs::File;
use std::process::Stdio;

use super::{PASSES, script};
use crate::support::tminus::{Desk, Outcome};

/// Runs the program with its results going to a full disk.
fn on_a_full_disk(desk: &Desk, args: &[&str]) -> Outcome {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = desk.command(args);
    command.stdout(full).stderr(Stdio::piped());
    command.spawn().unwrap().wait_with_output().unwrap().into()
}

const LOST: &str = "error: cannot write to standard output: No space left on device (os error 28); no space or no inodes are left: see \
     `df -h` and `df -i`\n";

#[test]
fn a_result_that_cannot_be_written_is_4_with_one_message() {
    let desk = Desk::new();
    desk.write("c.toml", PASSES)
        .run(&["run", "c.toml"])
        .expect(0);
    for line in [
        "plan c.toml",
        "schema",
        "schema --report",
        "modules",
        "modules tls",
        "man",
        "man run",
        "completions bash",
        "completions fish",
        "explain run/deadline",
        "keys show",
        "keys show --pem",
        "verify tminus-report/report.pdf",
        "--help",
        "run --help",
        "--version",
    ] {
        let args: Vec<_> = line.split(' ').collect();
        let outcome = on_a_full_disk(&desk, &args);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (4, LOST), "{line}");
    }
}

/// `run` and `judge` have more to say than the summary, and a NO-GO is never hidden behind a disk.
#[test]
fn a_lost_summary_turns_go_into_4_and_leaves_no_go() {
    let desk = Desk::new();
    desk.write("good.toml", PASSES);
    desk.write("bad.toml", script("exit 3"));
    for (checklist, code) in [("good.toml", 4), ("bad.toml", 1)] {
        for args in [
            ["run", checklist, "--quiet"].as_slice(),
            &["judge", "tminus-report/report.json"],
        ] {
            let outcome = on_a_full_disk(&desk, args).expect(code);
            assert_eq!(outcome.stderr.matches("error:").count(), 1, "{args:?}");
            assert!(outcome.stderr.contains(LOST), "{args:?}");
        }
    }
}

#[test]
fn a_reader_that_closes_the_pipe_is_no_full_disk() {
    let desk = Desk::new();
    let mut child = desk
        .command(&["schema"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let outcome: Outcome = child.wait_with_output().unwrap().into();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn nothing_quoted_in_a_message_acts_on_the_terminal() {
    let desk = Desk::new();
    desk.write(
        "c.toml",
        "[launch]\nname = 'X'\n[[check]]\nid = 'a'\nmodule = 'command'\nrun = ['true']\n",
    );
    desk.run(&["run", "c.toml"]).expect(0);
    let record = String::from_utf8(desk.read("tminus-report/report.json")).expect("UTF-8");
    let hostile = "\u{1b}[2J\u{9b}31mX\u{202e}";
    let shown = r"\u001b[2J\u009b31mX\u202e";
    let headline = record.replacen(
        "\"headline\": \"GO\"",
        &format!("\"headline\": \"{shown}\""),
        1,
    );
    assert_ne!(headline, record);
    desk.write("record.json", &headline);
    let option = format!("--{hostile}");
    for args in [
        &["judge", "record.json"] as &[&str],
        &["judge", hostile],
        &["run", "c.toml", "--check", hostile],
        &["run", "c.toml", "--out", hostile],
        &["run", "c.toml", "--format", hostile],
        &["run", "c.toml", "--jobs", hostile],
        &["run", "c.toml", &option],
        &["run", hostile],
        &["verify", hostile],
        &["verify", "c.toml", "--trust", hostile],
        &["modules", hostile],
        &["explain", hostile],
        &["init", "--template", hostile],
        &[hostile],
    ] {
        let outcome = desk.run(args);
        let said = outcome.stdout + &outcome.stderr;
        let acts = |letter: char| matches!(letter, '\u{1b}' | '\u{9b}' | '\u{202e}');
        assert!(!said.contains(acts), "{args:?}: {said:?}");
    }
}
