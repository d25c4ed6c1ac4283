//! No secret in any output: a checklist full of secrets, with failures, into every format and every message.

use crate::support::tminus::Desk;

/// What must never be seen. The parts are joined here, so that this file itself does not hold them.
fn secrets() -> Vec<String> {
    ["token", "password", "quoted\"and\\", "从-秘密"]
        .map(|word| format!("s3cr3t-{word}-x9"))
        .to_vec()
}

/// Every file below a folder, and every attachment of the PDF, by name.
fn everything_in(desk: &Desk) -> Vec<(String, Vec<u8>)> {
    std::fs::create_dir(desk.path("attached")).expect("a folder for the attachments");
    let listed = std::process::Command::new("pdfdetach")
        .args(["-saveall", "-o", "attached", "tminus-report/report.pdf"])
        .current_dir(desk.path(""))
        .status();
    assert!(listed.expect("pdfdetach starts").success());
    let text = std::process::Command::new("pdftotext")
        .args(["tminus-report/report.pdf", "tminus-report/pages.txt"])
        .current_dir(desk.path(""))
        .status();
    assert!(text.expect("pdftotext starts").success());
    ["tminus-report", "attached"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(desk.path(folder)).expect("the folder"))
        .map(|entry| {
            let path = entry.expect("an entry").path();
            (
                path.display().to_string(),
                std::fs::read(&path).expect("a file"),
            )
        })
        .collect()
}

/// The secret as it is, and as JSON spells it.
fn spellings(secret: &str) -> [Vec<u8>; 2] {
    let json = serde_json::to_string(secret).expect("JSON");
    [
        secret.as_bytes().to_vec(),
        json.trim_matches('"').as_bytes().to_vec(),
    ]
}

#[test]
fn no_output_of_a_run_holds_a_secret() {
    let desk = Desk::new();
    let secrets = secrets();
    desk.write("token.txt", format!("{}\n", secrets[0]));
    desk.write(
        "c.toml",
        r#"
[launch]
name = "x"

[[check]]
id = "echoes"
module = "command"
retries = 1
run = ["sh", "-c", "printf '%s\n' \"$A\" \"$B\" \"$C\" \"$D\"; printf '%s' \"$A\" >&2; exit 3"]
stdout-matches = ["never there"]
env = { A = "${file:token.txt}", B = "${env:PASSWORD}", C = "${env:QUOTED}", D = "${var:wide}" }

[[check]]
id = "hangs"
module = "command"
timeout = "500ms"
run = ["sh", "-c", "echo \"$A\"; sleep 60"]
env = { A = "${env:PASSWORD}" }

[[check]]
id = "cannot-start"
module = "command"
run = ["/no/such/program"]
env = { A = "${env:PASSWORD}" }
"#,
    );
    let wide = format!("wide={}", secrets[3]);
    let outcome: crate::support::tminus::Outcome = desk
        .command(&[
            "run",
            "c.toml",
            "--format",
            "pdf,json,junit,openmetrics",
            "--var",
            &wide,
        ])
        .env("PASSWORD", &secrets[1])
        .env("QUOTED", &secrets[2])
        .output()
        .expect("tminus starts")
        .into();
    let outcome = outcome.expect(1);
    let mut outputs = everything_in(&desk);
    outputs.push(("stdout".to_owned(), outcome.stdout.into_bytes()));
    outputs.push(("stderr".to_owned(), outcome.stderr.into_bytes()));
    assert!(
        outputs.iter().any(|(name, _)| name.ends_with("stdout.txt")),
        "no evidence was attached"
    );
    for (name, bytes) in &outputs {
        for secret in &secrets {
            for spelling in spellings(secret) {
                let found = bytes
                    .windows(spelling.len())
                    .any(|window| window == spelling);
                assert!(!found, "{name} holds {secret}");
            }
        }
    }
    let record = desk.record().to_string();
    assert!(
        record.contains("***"),
        "nothing was struck: the programs did not print"
    );
}

#[test]
fn no_checklist_error_holds_a_secret() {
    let desk = Desk::new();
    let secret = &secrets()[1];
    for broken in [
        "timeout = \"${env:PASSWORD}\"\nrun = [\"true\"]",
        "run = [\"true\"]\nenv = { A = \"${env:PASSWORD}\" }\nexit-code = \"${env:PASSWORD}\"",
        "run = \"${env:PASSWORD}\"",
        "run = [\"true\"]\nno-such-key = \"${env:PASSWORD}\"",
        "run = [\"true\"]\nstdout-matches = [\"(${env:PASSWORD}\"]",
        "run = [\"true\"]\nneeds = [\"${env:PASSWORD}\"]",
        "run = [\"true\"]\nseverity = \"${env:PASSWORD}\"",
    ] {
        desk.write(
            "c.toml",
            format!(
                "[launch]\nname = \"x\"\n[[check]]\nid = \"a\"\nmodule = \"command\"\n{broken}\n"
            ),
        );
        let output = desk
            .command(&["run", "c.toml"])
            .env("PASSWORD", secret)
            .output()
            .expect("tminus starts");
        let outcome: crate::support::tminus::Outcome = output.into();
        let outcome = outcome.expect(2);
        assert!(
            !outcome.stderr.contains(secret.as_str()),
            "{broken}:\n{}",
            outcome.stderr
        );
    }
}

