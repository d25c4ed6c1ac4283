//! The program as a user meets it: every exit code, every command, and the ways in which runs go wrong.

use std::fs;
use std::io::{BufRead as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::mount::Mount;
use crate::support::tminus::Desk;

const PASSES: &str = r#"
[launch]
name = "PixelRush"

[[check]]
id = "yes"
module = "command"
run = ["true"]
"#;

/// The last line of the results.
fn verdict(stdout: &str) -> &str {
    stdout.trim_end().lines().last().unwrap_or_default()
}

/// A checklist with one check more than [`PASSES`] that runs a shell script.
fn with_script(script: &str, keys: &str) -> String {
    format!(
        "{PASSES}\n[[check]]\nid = \"script\"\nmodule = \"command\"\nrun = [\"sh\", \"-c\", '''{script}''']\n{keys}\n"
    )
}

#[test]
fn go_is_0_and_leaves_a_signed_report() {
    let desk = Desk::new();
    let outcome = desk
        .write("c.toml", PASSES)
        .run(&["run", "c.toml"])
        .expect(0);
    assert!(
        verdict(&outcome.stdout).starts_with("✓ GO"),
        "{}",
        outcome.stdout
    );
    assert_eq!(desk.record()["verdict"], "go");
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(0);
    let identity =
        fs::metadata(desk.path("home/.config/tminus/identity.pem")).expect("the identity");
    assert_eq!(identity.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_failed_blocker_is_1_and_an_advisory_is_not() {
    let desk = Desk::new();
    desk.write("blocker.toml", with_script("exit 3", ""));
    desk.run(&["run", "blocker.toml"]).expect(1);
    desk.write(
        "advisory.toml",
        with_script("exit 3", "severity = \"advisory\""),
    );
    desk.run(&["run", "advisory.toml"]).expect(0);
    assert_eq!(desk.record()["summary"]["fail"], 1);
}

#[test]
fn a_waiver_turns_no_go_into_go_until_it_expires() {
    let desk = Desk::new();
    let waiver = |expires: &str| {
        format!(
            "{}\n[[waiver]]\ncheck = \"script\"\nreason = \"known\"\napproved-by = \"ada\"\nexpires = {expires}\n",
            with_script("exit 3", "")
        )
    };
    desk.write("valid.toml", waiver("2999-01-01T00:00:00Z"));
    desk.run(&["run", "valid.toml"]).expect(0);
    assert_eq!(desk.record()["summary"]["waived"], 1);
    desk.write("expired.toml", waiver("2020-01-01T00:00:00Z"));
    let outcome = desk.run(&["run", "expired.toml"]).expect(1);
    assert!(
        outcome.stdout.contains("waiver expired on"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_wrong_checklist_is_2_and_nothing_is_contacted() {
    let desk = Desk::new();
    desk.write("c.toml", with_script("touch contacted", "no-such-key = 1"));
    let outcome = desk.run(&["run", "c.toml"]).expect(2);
    assert!(outcome.stderr.contains("no-such-key"), "{}", outcome.stderr);
    assert!(!desk.path("contacted").exists());
    assert!(!desk.path("tminus-report").exists());
}

#[test]
fn wrong_arguments_are_2() {
    let desk = Desk::new();
    desk.write("c.toml", PASSES);
    for args in [
        &["run"][..],
        &["run", "missing.toml"],
        &["run", "c.toml", "--check", "no-such-check"],
        &["run", "c.toml", "--tag", "no-such-tag"],
        &["run", "c.toml", "--format", "docx"],
        &["run", "c.toml", "--sign", "floppy:1"],
        &["run", "c.toml", "--jobs", "0"],
        &["run", "c.toml", "--timeout", "soon"],
        &["run", "c.toml", "--interactive", "--check", "nothing"],
        &["frobnicate"],
        &["judge", "missing.json"],
        &["modules", "no-such-module"],
        &["explain", "no-such-module/no-such-rule"],
    ] {
        let outcome = desk.run(args);
        assert_eq!(outcome.code, 2, "{args:?}: {outcome:?}");
        assert!(outcome.stdout.is_empty(), "{args:?}: {outcome:?}");
        assert!(outcome.stderr.contains("error"), "{args:?}: {outcome:?}");
    }
}

#[test]
fn a_report_that_cannot_be_read_cannot_be_relied_on() {
    let desk = Desk::new();
    let outcome = desk.run(&["verify", "missing.pdf"]).expect(4);
    assert!(outcome.stdout.contains("missing.pdf"), "{outcome:?}");
}

#[test]
fn what_could_not_be_determined_is_3() {
    let desk = Desk::new();
    desk.write("c.toml", "[launch]\nname = \"x\"\n[[check]]\nid = \"a\"\nmodule = \"command\"\nrun = [\"/no/such/program\"]\n");
    desk.run(&["run", "c.toml"]).expect(3);
    assert_eq!(desk.record()["checks"][0]["status"], "error");
}

#[test]
fn a_load_check_without_leave_is_3_and_does_not_run() {
    let desk = Desk::new();
    desk.write(
        "c.toml",
        with_script("touch contacted", "touch = \"write\""),
    );
    desk.run(&["run", "c.toml"]).expect(3);
    assert!(!desk.path("contacted").exists());
    desk.run(&["run", "c.toml", "--allow", "write"]).expect(0);
    assert!(desk.path("contacted").exists());
}

#[test]
fn a_folder_that_takes_no_report_is_4_before_anything_is_contacted() {
    let desk = Desk::new();
    desk.write("c.toml", with_script("touch contacted", ""))
        .write("occupied", "a file");
    let outcome = desk.run(&["run", "c.toml", "--out", "occupied"]).expect(4);
    assert!(outcome.stderr.contains("occupied"), "{}", outcome.stderr);
    assert!(!desk.path("contacted").exists());
}

#[test]
fn a_full_disk_is_4_and_the_verdict_is_told_all_the_same() {
    let desk = Desk::new();
    desk.write("c.toml", PASSES);
    let disk = Mount::tmpfs("16k");
    let out = disk.path().to_str().expect("UTF-8");
    let run = ["run", "c.toml", "--out", out, "--format", "pdf,json"];
    let outcome = desk.run(&run).expect(4);
    assert!(
        outcome.stderr.contains("No space left"),
        "{}",
        outcome.stderr
    );
    assert!(
        verdict(&outcome.stdout).starts_with("✓ GO"),
        "{}",
        outcome.stdout
    );
    assert!(
        disk.path().join("report.json").exists(),
        "the PDF did not fit, the record does"
    );
}

#[test]
fn a_person_signs_off_on_the_terminal() {
    let desk = Desk::new();
    let item = "[[check]]\nid = \"item\"\nmodule = \"manual\"\nstatement = \"The rollback was rehearsed\"\n";
    desk.write("c.toml", format!("[launch]\nname = \"x\"\n{item}"));
    desk.run(&["run", "c.toml"]).expect(1);
    // `script` gives the program a terminal of its own.
    let tminus = env!("CARGO_BIN_EXE_tminus");
    let mut terminal = std::process::Command::new("script");
    let mut child = terminal
        .args([
            "--quiet",
            "--return",
            "--command",
            &format!("{tminus} run c.toml --interactive"),
            "/dev/null",
        ])
        .current_dir(desk.path(""))
        .env("HOME", desk.path("home"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("script starts");
    let mut keyboard = child.stdin.take().expect("a keyboard");
    for line in ["Ada Tan", "perhaps", "yes", "twice, last week"] {
        writeln!(keyboard, "{line}").expect("typed");
        std::thread::sleep(Duration::from_millis(300));
    }
    let shown = child.wait_with_output().expect("script ends");
    drop(keyboard);
    let screen = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.status.success(), "{screen}");
    assert!(screen.contains("Please answer yes or no"), "{screen}");
    let record = desk.record().to_string();
    assert!(
        record.contains("Ada Tan") && record.contains("twice, last week"),
        "{record}"
    );
}

#[test]
fn a_hung_program_ends_at_its_deadline() {
    let desk = Desk::new();
    desk.write(
        "c.toml",
        with_script("echo before; sleep 600", "timeout = \"300ms\""),
    );
    let begin = Instant::now();
    desk.run(&["run", "c.toml"]).expect(3);
    assert!(begin.elapsed() < Duration::from_secs(30));
    let check = &desk.record()["checks"][1];
    assert_eq!(check["attempts"][0]["end"]["kind"], "deadline_passed");
    assert!(
        check["observation"].to_string().contains("before"),
        "{check}"
    );
}

/// Starts a run that waits, ends it with a signal, and returns its exit code.
fn interrupted_by(signal: Signal, desk: &Desk) -> i32 {
    desk.write(
        "c.toml",
        with_script(
            "echo observed; touch started; sleep 600",
            "timeout = \"60s\"\nneeds = [\"yes\"]", // so that the other has ended by then
        ),
    );
    let mut child = desk
        .command(&["run", "c.toml"])
        .spawn()
        .expect("tminus starts");
    let begin = Instant::now();
    while !desk.path("started").exists() {
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "the check never started"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    kill_process(Pid::from_child(&child), signal).expect("the signal is sent");
    child.wait().expect("tminus ends").code().unwrap_or(-1)
}

#[test]
fn ctrl_c_is_130_and_what_was_observed_is_written_and_signed() {
    let desk = Desk::new();
    assert_eq!(interrupted_by(Signal::INT, &desk), 130);
    let record = desk.record();
    assert_eq!(record["run"]["complete"], false);
    assert_eq!(record["checks"][0]["status"], "pass");
    assert_eq!(
        record["checks"][1]["attempts"][0]["end"]["kind"],
        "interrupted"
    );
    assert!(
        record["checks"][1]["observation"]
            .to_string()
            .contains("observed")
    );
    let verified = desk.run(&["verify", "tminus-report/report.pdf"]).expect(3);
    assert!(
        verified.stdout.contains("incomplete"),
        "{}",
        verified.stdout
    );
}

#[test]
fn sigterm_is_143() {
    let desk = Desk::new();
    assert_eq!(interrupted_by(Signal::TERM, &desk), 143);
}

#[test]
fn a_closed_pipe_does_not_turn_no_go_into_0() {
    let desk = Desk::new();
    desk.write("c.toml", with_script("exit 3", ""));
    let mut child = desk
        .command(&["run", "c.toml"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("tminus starts");
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("tminus ends").code(), Some(1));
}

#[test]
fn a_thousand_checks_stand_in_checklist_order() {
    let desk = Desk::new();
    let checks = (0..1_000)
        .map(|n| format!("[[check]]\nid = \"c{n}\"\nmodule = \"command\"\nrun = [\"true\"]\n"));
    desk.write(
        "c.toml",
        format!("[launch]\nname = \"x\"\n{}", checks.collect::<String>()),
    );
    desk.run(&["run", "c.toml", "--quiet"]).expect(0);
    let record = desk.record();
    let ids: Vec<_> = record["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .map(|check| &check["id"])
        .collect();
    assert_eq!(ids.len(), 1_000);
    assert!(
        ids.iter()
            .enumerate()
            .all(|(n, id)| **id == format!("c{n}"))
    );
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(0);
}

#[test]
fn plan_contacts_nothing() {
    let desk = Desk::new();
    desk.write("c.toml", with_script("touch contacted", "touch = \"load\""));
    let outcome = desk.run(&["plan", "c.toml"]).expect(0);
    assert!(
        outcome.stdout.contains("--allow load"),
        "{}",
        outcome.stdout
    );
    assert!(!desk.path("contacted").exists());
}

#[test]
fn judge_applies_new_thresholds_to_recorded_observations() {
    let desk = Desk::new();
    desk.write("c.toml", with_script("echo ran >> log; exit 3", ""));
    desk.run(&["run", "c.toml"]).expect(1);
    desk.write(
        "new.toml",
        with_script("echo ran >> log; exit 3", "exit-code = 3"),
    );
    let report = "tminus-report/report.json";
    let outcome = desk
        .run(&[
            "judge",
            report,
            "--checklist",
            "new.toml",
            "--out",
            "judged",
        ])
        .expect(0);
    assert!(
        outcome.stderr.contains("script: was fail, now pass"),
        "{}",
        outcome.stderr
    );
    desk.run(&["judge", report]).expect(1);
    assert_eq!(desk.read("log"), b"ran\n", "judging ran the program again");
    desk.run(&["judge", "judged/report.json"]).expect(0);
}

/// A record of the first schema has neither rules nor subjects; no program was released that wrote it.
#[test]
fn a_record_of_another_schema_is_refused_in_one_sentence() {
    let desk = Desk::new();
    desk.write("old.json", r#"{"schema": "tminus-report/1", "run": {}}"#);
    let outcome = desk.run(&["judge", "old.json"]).expect(2);
    assert_eq!(
        outcome.stderr,
        "error: old.json: a run record of schema \"tminus-report/1\"; this version reads only \"tminus-report/2\", so run \
         the checklist again\n"
    );
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_rule_is_explained_and_an_unknown_one_names_the_nearest() {
    let desk = Desk::new();
    for rule in ["command/exit-code", "run/deadline"] {
        let page = desk.run(&["explain", rule]).expect(0).stdout;
        assert!(page.starts_with(rule), "{page}");
        for part in [
            "Why it matters",
            "How to fix it",
            &format!("rule = \"{rule}\""),
        ] {
            assert!(page.contains(part), "no {part} in:\n{page}");
        }
    }
    for (asked, near) in [
        ("command/exit-cod", "`command/exit-code`"),
        ("command/nothing-alike", "command/output-matches"),
        ("nothing-alike", "tminus modules"),
    ] {
        let outcome = desk.run(&["explain", asked]).expect(2);
        assert_eq!(outcome.stdout, "", "{asked}");
        assert!(outcome.stderr.contains(asked), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(near), "{}", outcome.stderr);
    }
}

#[test]
fn init_writes_a_checklist_that_loads_and_never_overwrites() {
    let desk = Desk::new();
    desk.run(&["init"]).expect(0);
    desk.run(&["plan", "tminus.toml"]).expect(0);
    let outcome = desk.run(&["init"]).expect(2);
    assert!(
        outcome.stderr.contains("already exists"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn the_demo_is_go_and_verifies() {
    let desk = Desk::new();
    let outcome = desk.run(&["demo"]).expect(0);
    assert!(
        verdict(&outcome.stdout).starts_with("✓ GO"),
        "{}",
        outcome.stdout
    );
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(0);
}

#[test]
fn the_kept_demo_can_be_played_with() {
    let desk = Desk::new();
    let mut demo = desk
        .command(&["demo", "--keep"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("tminus starts");
    let messages = std::io::BufReader::new(demo.stderr.take().expect("messages"));
    let told = messages
        .lines()
        .map_while(Result::ok)
        .any(|line| line.contains("until Ctrl-C"));
    assert!(told, "the demo does not stay");
    desk.run(&["run", "tminus-demo/checklist.toml", "--out", "again"])
        .expect(0);
    kill_process(Pid::from_child(&demo), Signal::INT).expect("the signal is sent");
    assert_eq!(demo.wait().expect("the demo ends").code(), Some(0));
}

#[test]
fn the_broken_demo_is_no_go_and_explains_each_failure() {
    let desk = Desk::new();
    let outcome = desk.run(&["demo", "--broken"]).expect(1);
    let record = desk.record();
    let status = |id: &str| {
        let checks = record["checks"].as_array().expect("checks");
        checks
            .iter()
            .find(|check| check["id"] == id)
            .expect("the check")["status"]
            .clone()
    };
    assert_eq!(status("player-names"), "fail", "the stale answer");
    assert_eq!(
        status("gateway-certificate"),
        "fail",
        "the expired certificate"
    );
    assert_eq!(
        status("login-certificate"),
        "error",
        "the endpoint that hangs"
    );
    assert_eq!(status("load-test-sign-off"), "pass");
    for word in ["198.51.100.7", "expired"] {
        assert!(
            outcome.stdout.contains(word),
            "no {word} in:\n{}",
            outcome.stdout
        );
    }
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(1);
}

#[test]
fn help_teaches_and_everything_prints() {
    let desk = Desk::new();
    for args in [
        &["--version"][..],
        &["--help"],
        &["run", "--help"],
        &["modules"],
        &["modules", "dns"],
        &["schema"],
        &["schema", "--report"],
        &["explain", "run/deadline"],
        &["completions", "bash"],
        &["man"],
        &["man", "run"],
        &["keys", "show"],
        &["keys", "show", "--pem"],
    ] {
        let outcome = desk.run(args).expect(0);
        assert!(!outcome.stdout.is_empty(), "{args:?}");
        assert!(!outcome.stdout.contains("PRIVATE"), "{args:?}");
    }
    assert!(desk.run(&["--help"]).stdout.contains("Exit codes:"));
}

#[test]
fn keys_new_never_overwrites() {
    let desk = Desk::new();
    desk.run(&["keys", "new", "--name", "Release team"])
        .expect(0);
    let before = desk.read("home/.config/tminus/identity.pem");
    desk.run(&["keys", "new"]).expect(4);
    assert_eq!(desk.read("home/.config/tminus/identity.pem"), before);
}
