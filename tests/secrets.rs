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
    desk.write("token.txt", &format!("{}\n", secrets[0]));
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
            &format!(
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
