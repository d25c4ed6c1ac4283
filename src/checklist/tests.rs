//! Loading as a whole, with a module made for the tests. Checklists of real modules are in `tests/checklists`.
#![allow(
    clippy::disallowed_methods,
    reason = "these tests write the files that are then read"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Errors, Inputs, load, schema};
use crate::model::units::{Offset, Period};
use crate::model::{
    Checklist, Complaint, Context, Judgement, LaunchFacts, Module, Notebook, Plan, ProbeError,
    Registry, Secret,
};

struct Knock;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Settings {
    /// Where to knock.
    doors: Vec<Door>,
    /// How long to wait.
    patience: Option<Period>,
    #[serde(default)]
    from: Option<Offset>,
    password: Option<Secret>,
    #[serde(default)]
    kind: Kind,
    strict: Option<bool>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Door {
    name: String,
    knocks: u8,
}

#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    #[default]
    Front,
    Back,
}

impl Module for Knock {
    const NAME: &'static str = "knock";
    const SOURCE: &'static str = "";
    const EXAMPLE: &'static str = "";
    const RULES: &'static [crate::model::Rule] = &[];
    const FORMAT: u32 = 1;
    type Settings = Settings;
    type Observation = ();

    fn review(settings: &Settings) -> Vec<Complaint> {
        if settings.doors.is_empty() {
            vec![Complaint::new("doors", "no door to knock at").help("name one")]
        } else {
            Vec::new()
        }
    }
    fn plan(_: &Settings) -> Plan {
        Plan::default()
    }
    async fn probe(_: &Settings, _: &Context, _: &Notebook<()>) -> Result<(), ProbeError> {
        Ok(())
    }
    fn judge(_: &Settings, (): &(), _: &LaunchFacts) -> Judgement {
        Judgement::default()
    }
}

const REGISTRY: Registry = Registry::new(&[&Knock]);

/// Loads `main.toml` out of these files.
fn load_files(files: &[(&str, &str)]) -> Result<Checklist, Errors> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    load_in(folder.path())
}

fn load_in(folder: &Path) -> Result<Checklist, Errors> {
    let environment = |name: &str| match name {
        "TOKEN" => Some("hunter2-secret".into()),
        "T0" => Some("2026-11-24T02:00:00Z".into()),
        "BAD" => Some("leaked-value".into()),
        "PLAIN" => Some("hunter2-plain".into()),
        "SHORT" => Some("short".into()),
        "EMPTY" => Some(OsString::new()),
        _ => None,
    };
    let inputs = Inputs {
        vars: BTreeMap::from([
            ("tag".to_owned(), "v1".to_owned()),
            ("plain".to_owned(), "hunter2-var".to_owned()),
        ]),
        environment: &environment,
    };
    load(&folder.join("main.toml"), REGISTRY, &inputs)
}

const LAUNCH: &str = "[launch]\nname = \"x\"\n";
const CHECK: &str =
    "[[check]]\nid = \"a\"\nmodule = \"knock\"\ndoors = [{ name = \"n\", knocks = 3 }]\n";

/// The titles of all errors, one a line, and that there are as many as counted.
fn titles(text: &str) -> String {
    let errors = load_files(&[("main.toml", text)]).expect_err("errors");
    let shown = errors.render(false);
    let titles: Vec<_> = shown
        .lines()
        .filter_map(|line| line.strip_prefix("error: "))
        .collect();
    assert_eq!(titles.len(), errors.len(), "{shown}");
    titles.join("\n")
}

fn check(text: &str) -> String {
    format!("{LAUNCH}{CHECK}{text}\n")
}

