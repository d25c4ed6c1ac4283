//! Small limits (`ulimit`): a plain error that names the limit, nothing half written, never an internal error.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::{many, names};
use crate::support::tminus::{Desk, Outcome};

/// Runs the program in a shell that has set a limit before.
fn limited(desk: &Desk, limit: &str, line: &str) -> Outcome {
    let tminus = env!("CARGO_BIN_EXE_tminus");
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit {limit} && exec {tminus} {line}")]);
    like(&mut shell, desk)
}

/// Runs a command in the environment of the desk.
fn like(command: &mut Command, desk: &Desk) -> Outcome {
    let hermetic = desk.command(&[]);
    let environment = hermetic
        .get_envs()
        .filter_map(|(key, value)| Some((key, value?)));
    let command = command
        .env_clear()
        .envs(environment)
        .current_dir(desk.path("."));
    command.output().expect("a shell").into()
}

#[track_caller]
fn plain(outcome: &Outcome) {
    for word in ["internal error", "panicked", "memory allocation"] {
        assert!(!outcome.stderr.contains(word), "{}", outcome.stderr);
        assert!(!outcome.stdout.contains(word), "{}", outcome.stdout);
    }
}

#[test]
fn few_open_files_lower_the_jobs_with_a_remark() {
    let desk = Desk::new();
    desk.write("c.toml", many(40));
    let outcome = limited(&desk, "-n 32", "run c.toml").expect(0);
    let note = "note: --jobs is lowered from 64 to 1: the limit of open files is 32 (`ulimit -n`)";
    assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
    let outcome = limited(&desk, "-n 32", "run c.toml --jobs 1").expect(0);
    assert!(!outcome.stderr.contains("note:"), "{}", outcome.stderr);
    let outcome = limited(&desk, "-n 64", "run c.toml").expect(0);
    assert!(
        outcome.stderr.contains("from 64 to 4"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn too_few_open_files_are_named() {
    let desk = Desk::new();
    desk.write("c.toml", many(2));
    for limit in [10, 14, 20, 27] {
        let outcome = limited(&desk, &format!("-n {limit}"), "run c.toml").expect(4);
        plain(&outcome);
        let said = format!("the limit of open files is {limit}");
        assert!(outcome.stderr.contains(&said), "{}", outcome.stderr);
    }
    for limit in [28, 30, 36, 48] {
        limited(&desk, &format!("-n {limit}"), "run c.toml").expect(0);
    }
}

#[test]
fn a_report_larger_than_a_file_may_be_is_named_and_leaves_nothing() {
    let desk = Desk::new();
    desk.write("c.toml", many(2));
    let outcome = limited(&desk, "-f 8", "run c.toml").expect(4);
    plain(&outcome);
    let said = "the limit of the size of a file, in bytes, is 4096: raise it with `ulimit -f`";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    let left = names(&desk.path("tminus-report"));
    assert!(
        left.iter().all(|name| name.starts_with("report.")),
        "{left:?}"
    );
    assert!(!left.contains(&"report.pdf".to_owned()));
}

#[test]
fn a_run_that_can_write_nothing_leaves_no_report_of_the_run_before() {
    let desk = Desk::new();
    desk.write("c.toml", many(1));
    desk.run(&["run", "c.toml"]).expect(0);
    let outcome = limited(&desk, "-f 0", "run c.toml").expect(4);
    plain(&outcome);
    assert_eq!(names(&desk.path("tminus-report")), ["previous"]);
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(4);
}

#[test]
fn other_files_that_do_not_fit_are_named_and_leave_nothing() {
    let desk = Desk::new();
    let outcome = limited(&desk, "-f 1", "init").expect(4);
    assert!(outcome.stderr.contains("`ulimit -f`"), "{}", outcome.stderr);
    let outcome = limited(&desk, "-f 0", "keys new --out keys/one.pem").expect(4);
    assert!(
        outcome.stderr.contains("File too large"),
        "{}",
        outcome.stderr
    );
    let outcome = limited(&desk, "-f 8", "schema > schema.json").expect(4);
    assert!(outcome.stderr.contains("`ulimit -f`"), "{}", outcome.stderr);
    assert!(names(&desk.path("keys")).is_empty());
    assert_eq!(names(&desk.path(".")), ["home", "keys", "schema.json"]);
}

/// As a user who exists nowhere else: the limit counts all processes of a user, and root has none.
#[test]
fn too_few_processes_are_named() {
    let desk = Desk::new();
    desk.write("c.toml", many(3));
    for path in [".", "home"] {
        std::fs::set_permissions(desk.path(path), Permissions::from_mode(0o777)).unwrap();
    }
    let tminus = desk.path("tminus");
    std::fs::copy(env!("CARGO_BIN_EXE_tminus"), &tminus).unwrap();
    std::fs::set_permissions(&tminus, Permissions::from_mode(0o755)).unwrap();
    for processes in [1, 2, 3, 5, 8, 10, 12, 16] {
        let mut command = Command::new("prlimit");
        command.args([&format!("--nproc={processes}"), "--", "setpriv"]);
        command.args(["--reuid=54321", "--regid=54321", "--clear-groups", "--"]);
        let outcome = like(command.arg(&tminus).args(["run", "c.toml"]), &desk);
        plain(&outcome);
        let record = std::fs::read_to_string(desk.path("tminus-report/report.json"));
        let said = outcome.stderr.clone() + &record.unwrap_or_default();
        let named = said.contains("`ulimit -u`") || said.contains("no more processes");
        assert!(
            outcome.code == 0 || named,
            "{processes}: {said}\n{}",
            outcome.stdout
        );
        assert!(processes >= 10 || outcome.code != 0, "{processes}");
        let _ = std::fs::remove_dir_all(desk.path("tminus-report"));
    }
}

#[test]
fn a_small_address_space_is_enough_or_named() {
    let desk = Desk::new();
    desk.write("c.toml", many(3));
    let outcome = limited(&desk, "-v 500000", "run c.toml");
    plain(&outcome);
    let named = outcome.stderr.contains("`ulimit -v`");
    assert!(
        outcome.code == 0 || named,
        "{}: {}",
        outcome.code,
        outcome.stderr
    );
    if outcome.code == 0 {
        let outcome = limited(&desk, "-v 500000", "verify tminus-report/report.pdf");
        plain(&outcome);
        assert!(
            outcome.code == 0 || outcome.stderr.contains("`ulimit -v`"),
            "{}",
            outcome.stdout
        );
    }
}

/// In a chroot or a bare container nothing says where this program is, which guards the programs that it runs.
#[test]
fn programs_run_where_proc_is_not_mounted() {
    let desk = Desk::new();
    desk.write("c.toml", super::PASSES);
    let tminus = env!("CARGO_BIN_EXE_tminus");
    let line = format!(
        "umount -l /proc && test ! -e /proc/self && exec {tminus} run c.toml --format json"
    );
    let mut command = Command::new("unshare");
    let outcome = like(command.args(["--mount", "sh", "-c", &line]), &desk).expect(0);
    assert!(outcome.stderr.contains("PASS   yes"), "{}", outcome.stderr);
}

/// What a probe runs out of is named with its limit, in every module, and no server is blamed for it.
#[test]
fn probes_that_run_out_of_files_name_the_limit() {
    let desk = Desk::new();
    let names: Vec<_> = (0..40)
        .map(|number| format!("\"127.0.0.1:{}\"", 1 + number))
        .collect();
    let names = names.join(", ");
    desk.write(
        "c.toml",
        format!(
            r#"
[launch]
name = "x"

[[check]]
id = "port"
module = "port"
endpoints = [{names}]

[[check]]
id = "tls"
module = "tls"
endpoints = [{names}]

[[check]]
id = "program"
module = "command"
run = ["true"]
"#
        ),
    );
    // Enough to start, and fewer than all of it needs at a time.
    for files in [14, 18, 22, 26, 30] {
        let outcome = limited(
            &desk,
            &format!("-n {files}"),
            "run c.toml --format json --jobs 3",
        );
        plain(&outcome);
        let said = outcome.stdout + &outcome.stderr;
        for line in said
            .lines()
            .filter(|line| line.contains("Too many open files"))
        {
            assert!(said.contains("ulimit -n"), "{files}: {line}\n{said}");
        }
        if desk.path("tminus-report/report.json").exists() {
            let record = desk.record().to_string();
            for (at, _) in record.match_indices("Too many open files") {
                let rest: String = record[at..].chars().take(160).collect();
                assert!(rest.contains("ulimit -n"), "{files}: {rest}");
            }
        }
    }
}
