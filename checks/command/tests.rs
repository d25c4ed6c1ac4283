//! The judge by table, and what the settings refuse.

use super::*;
use crate::model::{AnyModule, Status};
use jiff::Timestamp;

fn read(text: &str) -> Result<Settings, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

fn seen(code: i32, stdout: &str, stderr: &str) -> Observation {
    Observation {
        outcome: Some(Outcome::Ended {
            exit: Exit::Code(code),
            duration_ms: 1500,
            output_held: false,
            output_held_on: false,
            carriage_return: None,
        }),
        stdout: excerpt(stdout),
        stderr: excerpt(stderr),
    }
}

fn excerpt(text: &str) -> Printed {
    let mut printed = Printed::default();
    printed.text.push(text.as_bytes());
    printed
}

fn long() -> String {
    format!("begin\n{}end\n", "a line\n".repeat(20_000))
}

fn judged(settings: &str, seen: &Observation) -> Judgement {
    let clock = LaunchFacts::timed(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    let settings = read(&format!("run = ['./smoke', '--all']\n{settings}")).unwrap();
    <Command as Module>::judge(&settings, seen, &clock)
}

#[test]
fn the_status_follows_from_code_and_output() {
    use Status::{Error, Fail, Pass};
    let cut = Observation {
        outcome: None,
        ..seen(0, "ready\nbroken\n", "")
    };
    for (settings, seen, status) in [
        ("", &seen(0, "", ""), Pass),
        ("", &seen(1, "", ""), Fail),
        ("exit-code = 1", &seen(1, "", ""), Pass),
        ("exit-code = 255", &seen(-1, "", ""), Fail),
        (
            "stdout-matches = ['^ready$']",
            &seen(0, "ready\n", ""),
            Pass,
        ),
        (
            "stdout-matches = ['^ready$']",
            &seen(0, "", "ready\n"),
            Fail,
        ),
        (
            "stderr-matches = ['^ready$']",
            &seen(0, "", "ready\n"),
            Pass,
        ),
        ("stdout-matches = ['a', 'b']", &seen(0, "a", ""), Fail),
        ("stdout-lacks = ['a', 'b']", &seen(0, "b", ""), Fail),
        ("stdout-lacks = ['a', 'b']", &seen(0, "c", "a"), Pass),
        ("stderr-lacks = ['.']", &seen(0, "c", ""), Pass),
        ("stdout-matches = ['x']", &seen(1, "x", ""), Fail),
        // Of long output the middle is unknown, and no match may reach across it.
        (
            "stdout-matches = ['^begin$', '^end$']",
            &seen(0, &long(), ""),
            Pass,
        ),
        ("stdout-matches = ['absent']", &seen(0, &long(), ""), Error),
        ("stdout-lacks = ['absent']", &seen(0, &long(), ""), Error),
        ("stdout-lacks = ['^end$']", &seen(0, &long(), ""), Fail),
        (
            "stdout-matches = ['(?s)begin.*end']",
            &seen(0, &long(), ""),
            Error,
        ),
        // Of a program that did not end, what it said until then counts.
        ("", &cut, Error),
        ("stdout-matches = ['ready']", &cut, Error),
        ("stdout-lacks = ['broken']", &cut, Fail),
        ("", &Observation::default(), Error),
    ] {
        let judgement = judged(settings, seen);
        assert_eq!(judgement.status(), status, "{settings}: {judgement:#?}");
    }
}

#[test]
fn where_secrets_were_struck_the_probe_or_nobody_decides() {
    use Status::{Error, Fail, Pass};
    let matched = |pattern: &str, line: Option<&str>| output::Matched {
        pattern_sha256: crate::model::digest::sha256_hex(pattern.as_bytes()),
        line: line.map(str::to_owned),
    };
    let mut seen = seen(0, "***: 3 players lost\nthe *** end\nready\n", "");
    seen.stdout.struck = true;
    seen.stdout.matches = vec![
        matched("error", Some("***: 3 players lost")),
        matched("fatal", None),
    ];
    for (settings, status) in [
        // Looked for by the probe, before anything was struck.
        ("stdout-lacks = ['error']", Fail),
        ("stdout-matches = ['error']", Pass),
        ("stdout-lacks = ['fatal']", Pass),
        ("stdout-matches = ['fatal']", Fail),
        // New patterns: a match apart from what was struck is one, and no match says nothing.
        ("stdout-matches = ['^ready$']", Pass),
        ("stdout-lacks = ['^ready$']", Fail),
        ("stdout-lacks = ['panic']", Error),
        ("stdout-matches = ['panic']", Error),
        ("stdout-matches = ['the . end']", Error),
        ("stdout-matches = ['the ... end']", Error),
        ("stdout-lacks = ['\\*']", Error),
        (r"stdout-matches = ['\bend']", Pass),
        (r"stdout-matches = ['\b: 3']", Error),
        // The other stream is whole.
        ("stderr-lacks = ['panic']", Pass),
    ] {
        let judgement = judged(settings, &seen);
        assert_eq!(judgement.status(), status, "{settings}: {judgement:#?}");
    }
    // Stars that the program printed itself are stars.
    seen.stdout.struck = false;
    seen.stdout.matches.clear();
    assert_eq!(
        judged(r"stdout-matches = ['^\*\*\*:']", &seen).status(),
        Pass
    );
}

#[test]
fn a_signal_is_a_failure_and_no_start_an_error() {
    let mut seen = seen(0, "", "");
    seen.outcome = Some(Outcome::Ended {
        exit: Exit::Signal("9 (SIGKILL)".into()),
        duration_ms: 1,
        output_held: false,
        output_held_on: false,
        carriage_return: None,
    });
    assert_eq!(judged("", &seen).status(), Status::Fail);
    seen.outcome = Some(Outcome::NotRun {
        obstacle: Obstacle::NotFound,
        message: "there is no program `./smoke`".into(),
    });
    let judgement = judged("stdout-lacks = ['ERROR']", &seen);
    assert_eq!(judgement.status(), Status::Error);
    assert_eq!(
        judgement.findings.len(),
        1,
        "nothing is said of output that never was"
    );
    assert_eq!(judgement.measures, []);
}

#[test]
fn findings_say_what_was_expected_and_seen() {
    let stderr = "connecting\n".repeat(9) + "no route to host\n\n";
    let judgement = judged("stdout-matches = ['^ready$']", &seen(4, "", &stderr));
    let told: Vec<_> = judgement
        .findings
        .iter()
        .map(|finding| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            format!(
                "{} {} {} | {} | {} | {}",
                finding.status,
                finding.rule(),
                finding.subject,
                finding.claim,
                text(&finding.expected),
                text(&finding.observed)
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    fail command/exit-code ./smoke | `./smoke --all` ended with exit code 4, expected 0 | exit code 0 | exit code 4; stderr ends with "connecting / connecting / no route to host"
    fail command/output-matches stdout `^ready$` | stdout does not match `^ready$` | a match of `^ready$` | stdout is empty
    "#);
}

#[test]
fn what_is_told_of_output_is_short() {
    let judgement = judged(
        "stdout-lacks = ['x']",
        &seen(1, &"x".repeat(30_000), &"ü".repeat(15_000)),
    );
    for finding in &judgement.findings {
        let observed = finding.observed.as_ref().unwrap();
        assert!(observed.chars().count() < 300, "{observed}");
    }
}

#[test]
fn the_duration_is_measured() {
    let judgement = judged("", &seen(0, "", ""));
    assert_eq!(judgement.measures, [rules::DURATION.measure(1.5, [])]);
}

#[test]
fn settings_are_refused_with_the_reason() {
    for (text, reason) in [
        ("run = 'smoke --all'", "expected a sequence"),
        ("", "missing field `run`"),
        ("run = ['x']\nexit-code = 300", "expected u8"),
        ("run = ['x']\nstdout-matches = ['(']", "unclosed group"),
        ("run = ['x']\nstdout = ['a']", "unknown field `stdout`"),
        (
            "run = ['x']\ntouch = 'break'",
            "expected one of `read`, `load`, `write`",
        ),
        ("run = ['x']\nenv = { PIN = '123' }", "fewer than 4 bytes"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn a_pattern_is_refused_at_its_own_place() {
    let text = "run = ['x']\nstdout-matches = ['fine', '[']";
    let error = toml::from_str::<Settings>(text).unwrap_err();
    assert_eq!(&text[error.span().unwrap()], "'['");
}

#[test]
fn the_review_finds_what_types_cannot() {
    for (text, key, problem) in [
        ("run = []", "run", "no program"),
        ("run = ['']", "run", "no program"),
        ("run = ['x', \"a\\u0000b\"]", "run", "NUL"),
        (
            "run = ['x']\nenv = { 'A=B' = 'value' }",
            "env",
            "name of a variable",
        ),
        (
            "run = ['x']\nplain-env = { '' = 'value' }",
            "plain-env",
            "name of a variable",
        ),
        (
            "run = ['x']\nplain-env = { A = \"a\\u0000b\" }",
            "plain-env",
            "NUL",
        ),
        (
            "run = ['x']\nenv = { A = 'value' }\nplain-env = { A = 'b' }",
            "plain-env",
            "as well",
        ),
    ] {
        let complaints = Command::review(&read(text).unwrap());
        assert_eq!(complaints.len(), 1, "{text}: {complaints:?}");
        assert_eq!(complaints[0].key, key, "{text}");
        assert!(
            complaints[0].problem.contains(problem),
            "{text}: {complaints:?}"
        );
    }
}

#[test]
fn the_plan_shows_the_command_line_and_no_secret() {
    let settings =
        read("run = ['sh', '-c', \"echo 'a'\"]\nenv = { TOKEN = 'hunter2' }\ntouch = 'write'");
    let plan = <Command as Module>::plan(&settings.unwrap());
    assert_eq!(plan.touch, Touch::Write);
    assert_eq!(plan.load, r"runs `sh -c 'echo '\''a'\'''`");
}

#[test]
fn recorded_settings_judge_the_same_and_hold_no_secret() {
    let text = "run = ['x']\nstdout-matches = ['^a$']\nenv = { TOKEN = 'hunter2' }";
    let decoded = Command
        .decode(toml::Deserializer::parse(text).unwrap())
        .unwrap();
    let recorded = decoded.prepared.settings();
    assert!(!recorded.get().contains("hunter2"), "{recorded}");
    let observation = serde_json::json!({
        "format": 2,
        "outcome": { "kind": "ended", "exit": { "code": 0 }, "duration_ms": 1, "output_held": false },
        "stdout": { "text": { "text": "b\na\n" } },
        "some_later_field": true,
    });
    let observation = serde_json::value::to_raw_value(&observation).unwrap();
    let clock = LaunchFacts::timed(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    let judgement = AnyModule::judge(&Command, recorded, &observation, &clock).unwrap();
    assert_eq!(judgement.status(), Status::Pass, "{judgement:#?}");
}