#[test]
fn a_whole_checklist_loads() {
    let text = r#"
include = ["more.toml"]
[launch]
name = "PixelRush"
version = "${env:TAG:-dev}"
at = "${env:T0}"
time-zones = ["Asia/Singapore"]
artifact = { name = "gateway", digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
[defaults]
retries = 2
[[check]]
id = "front"
module = "knock"
severity = "advisory"
tags = ["${var:tag}", "costs $${5}"]
needs = ["side"]
timeout = "3s"
doors = [{ name = "${file:name.txt}", knocks = 3 }]
password = "${env:TOKEN}"
from = "T-15m"
[[waiver]]
check = "front"
reason = "painted"
approved-by = "mel"
expires = 2026-11-25T00:00:00Z
"#;
    let more = r#"
[defaults]
timeout = "1m"
[[check]]
id = "side"
module = "knock"
doors = [{ name = "s", knocks = 1 }]
"#;
    let list = load_files(&[
        ("main.toml", text),
        ("more.toml", more),
        ("name.txt", "oak\n"),
    ]);
    let list = list.unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(list.launch.version.as_deref(), Some("dev"));
    assert_eq!(
        list.launch.at,
        Some("2026-11-24T02:00:00Z".parse().unwrap())
    );
    let [side, front] = &list.checks[..] else {
        panic!("{:?}", list.checks)
    };
    assert_eq!(
        (side.id.as_str(), side.timeout.as_secs(), side.retries),
        ("side", 60, 2)
    );
    assert_eq!(
        (front.title.as_str(), front.timeout.as_secs(), front.retries),
        ("front", 3, 2)
    );
    assert_eq!(front.tags, ["v1", "costs ${5}"]);
    let settings = front.prepared.settings().get();
    assert!(
        settings.contains("\"oak\"") && settings.contains("***"),
        "{settings}"
    );
    assert!(!settings.contains("hunter2"), "{settings}");
    assert_eq!(list.waivers.len(), 1);
    assert_eq!(list.sources.len(), 2);
    assert!(list.sources[1].path.ends_with("more.toml"));
    assert_eq!(
        SignedDuration::from_mins(-15),
        "T-15m".parse::<Offset>().unwrap().0
    );
}

#[test]
fn every_error_comes_at_once() {
    let text = r#"
[[check]]
id = "b c"
module = "knock"
severity = "fatal"
retries = -1
timeout = "soon"
doors = [{ name = 5, knocks = 300 }, { name = "n", nocks = 2 }, 7]
kind = "side"
strickt = true
patience = 5
[[check]]
module = "nock"
"#;
    insta::assert_snapshot!(titles(&check(text)), @r#"
    "b c" is not an id: up to 100 letters, digits, `.`, `_` and `-`, starting with a letter or digit
    unknown value `fatal`
    expected a whole number from 0 to 100
    "soon" is not a duration above zero, such as "250ms", "10s", "1h 30m" or "7d"
    expected a string
    expected a whole number from 0 to 255
    unknown key `nocks`
    expected a table
    unknown value `side`
    unknown key `strickt`
    expected a duration above zero, such as "250ms", "10s", "1h 30m" or "7d"
    this check has no `id`
    unknown module `nock`
    "#);
}

#[test]
fn a_byte_order_mark_is_no_error() {
    let text = format!("\u{feff}{LAUNCH}{CHECK}");
    load_files(&[("main.toml", &text)]).unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn what_was_filled_in_is_never_shown() {
    for text in [
        "patience = \"${env:BAD}\"",
        "kind = \"${env:BAD}\"",
        "strict = \"${env:BAD}\"",
        "needs = [\"${env:BAD}\"]",
        "severity = \"x${env:BAD}\"",
        "doors = \"${env:BAD}\"",
    ] {
        let text = if text.starts_with("doors") {
            format!("{LAUNCH}[[check]]\nid = \"a\"\nmodule = \"knock\"\n{text}\n")
        } else {
            check(text)
        };
        let errors = load_files(&[("main.toml", &text)]).expect_err("errors");
        let shown = errors.render(true) + &format!("{errors:?}");
        assert!(!shown.contains("leaked"), "{shown}");
        assert!(shown.contains("${env:BAD}"), "{shown}");
    }
}

#[test]
fn where_a_secret_comes_from_decides_how_far_it_is_struck() {
    for (password, everywhere, own) in [
        ("${env:TOKEN}", &["hunter2-secret"][..], &[][..]),
        ("${var:plain}", &["hunter2-var"], &[]),
        ("${file:token.txt}", &["hunter2-file"], &[]),
        ("Bearer ${env:TOKEN}", &["hunter2-secret"], &[]),
        ("${env:SHORT}", &[], &["short"]),
        ("${env:NOT_SET:-hunter2-default}", &[], &["hunter2-default"]),
        ("hunter2-literal", &[], &[]),
    ] {
        let main = check(&format!("password = \"{password}\""));
        let files = [
            ("main.toml", main.as_str()),
            ("token.txt", "hunter2-file\n"),
        ];
        let checklist = load_files(&files).unwrap_or_else(|errors| panic!("{errors}"));
        let exposed = |secrets: &[Secret]| -> Vec<String> {
            secrets
                .iter()
                .map(|secret| secret.expose().to_owned())
                .collect()
        };
        assert_eq!(
            exposed(&checklist.secrets.everywhere),
            everywhere,
            "{password}"
        );
        let by_check = checklist.secrets.by_check.get("a");
        assert_eq!(
            by_check.map(|own| exposed(own)).unwrap_or_default(),
            own,
            "{password}"
        );
        let decoded = checklist.checks[0].prepared.secrets();
        assert_eq!(decoded.len(), 1, "{password}");
    }
}

#[test]
fn a_secret_where_reports_show_it_is_refused() {
    const OTHER: &str = "[[check]]\nid = \"b\"\nmodule = \"knock\"\n";
    for (own, other, placeholder) in [
        (
            "password = \"${env:PLAIN}\"\ntitle = \"go ${env:PLAIN}\"",
            "doors = []",
            "${env:PLAIN}",
        ),
        (
            "password = \"${env:PLAIN}\"",
            "doors = [{ name = \"${env:PLAIN}\", knocks = 1 }]",
            "${env:PLAIN}",
        ),
        (
            "password = \"${env:PLAIN}\"",
            "doors = []\nowner = \"x${env:PLAIN}\"",
            "${env:PLAIN}",
        ),
        (
            "password = \"${env:SHORT}\"\ndoors = [{ name = \"${env:SHORT}\", knocks = 1 }]",
            "doors = []",
            "${env:SHORT}",
        ),
        (
            "",
            "doors = [{ name = \"${env:TOKEN}\", knocks = 1 }]",
            "${env:TOKEN}",
        ),
        (
            "owner = \"${file:db-password.txt}\"",
            "doors = []",
            "${file:db-password.txt}",
        ),
    ] {
        let own = match own.contains("doors") {
            true => format!("[[check]]\nid = \"a\"\nmodule = \"knock\"\n{own}\n"),
            false => format!("{CHECK}{own}\n"),
        };
        let other = other.replace("doors = []", "doors = [{ name = \"n\", knocks = 1 }]");
        let text = format!("{LAUNCH}{own}{OTHER}{other}\n");
        let files = [
            ("main.toml", text.as_str()),
            ("db-password.txt", "hunter2-file"),
        ];
        let errors = load_files(&files).expect_err("a secret that is shown");
        let shown = errors.render(false);
        assert!(errors.len() == 1 && !shown.contains("hunter2"), "{shown}");
        assert!(
            shown.contains(&format!("error: `{placeholder}` ")),
            "{shown}"
        );
        assert!(shown.contains("reports show this value"), "{shown}");
    }
    // The same short word elsewhere is another check's business.
    let short = "password = \"${env:SHORT}\"\n[[check]]\nid = \"b\"\nmodule = \"knock\"\ndoors = [{ name = \"${env:SHORT}\", knocks = 1 }]";
    load_files(&[("main.toml", &check(short))]).unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn plain_secrets_are_masked() {
    for text in [
        "password = 123456789",
        "password = [\"hunter2-plain\"]",
        "pasword = \"hunter2-plain\"",
        "kind = \"https://mel:hunter2-plain@host/\"",
        "kind = \"Bearer hunter2-plain\"",
        "a = 'password=hunter2-plain x",
        "api-token = \"hunter2-plain",
        "env = { A = \"hunter2-plain\" }",
        "env = { A = \"hunter2-plain\"",
        "env = { A = \"hunter2-plain }",
        "env { A = \"hunter2-plain\" }",
        "headers = { X = ['hunter2-plain'] }",
        "url = \"hunter2-plain\" x",
        "url = \"https://h/?token=hunter2-plain\"",
        "kind = \"mel:hunter2-plain@host:443\"",
    ] {
        let errors = load_files(&[("main.toml", &check(text))]).expect_err("errors");
        let shown = errors.render(false);
        assert!(
            !shown.contains("hunter2") && !shown.contains("12345"),
            "{shown}"
        );
        assert!(shown.contains("***"), "{shown}");
    }
}

#[test]
fn nasty_text_is_refused_without_a_panic() {
    let long = "x".repeat(100_000);
    let nested = "[".repeat(100_000);
    let dotted = format!("{}a = 1", "a.".repeat(500_000));
    let many = "a b\n".repeat(20_000);
    for text in [
        "",
        "\0",
        "\u{feff}",
        "\u{feff}[launch]\r\nname = 5\r\n[[check]]\r\n",
        "\t\tänderung\t= 漢字漢字 \"\n",
        "name = \"\u{1b}[31m\"",
        "a = \"\\u001b[31m\"",
        "[launch]\nname = \"\\u202e\"\nat = \"\\u202e\"",
        "[launch]\nname = 99999999999999999999999999999999999999999999",
        "[launch]\nname = 1e999999",
        "[launch]\nat = 0000-00-00T99:99:99Z",
        "[[check]]\nretries = 18446744073709551616",
        "[[launch]]\n[check]\n[waiver]\ninclude = 5",
        "launch = 1\ncheck = [1, [2], {}]\nwaiver = [[]]\ndefaults = []\ninclude = [1, \"\"]",
        "include = [\"${env:\", \"${env:}\", \"${\", \"\u{0}\"]",
        "[launch]\nname = \"${${env:T0}\"",
        "[[check]]\nid = \"a\"\nid = \"a\"\n[check.a]\n[check]\n",
        long.as_str(),
        nested.as_str(),
        dotted.as_str(),
        many.as_str(),
        &format!("{long} = [\"{long}\", {long}]"),
        &format!("{}b = 1", "a.".repeat(60)),
        &format!("[launch]\nname = {}1", "[".repeat(62)),
    ] {
        let errors = load_files(&[("main.toml", text)]).expect_err("errors");
        let shown = errors.render(false);
        assert!(
            errors.len() > 0 && shown.ends_with("nothing was contacted\n"),
            "{shown}"
        );
        assert!(
            !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
            "{shown}"
        );
        errors.render(true);
    }
}

#[test]
fn the_schema_is_one() {
    let schema = schema(REGISTRY);
    jsonschema::validator_for(&schema).expect("a schema");
}
