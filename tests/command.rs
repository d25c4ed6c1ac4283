//! The module `command` with real programs: whatever a program does, the check ends, nothing is left running,
//! and what it printed is there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use tminus::model::Status;

use crate::support::probe::{Probe, Seen};

/// A check of a shell script, with more settings after it.
fn shell(script: &str, settings: &str) -> Probe {
    Probe::new(
        "command",
        format!("run = ['sh', '-c', '''{script}''']\n{settings}"),
    )
}

async fn run(script: &str, settings: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    shell(script, settings).run(folder.path()).await
}

/// A process that still does something; a zombie does not.
fn is_alive(pid: u32) -> bool {
    matches!(state(pid), Some(state) if state != 'Z')
}

/// The state letter of proc(5), unless there is no such process.
fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.chars().next()
}

fn pid(file: &Path) -> u32 {
    let text = fs::read_to_string(file).unwrap();
    text.trim().parse().unwrap()
}

/// Waits a little for something that the kernel does in its own time.
async fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(5), "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_exit_code_decides() {
    for (script, settings, status) in [
        ("exit 0", "", Status::Pass),
        ("exit 3", "", Status::Fail),
        ("exit 3", "exit-code = 3", Status::Pass),
        ("exit 0", "exit-code = 3", Status::Fail),
    ] {
        let seen = run(script, settings).await;
        assert_eq!(seen.status(), status, "{script} {settings}: {seen:#?}");
    }
    let seen = run("echo working; echo no route >&2; exit 3", "").await;
    let observed = seen.finding("command/exit-code").observed.as_deref();
    assert_eq!(observed, Some("exit code 3; stderr ends with \"no route\""));
}

#[tokio::test]
async fn the_output_decides() {
    let script = "echo one; echo ready; echo warning: old >&2";
    for (settings, status) in [
        ("stdout-matches = ['^ready$']", Status::Pass),
        ("stdout-matches = ['^read$']", Status::Fail),
        ("stdout-lacks = ['ERROR']", Status::Pass),
        ("stdout-lacks = ['o.e']", Status::Fail),
        ("stderr-matches = ['old']", Status::Pass),
        ("stderr-lacks = ['(?i)WARNING']", Status::Fail),
        ("stdout-lacks = ['warning']", Status::Pass),
    ] {
        let seen = run(script, settings).await;
        assert_eq!(seen.status(), status, "{settings}: {seen:#?}");
    }
}

#[tokio::test]
async fn nobody_answers_its_questions() {
    let seen = run(
        "readlink /proc/$$/fd/0; ! read answer",
        "stdout-matches = ['^/dev/null$']",
    )
    .await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
}

#[tokio::test]
async fn folder_and_environment_are_as_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("inner")).unwrap();
    fs::write(folder.path().join("inner/here"), "").unwrap();
    let seen = shell(
        "ls; env",
        "cwd = 'inner'\nclear-env = true\nplain-env = { MODE = 'x' }",
    )
    .run(folder.path())
    .await;
    let stdout = String::from_utf8_lossy(seen.evidence("stdout.txt"));
    let mut lines: Vec<_> = stdout
        .lines()
        .filter(|line| !line.starts_with("_="))
        .collect();
    lines.sort_unstable();
    let pwd = folder.path().join("inner");
    assert_eq!(lines, ["MODE=x", &format!("PWD={}", pwd.display()), "here"]);

    let seen = run("echo $CARGO_MANIFEST_DIR", "stdout-matches = ['^/']").await;
    assert_eq!(
        seen.status(),
        Status::Pass,
        "inherited otherwise: {seen:#?}"
    );
}

#[tokio::test]
async fn much_output_stays_bounded() {
    /// The most memory that this process ever had in use.
    fn peak_kib() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
    run("head -c 100000 /dev/zero", "stdout-matches = ['x']").await; // the program's own pages come in
    let before = peak_kib();
    let seen = run(
        "echo first; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo last",
        "stdout-matches = ['^first$', '^last$', 'xyz']\nstdout-lacks = ['ERROR']",
    )
    .await;
    let grown = peak_kib() - before;
    assert!(grown < 16 * 1024, "{grown} KiB");

    assert_eq!(
        seen.observation["stdout"]["text"]["omitted_bytes"],
        100_000_012 - 65_536
    );
    assert!(seen.evidence("stdout.txt").len() < 70_000);
    assert_eq!(
        seen.finding_about("command/output-matches", "stdout `^first$`")
            .status,
        Status::Pass
    );
    assert_eq!(
        seen.finding_about("command/output-matches", "stdout `^last$`")
            .status,
        Status::Pass
    );
    // Nobody saw the middle, so nobody knows.
    assert_eq!(
        seen.finding_about("command/output-matches", "stdout `xyz`")
            .status,
        Status::Error
    );
    assert_eq!(
        seen.finding_about("command/output-lacks", "stdout `ERROR`")
            .status,
        Status::Error
    );
}