/// Runs a checklist in every format with these variables, and returns all that came out, by name.
fn everything_said(desk: &Desk, variables: &[(&str, &str)], code: i32) -> Vec<(String, Vec<u8>)> {
    let mut command = desk.command(&["run", "c.toml", "--format", "pdf,json,junit,openmetrics"]);
    let output = command.envs(variables.iter().copied()).output();
    let outcome: crate::support::tminus::Outcome = output.expect("tminus starts").into();
    let outcome = outcome.expect(code);
    let mut all = everything_in(desk);
    all.push(("the messages".to_owned(), outcome.stderr.into_bytes()));
    all.push(("the summary".to_owned(), outcome.stdout.into_bytes()));
    all
}

#[track_caller]
fn assert_nowhere(all: &[(String, Vec<u8>)], secret: &str) {
    for (name, bytes) in all {
        let found = bytes
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(
            !found,
            "{name} holds {secret}: {}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn a_secret_of_one_check_is_struck_from_the_output_of_another_in_every_spelling() {
    const SECRET: &str =
        "s3cr3t/other~token?x9>that is long enough to be folded at seventy-six columns";
    let desk = Desk::new();
    desk.write(
        "key.txt",
        "-----BEGIN KEY-----\ns3cr3t-line-of-a-key\n-----END KEY-----\n",
    );
    desk.write(
        "c.toml",
        r#"
[launch]
name = "x"

[[check]]
id = "owner"
module = "command"
run = ["true"]
env = { S = "${env:S_OTHER}", KEY = "${file:key.txt}" }

[[check]]
id = "other"
module = "command"
run = ["sh", "-c", """
echo "plain $S_OTHER"
printf '%s' "$S_OTHER" | base64
printf 'user:%s' "$S_OTHER" | base64 -w0; echo
printf 'u:%s' "$S_OTHER" | base64 -w0 | tr '+/' '-_'; echo
printf '%s' "$S_OTHER" | od -An -v -tx1 | tr -d ' \\n'; echo
sed -n 2p key.txt >&2
exit 3
"""]
"#,
    );
    let all = everything_said(&desk, &[("S_OTHER", SECRET)], 1);
    assert_nowhere(&all, SECRET);
    assert_nowhere(&all, "s3cr3t-line-of-a-key");
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_nowhere(&all, &hex[..20]);
    // A piece of the base64 at each alignment, as `base64` writes it.
    for piece in ["czNjcjN0L290aGV", "b3RoZXJ+dG9rZW4", "zY3IzdC9vdGhlcn"] {
        assert_nowhere(&all, piece);
    }
    // What is left says the same: intact, and a NO-GO.
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(1);
    let record = desk.record();
    let stdout = &record["checks"][1]["observation"]["stdout"]["text"]["text"];
    assert!(
        stdout
            .as_str()
            .is_some_and(|text| text.starts_with("plain ***\n***")),
        "{stdout}"
    );
}

#[test]
fn short_and_literal_secrets_are_struck_in_their_own_check_alone() {
    let desk = Desk::new();
    desk.write(
        "c.toml",
        r#"
[launch]
name = "prod"

[[check]]
id = "owner"
module = "command"
run = ["sh", "-c", "echo stage $STAGE, $WORD"]
env = { STAGE = "${env:STAGE}", WORD = "a-literal-word" }

[[check]]
id = "other"
module = "command"
run = ["sh", "-c", "echo stage prod, a-literal-word"]
stdout-matches = ["^stage prod, a-literal-word$"]
"#,
    );
    everything_said(&desk, &[("STAGE", "prod")], 0);
    let record = desk.record();
    let stdout =
        |check: usize| record["checks"][check]["observation"]["stdout"]["text"]["text"].clone();
    assert_eq!(stdout(0), "stage ***, ***\n");
    assert_eq!(stdout(1), "stage prod, a-literal-word\n");
    assert_eq!(record["launch"]["name"], "prod");
}

#[test]
fn a_word_that_is_a_secret_fails_the_check_that_forbids_it_now_and_when_judged_again() {
    let desk = Desk::new();
    desk.write(
        "c.toml",
        r#"
[launch]
name = "x"

[[check]]
id = "game"
module = "command"
run = ["sh", "-c", "echo error: 3 players lost"]
env = { LOG_LEVEL = "error" }
stdout-lacks = ["error"]
"#,
    );
    desk.run(&["run", "c.toml"]).expect(1);
    desk.run(&["judge", "tminus-report/report.json"]).expect(1);
    desk.run(&[
        "judge",
        "tminus-report/report.json",
        "--checklist",
        "c.toml",
    ])
    .expect(1);
    // Another pattern can no longer be looked for.
    let text = String::from_utf8(desk.read("c.toml")).expect("text");
    desk.write(
        "c.toml",
        text.replace("lacks = [\"error\"]", "lacks = [\"fatal\"]"),
    );
    desk.run(&[
        "judge",
        "tminus-report/report.json",
        "--checklist",
        "c.toml",
    ])
    .expect(3);
}

#[test]
fn a_secret_in_a_command_line_is_refused_with_the_way_out() {
    let desk = Desk::new();
    for (settings, way_out) in [
        (
            "run = [\"./x\", \"${env:VALUE}\"]\nenv = { A = \"${env:VALUE}\" }",
            "`env`",
        ),
        ("run = [\"./x\", \"--token=${env:API_TOKEN}\"]", "`env`"),
        (
            "run = [\"./x\"]\nplain-env = { A = \"${env:VALUE}\" }\nenv = { B = \"${env:VALUE}\" }",
            "`env`",
        ),
        (
            "run = [\"./x\", \"-p s3cr3t-literal\"]\nenv = { A = \"s3cr3t-literal\" }",
            "$A",
        ),
        ("run = [\"./x\"]\nenv = { PIN = \"123\" }", "plain-env"),
    ] {
        desk.write(
            "c.toml",
            format!(
                "[launch]\nname = \"x\"\n[[check]]\nid = \"a\"\nmodule = \"command\"\n{settings}\n"
            ),
        );
        let mut command = desk.command(&["run", "c.toml"]);
        command
            .env("VALUE", "s3cr3t-value")
            .env("API_TOKEN", "s3cr3t-token");
        let outcome: crate::support::tminus::Outcome =
            command.output().expect("tminus starts").into();
        let outcome = outcome.expect(2);
        assert!(
            outcome.stderr.contains(way_out),
            "{settings}:\n{}",
            outcome.stderr
        );
        assert!(
            !outcome.stderr.contains("s3cr3t-value"),
            "{}",
            outcome.stderr
        );
        assert!(
            !outcome.stderr.contains("s3cr3t-token"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn passwords_in_endpoints_resolvers_lists_and_options_are_not_repeated() {
    let desk = Desk::new();
    desk.write("endpoints.txt", "localhost:1\nmel:s3cr3t-pw@localhost:1\n");
    desk.write("names.txt", "a.test\nmel:s3cr3t-pw@a.test\n");
    for settings in [
        "module = \"tls\"\nendpoints = [\"mel:s3cr3t-pw@localhost:443\"]",
        "module = \"tls\"\nendpoints = [\"https://mel:s3cr3t-pw@localhost\"]",
        "module = \"tls\"\nendpoints-file = \"endpoints.txt\"",
        "module = \"dns\"\nnames-file = \"names.txt\"\nresolvers = [\"127.0.0.1:1\"]",
        "module = \"dns\"\nnames = [\"mel:s3cr3t-pw@a.test\"]",
        "module = \"dns\"\nnames = [\"a.test\"]\nresolvers = [\"mel:s3cr3t-pw@127.0.0.1\"]",
        "module = \"dns\"\nnames = [\"a.test\"]\nresolvers = [\"https://mel:s3cr3t-pw@127.0.0.1:1/q\"]",
        "module = \"dns\"\nnames = [\"a.test\"]\nresolvers = [\"https://127.0.0.1:1/q?token=s3cr3t-pw\"]",
    ] {
        desk.write(
            "c.toml",
            format!(
                "[launch]\nname = \"x\"\n[[check]]\nid = \"a\"\ntimeout = \"2s\"\n{settings}\n"
            ),
        );
        let outcome = desk.run(&["run", "c.toml", "--format", "json"]);
        assert_ne!(outcome.code, 0, "{settings}");
        let report = match desk.path("tminus-report/report.json").exists() {
            true => desk.record().to_string(),
            false => String::new(),
        };
        for said in [&outcome.stderr, &outcome.stdout, &report] {
            assert!(!said.contains("s3cr3t-pw"), "{settings}: {said}");
        }
    }
    for arguments in [
        &["run", "c.toml", "--sign", "pkcs12:me.p12:s3cr3t-pw"][..],
        &["keys", "show", "--sign", "pkcs12:me.p12:s3cr3t-pw"],
        &["run", "c.toml", "--var", "s3cr3t-pw"],
        &["plan", "c.toml", "--var", "s3cr3t-pw"],
    ] {
        let outcome = desk.run(arguments).expect(2);
        assert!(!outcome.stderr.contains("s3cr3t-pw"), "{}", outcome.stderr);
    }
}

#[test]
fn programs_that_are_handed_a_secret_dump_no_core() {
    let desk = Desk::new();
    desk.write(
        "c.toml",
        r#"
[launch]
name = "x"

[[check]]
id = "limit"
module = "command"
run = ["sh", "-c", "ulimit -c"]
env = { A = "${env:VALUE}" }
stdout-matches = ["^0$"]
"#,
    );
    everything_said(&desk, &[("VALUE", "s3cr3t-value")], 0);
}

/// A word of a command line that is another check's secret is shown by every report.
#[test]
fn a_secret_of_another_check_in_a_command_line_is_refused() {
    let desk = Desk::new();
    for word in [
        "s3cr3t-of-the-owner",
        "--token=s3cr3t-of-the-owner",
        "czNjcjN0LW9mLXRoZS1vd25lcg==",
        "s3cr3t%2Dof%2dthe-owner",
    ] {
        desk.write(
            "c.toml",
            format!(
                r#"
[launch]
name = "x"

[[check]]
id = "copy"
module = "command"
run = ["./smoke", "{word}"]

[[check]]
id = "owner"
module = "command"
run = ["./smoke"]
env = {{ TOKEN = "${{env:TOKEN}}" }}
"#
            ),
        );
        let mut command = desk.command(&["run", "c.toml"]);
        command.env("TOKEN", "s3cr3t-of-the-owner");
        let outcome: crate::support::tminus::Outcome =
            command.output().expect("tminus starts").into();
        let said = outcome.expect(2).stderr;
        assert!(said.contains("c.toml:8:"), "{said}");
        assert!(said.contains("`env`"), "{said}");
        assert!(!said.contains(word), "{said}");
    }
}

/// A secret of a few bytes is struck in its own check alone, and the report says so.
#[test]
fn a_short_secret_is_a_remark_of_the_run() {
    let desk = Desk::new();
    desk.write(
        "c.toml",
        r#"
[launch]
name = "x"

[[check]]
id = "owner"
module = "command"
run = ["sh", "-c", "echo $PIN $LONG"]
env = { PIN = "${env:PIN}", LONG = "${env:LONG}" }

[[check]]
id = "other"
module = "command"
run = ["echo", "fine"]
"#,
    );
    let all = everything_said(&desk, &[("PIN", "86420"), ("LONG", "s3cr3t-of-length")], 0);
    assert_nowhere(&all, "86420");
    let warnings = desk.record()["warnings"].clone();
    assert_eq!(warnings[0]["rule"], "run/short-secret", "{warnings}");
    assert_eq!(warnings[0]["subject"], "owner");
    assert_eq!(warnings[0]["observed"], "${env:PIN}");
    assert_eq!(warnings.as_array().map(Vec::len), Some(1));
    desk.run(&["verify", "tminus-report/report.pdf"]).expect(0);
    let (_, pages) = all
        .iter()
        .find(|(name, _)| name.ends_with("pages.txt"))
        .expect("the pages");
    assert!(String::from_utf8_lossy(pages).contains("run/short-secret"));
    // A later judgement knows it, too.
    let judged = desk.run(&["judge", "tminus-report/report.json"]).expect(0);
    assert!(
        judged.stdout.contains("run/short-secret"),
        "{}",
        judged.stdout
    );
}

/// Whatever another program makes of it, a secret is not in what is recorded.
#[test]
fn a_secret_is_struck_however_a_program_escapes_it() {
    const SECRET: &str = "s3cr3t/p@ss&w=rd\"ü";
    let desk = Desk::new();
    desk.write(
        "c.toml",
        r#"
[launch]
name = "x"

[[check]]
id = "escapes"
module = "command"
run = ["python3", "-c", """
import html, json, os, urllib.parse
secret = os.environ['S']
once = ''.join('%%%02x' % byte for byte in secret.encode())
for spelled in [
    once, once.upper(), once.replace('%', '%25'), urllib.parse.quote(urllib.parse.quote(secret)),
    ''.join('\\\\u%04x' % ord(c) for c in secret), json.dumps(json.dumps(secret)), html.escape(secret),
    ''.join('&#%d;' % ord(c) for c in secret), ':'.join('%02X' % byte for byte in secret.encode()),
]:
    print('<' + spelled + '>')
"""]
env = { S = "${env:S}" }
"#,
    );
    everything_said(&desk, &[("S", SECRET)], 0);
    let record = desk.record();
    let stdout = record["checks"][0]["observation"]["stdout"]["text"]["text"].clone();
    let lines: Vec<_> = stdout.as_str().expect("text").lines().collect();
    assert_eq!(lines.len(), 9, "{stdout}");
    for line in lines {
        assert!(line.contains("***") && line.len() < 12, "{line}");
    }
}
