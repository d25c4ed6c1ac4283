//! Signals to tminus, and what becomes of the programs it runs.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{is_alive, many, names, script, wait_until};
use crate::support::tminus::Desk;

/// Starts a run whose check waits with a process of its own in the background; its number is in the file `pid`.
fn waiting(desk: &Desk, prefix: &[&str]) -> (Child, String) {
    let check = "echo observed; sleep 600 & echo $! > pid.new; mv pid.new pid; wait";
    desk.write("c.toml", script(check));
    let tminus = env!("CARGO_BIN_EXE_tminus");
    let command = desk.command(&["run", "c.toml"]);
    let mut wrapped = std::process::Command::new(prefix.first().unwrap_or(&tminus));
    let rest = prefix.iter().skip(1).copied();
    match prefix {
        [] => wrapped.args(["run", "c.toml"]),
        _ => wrapped.args(rest).args([tminus, "run", "c.toml"]),
    };
    let environment = command
        .get_envs()
        .filter_map(|(key, value)| Some((key, value?)));
    wrapped
        .env_clear()
        .envs(environment)
        .current_dir(desk.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let child = wrapped.spawn().expect("tminus starts");
    wait_until("the check starts", || desk.path("pid").exists());
    let pid = String::from_utf8(desk.read("pid")).expect("a number");
    (child, pid.trim().to_owned())
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("the signal is sent");
}

#[test]
fn a_signal_ends_the_run_with_a_report_and_leaves_no_program_running() {
    for (signal, name, code) in [
        (Signal::HUP, "SIGHUP", 129),
        (Signal::TERM, "SIGTERM", 143),
        (Signal::INT, "SIGINT", 130),
    ] {
        let desk = Desk::new();
        let (mut child, pid) = waiting(&desk, &[]);
        send(&child, signal);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
        let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
        let about = |line: &&str| {
            line.contains(name) || line.contains("signal") || line.contains("stopping")
        };
        let messages = said
            .lines()
            .filter(about)
            .filter(|line| !line.contains("identity"));
        assert_eq!(messages.count(), 1, "one message: {said}");
        let record = desk.record();
        assert_eq!(record["run"]["interrupted_by"], name);
        assert_eq!(record["run"]["complete"], false);
        let seen = record["checks"][0]["observation"].to_string();
        assert!(seen.contains("observed"), "{seen}");
        assert!(desk.path("tminus-report/report.pdf").exists());
        wait_until("its program ends", || !is_alive(&pid));
    }
}

#[test]
fn nohup_keeps_a_run_going_when_the_terminal_closes() {
    let desk = Desk::new();
    let (mut child, pid) = waiting(&desk, &["nohup"]);
    send(&child, Signal::HUP);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(is_alive(&pid));
    send(&child, Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(desk.record()["run"]["interrupted_by"], "SIGTERM");
}

#[test]
fn no_program_outlives_a_tminus_that_is_killed() {
    let desk = Desk::new();
    let (mut child, pid) = waiting(&desk, &[]);
    assert!(is_alive(&pid));
    send(&child, Signal::KILL);
    child.wait().unwrap();
    wait_until("the program's process group ends", || !is_alive(&pid));
}

#[test]
fn a_signal_while_the_reports_are_written_is_not_swallowed() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let desk = Desk::new();
        desk.write("c.toml", many(120));
        let mut child = desk
            .command(&["run", "c.toml"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tminus starts");
        let lines = BufReader::new(child.stderr.take().expect("messages")).lines();
        let mut lines = lines.map_while(Result::ok);
        // All checks are over: the pages of 120 of them are being drawn.
        let over = lines
            .by_ref()
            .filter(|line| line.starts_with("PASS"))
            .nth(119);
        assert!(over.is_some());
        send(&child, signal);
        let rest: Vec<_> = lines.collect();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{rest:?}");
        assert_eq!(
            names(&desk.path("tminus-report")),
            ["report.json", "report.pdf"]
        );
        assert_eq!(desk.record()["summary"]["pass"], 120);
    }
}

#[test]
fn a_second_signal_ends_at_once_and_leaves_no_temporary_file() {
    let desk = Desk::new();
    desk.write("c.toml", many(120));
    let mut child = desk
        .command(&["run", "c.toml"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tminus starts");
    let lines = BufReader::new(child.stderr.take().expect("messages")).lines();
    let mut lines = lines.map_while(Result::ok);
    let over = lines
        .by_ref()
        .filter(|line| line.starts_with("PASS"))
        .nth(119);
    assert!(over.is_some());
    send(&child, Signal::INT);
    assert!(lines.any(|line| line.contains("second signal")));
    send(&child, Signal::TERM);
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(143));
    let left = names(&desk.path("tminus-report"));
    assert!(left.iter().all(|name| !name.ends_with(".tmp")), "{left:?}");
}