#[tokio::test]
async fn at_the_deadline_the_whole_group_dies_and_its_output_stays() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo $$ >leader; sleep 1000 & echo $! >grandchild; echo loaded; echo waiting >&2; sleep 1000";
    let begin = Instant::now();
    let seen = shell(script, "stdout-matches = ['loaded', 'ready']")
        .timeout(Duration::from_millis(700))
        .run(folder.path())
        .await;
    assert!(seen.cut_short);
    assert!(begin.elapsed() < Duration::from_secs(5));

    let (leader, grandchild) = (
        pid(&folder.path().join("leader")),
        pid(&folder.path().join("grandchild")),
    );
    soon("the grandchild is dead", || !is_alive(grandchild)).await;
    soon("the leader is dead and reaped", || state(leader).is_none()).await;

    assert_eq!(seen.status(), Status::Error, "{seen:#?}");
    assert_eq!(seen.evidence("stdout.txt"), b"loaded\n");
    assert_eq!(seen.evidence("stderr.txt"), b"waiting\n");
    assert_eq!(
        seen.finding_about("command/output-matches", "stdout `loaded`")
            .status,
        Status::Pass
    );
    assert_eq!(
        seen.finding_about("command/output-matches", "stdout `ready`")
            .status,
        Status::Error
    );
}

#[tokio::test]
async fn endless_output_ends_at_the_deadline() {
    let begin = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let seen = shell("echo $$ >leader; exec yes", "stdout-lacks = ['^y$', 'no']")
        .timeout(Duration::from_millis(300))
        .run(folder.path())
        .await;
    assert!(seen.cut_short);
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert!(seen.observation["stdout"]["text"]["omitted_bytes"].as_u64() > Some(0));
    assert_eq!(
        seen.finding_about("command/output-lacks", "stdout `^y$`")
            .status,
        Status::Fail
    );
    assert_eq!(
        seen.finding_about("command/output-lacks", "stdout `no`")
            .status,
        Status::Error
    );
    let leader = pid(&folder.path().join("leader"));
    soon("it is dead and reaped", || state(leader).is_none()).await;
}

#[tokio::test]
async fn a_child_that_keeps_the_output_open_delays_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    let seen = shell("sleep 1000 & echo $! >child; echo done", "")
        .run(folder.path())
        .await;
    assert!(!seen.cut_short);
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert_eq!(seen.evidence("stdout.txt"), b"done\n");
    assert_eq!(seen.status(), Status::Warn, "{seen:#?}");
    let child = pid(&folder.path().join("child"));
    soon("the child is dead", || !is_alive(child)).await;
}

#[tokio::test]
async fn what_a_child_prints_right_after_the_end_is_kept() {
    let seen = run("(sleep 0.1; echo late) & echo done", "").await;
    assert_eq!(seen.evidence("stdout.txt"), b"done\nlate\n");
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
}

#[tokio::test]
async fn a_child_with_output_of_its_own_does_not_outlive_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let seen = shell("sleep 1000 >log 2>&1 & echo $! >child", "")
        .run(folder.path())
        .await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let child = pid(&folder.path().join("child"));
    soon("the child is dead", || !is_alive(child)).await;
}

#[tokio::test]
async fn a_daemon_out_of_reach_delays_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    let seen = shell(
        "setsid sh -c 'echo $$ >daemon; exec sleep 8' & sleep 0.3",
        "",
    )
    .run(folder.path())
    .await;
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert_eq!(seen.status(), Status::Warn, "{seen:#?}");
    assert!(
        is_alive(pid(&folder.path().join("daemon"))),
        "else this tests nothing"
    );
}

#[tokio::test]
async fn what_cannot_be_started_is_an_error_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("plain"), "#!/bin/sh\n").unwrap();
    fs::write(path("orphan"), "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(path("orphan"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(path("windows"), "#!/bin/sh\r\ntrue\r\n").unwrap();
    fs::set_permissions(path("windows"), fs::Permissions::from_mode(0o755)).unwrap();
    for (settings, obstacle) in [
        ("run = ['no-such-program-here']", "not_found"),
        ("run = ['./no-such-file']", "not_found"),
        ("run = ['./orphan']", "no_interpreter"),
        ("run = ['./windows']", "no_interpreter"),
        ("run = ['./plain']", "not_executable"),
        ("run = ['/']", "not_executable"),
        ("run = ['true']\ncwd = 'no-such-folder'", "folder"),
        ("run = ['true']\ncwd = 'plain'", "folder"),
    ] {
        let seen = Probe::new("command", settings).run(folder.path()).await;
        assert_eq!(
            seen.observation["outcome"]["obstacle"], obstacle,
            "{settings}: {seen:#?}"
        );
        assert_eq!(seen.status(), Status::Error, "{settings}");
        assert!(seen.judgement.findings[0].hint.is_some(), "{settings}");
    }
    let seen = Probe::new("command", "run = ['./windows']")
        .run(folder.path())
        .await;
    let observed = seen.judgement.findings[0].observed.as_deref().unwrap();
    assert!(
        observed.starts_with("`./windows` needs the interpreter `/bin/sh` and a carriage return"),
        "{observed}"
    );
    // The same scripts, found through `PATH`.
    let search = format!("plain-env = {{ PATH = '{}' }}", folder.path().display());
    for (script, words) in [
        (
            "orphan",
            "`orphan` needs the interpreter `/no/such/interpreter`",
        ),
        (
            "windows",
            "`windows` needs the interpreter `/bin/sh` and a carriage return",
        ),
    ] {
        let seen = Probe::new("command", format!("run = ['{script}']\n{search}"))
            .run(folder.path())
            .await;
        let observed = seen.judgement.findings[0].observed.as_deref().unwrap();
        assert!(observed.starts_with(words), "{observed}");
    }
    let words = format!("run = ['true', '{}']", "x".repeat(200_000));
    let seen = Probe::new("command", words).run(folder.path()).await;
    assert_eq!(
        seen.observation["outcome"]["obstacle"], "system",
        "an argument too long"
    );
}

/// Behind `env` the script starts, and `env` fails: its message hides the carriage return.
#[tokio::test]
async fn a_carriage_return_behind_env_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (name, line, interpreter) in [
        ("plain", "#!/usr/bin/env bash\r\n", Some("bash")),
        ("option", "#! /usr/bin/env -S python3 -u\r\n", Some("-u")),
        ("unix", "#!/usr/bin/env no-such-interpreter\n", None),
        ("own", "#!/bin/sh\nexit 127\n", None),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, format!("{line}true\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let seen = Probe::new("command", format!("run = ['./{name}']"))
            .run(folder.path())
            .await;
        let finding = seen.finding("command/exit-code");
        let observed = finding.observed.as_deref().unwrap();
        let hint = finding.hint.as_deref().unwrap();
        match interpreter.filter(|_| seen.observation["outcome"]["exit"]["code"] == 127) {
            Some(interpreter) => {
                let words = format!("names the interpreter `{interpreter}` and a carriage return");
                assert!(observed.contains(&words), "{name}: {observed}");
                assert!(hint.contains("LF line ends"), "{name}: {hint}");
            }
            None => assert!(!hint.contains("LF"), "{name}: {hint}"),
        }
        assert_eq!(name == "plain", observed.contains("`bash`"), "{observed}");
    }
}

#[tokio::test]
async fn a_program_killed_by_a_signal_fails() {
    let seen = run("kill -SEGV $$", "").await;
    assert_eq!(seen.status(), Status::Fail, "{seen:#?}");
    let observed = seen
        .finding("command/exit-code")
        .observed
        .as_deref()
        .unwrap();
    assert!(
        observed.starts_with("killed by signal 11 (SIGSEGV)"),
        "{observed}"
    );
}

#[tokio::test]
async fn output_need_not_be_text() {
    let seen = run(r"printf '\377\376\000ok'", "stdout-matches = ['ok$']").await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    assert_eq!(seen.evidence("stdout.txt"), b"\xff\xfe\0ok", "as it came");
    assert_eq!(
        seen.observation["stdout"]["text"]["text"],
        "\u{fffd}\u{fffd}\0ok"
    );
}

#[tokio::test]
async fn a_secret_that_is_printed_is_struck_out_wherever_output_is_cut() {
    const SECRET: &str = "hunter2-\"quoted\"";
    let settings = format!("env = {{ TOKEN = '{SECRET}' }}\nstdout-matches = ['hunter2']");
    for (script, hang) in [
        (r#"echo "$TOKEN" | tee /dev/stderr"#, false),
        (
            r#"printf "${TOKEN%quoted*}"; sleep 0.2; printf "quoted\"""#,
            false,
        ),
        // The beginning that is kept ends within the first one.
        (
            r#"head -c 32763 /dev/zero; echo "$TOKEN"; head -c 99999 /dev/zero; echo "$TOKEN""#,
            false,
        ),
        // Half of it, and then the deadline.
        (r#"printf "${TOKEN%quoted*}"; sleep 1000"#, true),
    ] {
        let probe = shell(script, &settings);
        let timeout = Duration::from_millis(if hang { 500 } else { 20_000 });
        let folder = tempfile::tempdir().unwrap();
        let seen = probe.timeout(timeout).run(folder.path()).await;
        assert_eq!(seen.cut_short, hang);
        assert!(
            seen.evidence.len() + usize::from(hang) > 0,
            "{script}: {seen:#?}"
        );
        let mut shown =
            format!("{} {:?}", seen.observation, seen.judgement).replace("`hunter2`", "");
        for kept in &seen.evidence {
            shown.push_str(&String::from_utf8_lossy(&kept.bytes));
        }
        assert!(!shown.contains("hunt"), "{script}: {shown}");
        assert_eq!(hang, !shown.contains("***"), "{script}");
    }
}

#[tokio::test]
async fn a_process_that_left_the_group_and_holds_the_output_is_not_said_to_be_killed() {
    let folder = tempfile::tempdir().unwrap();
    let script = "setsid sh -c 'echo $$ > pid.new; mv pid.new pid; exec sleep 60' & \
                  while [ ! -e pid ]; do sleep 0.01; done";
    let probe = Probe::new("command", format!("run = [\"sh\", \"-c\", \"{script}\"]"));
    let seen = probe.run(folder.path()).await;
    let stranger = pid(&folder.path().join("pid"));
    assert!(is_alive(stranger));
    let said = format!("{:?}", seen.judgement.findings);
    assert!(
        said.contains("was not killed and may still be running"),
        "{said}"
    );
    let stranger = rustix::process::Pid::from_raw(stranger.try_into().unwrap()).unwrap();
    rustix::process::kill_process(stranger, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn a_process_of_the_group_that_holds_the_output_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let script = "sleep 60 & echo $! > pid";
    let probe = Probe::new("command", format!("run = [\"sh\", \"-c\", \"{script}\"]"));
    let seen = probe.run(folder.path()).await;
    let child = pid(&folder.path().join("pid"));
    soon("the group is killed", || !is_alive(child)).await;
    let said = format!("{:?}", seen.judgement.findings);
    assert!(
        said.contains("killing the program's process group closed it"),
        "{said}"
    );
}

#[tokio::test]
async fn patterns_are_matched_before_secrets_are_struck() {
    for (script, settings, rule, status) in [
        // The example: a short value in plain text, which is also a word of the output.
        (
            "echo 'error: 3 players lost'",
            "env = { LOG_LEVEL = 'error' }\nstdout-lacks = ['error']",
            "command/output-lacks",
            Status::Fail,
        ),
        (
            "echo 'error: 3 players lost'",
            "env = { LOG_LEVEL = 'error' }\nstdout-matches = ['^error: \\d']",
            "command/output-matches",
            Status::Pass,
        ),
        (
            "echo 'an error' >&2",
            "env = { LOG_LEVEL = 'error' }\nstderr-lacks = ['(?i)ERROR']",
            "command/output-lacks",
            Status::Fail,
        ),
        (
            "echo fine",
            "env = { LOG_LEVEL = 'error' }\nstdout-lacks = ['error', '\\*']",
            "command/output-lacks",
            Status::Pass,
        ),
        // Stars that only the report shows match nothing.
        (
            "echo \"token $TOKEN\"",
            "env = { TOKEN = 'hunter2-hunter2' }\nstdout-lacks = ['\\*']",
            "command/output-lacks",
            Status::Pass,
        ),
    ] {
        let seen = run(script, settings).await;
        for finding in seen.found(rule) {
            assert_eq!(finding.status, status, "{script}: {finding:#?}");
        }
        let shown = format!("{:?}", seen.judgement);
        assert!(!shown.contains("hunter2"), "{shown}");
        // The record alone says the same.
        assert!(
            !seen.observation.to_string().contains("players lost")
                || seen.observation["stdout"]["struck"] == true
        );
    }
}

#[tokio::test]
async fn a_variable_named_as_a_part_of_the_record_leaves_it_readable() {
    let settings = "env = { A = 'stdout', B = 'text', C = 'kind', D = 'ended', E = 'outcome' }";
    let seen = run("echo \"$A $B $C $D $E\"", settings).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    assert_eq!(
        seen.observation["stdout"]["text"]["text"],
        "*** *** *** *** ***\n"
    );
}
