//! Every format over the same dossiers, read back by the programs that users read them with.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tminus::model::RunRecord;
use tminus::model::record::Dossier;
use tminus::report::console::{Style, summary};
use tminus::report::write::{Written, write};
use tminus::report::{FORMATS, Format, RenderContext, RenderError, json};
use unicode_width::UnicodeWidthStr as _;

use crate::support::dossier::{self, began};
use crate::support::mount::Mount;
use crate::support::prometheus::{promtool, samples};

fn context() -> RenderContext {
    RenderContext {
        identity: None,
        signed_at: began(),
    }
}

fn render(name: &str, dossier: &Dossier) -> Vec<u8> {
    let format = tminus::report::format(name).unwrap_or_else(|| panic!("format {name}"));
    (format.render)(dossier, &context()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn text(name: &str, dossier: &Dossier) -> String {
    String::from_utf8(render(name, dossier)).expect("UTF-8")
}

/// Compares with `tests/golden/reports/<name>`; `TMINUS_UPDATE=1` writes it anew.
fn golden(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/reports")
        .join(name);
    if std::env::var_os("TMINUS_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == actual,
        "{} differs; TMINUS_UPDATE=1 writes it anew. Now it is:\n{actual}",
        path.display()
    );
}

#[test]
fn every_dossier_reads_the_same_in_every_format() {
    for (name, dossier) in dossier::all() {
        for (format, suffix) in [("json", "json"), ("junit", "xml"), ("openmetrics", "prom")] {
            golden(&format!("{name}.{suffix}"), &text(format, &dossier));
        }
        for width in [80, 40] {
            let style = Style {
                color: false,
                width,
            };
            golden(
                &format!("{name}.{width}.txt"),
                &summary(&dossier.record, style),
            );
        }
    }
}

#[test]
fn nothing_that_a_terminal_obeys_is_in_any_format() {
    let hostile = dossier::hostile();
    let style = |color| Style { color, width: 80 };
    let mut texts: Vec<_> = ["json", "junit", "openmetrics"]
        .map(|name| text(name, &hostile))
        .into();
    texts.push(summary(&hostile.record, style(false)));
    for text in texts {
        let acts =
            |character: char| character != '\n' && tminus::report::escape::is_hidden(character);
        assert_eq!(text.matches(acts).collect::<Vec<_>>(), [""; 0], "{text}");
    }
    // Colour is ours: taking our sequences away leaves the plain summary.
    let painted = summary(&hostile.record, style(true));
    assert!(painted.contains("\u{1b}["));
    let plain = anstream::adapter::strip_str(&painted).to_string();
    assert_eq!(plain, summary(&hostile.record, style(false)));
}

#[test]
fn json_is_the_same_bytes_after_a_round_trip() {
    for (name, dossier) in dossier::all() {
        let written = json::to_json(&dossier.record);
        let read: RunRecord = serde_json::from_slice(&written).unwrap();
        assert_eq!(json::to_json(&read), written, "{name}");
        assert_eq!(render("json", &dossier), written, "{name}");
    }
}

#[test]
fn every_record_follows_the_published_schema() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
    let schema = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema), "{schema}");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let complaints = |record: &serde_json::Value| {
        let errors = validator.iter_errors(record);
        errors.map(|error| error.to_string()).collect::<Vec<_>>()
    };
    for (name, dossier) in dossier::all() {
        let mut record = serde_json::from_slice(&render("json", &dossier)).unwrap();
        assert_eq!(complaints(&record), [""; 0], "{name}");
        record["schema"] = "tminus-report/1".into();
        assert_ne!(complaints(&record), [""; 0], "{name}: another schema");
    }
    let mut record: serde_json::Value =
        serde_json::from_slice(&render("json", &dossier::go())).unwrap();
    record["checks"][0]["findings"][0]["status"] = "splendid".into();
    assert_eq!(complaints(&record).len(), 1);
}

#[test]
fn numbers_survive_json_to_the_last_bit() {
    let mut dossier = dossier::go();
    let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
    for measure in 0..2_000 {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let value = (bits >> 11) as f64 / (1_u64 << 53) as f64 * 10_f64.powi(measure % 12 - 6);
        dossier.record.checks[0]
            .measures
            .push(tminus::model::Measure::new("x", value, "count", []));
    }
    let written = json::to_json(&dossier.record);
    let read: RunRecord = serde_json::from_slice(&written).unwrap();
    assert_eq!(read.checks[0].measures, dossier.record.checks[0].measures);
}

#[test]
fn the_fields_of_the_record_stand_in_their_documented_order() {
    let json = text("json", &dossier::go());
    let mut at = 0;
    for field in [
        "schema",
        "run",
        "id",
        "started_at",
        "finished_at",
        "complete",
        "selection",
        "ids",
        "tags",
        "phases",
        "options",
        "allow",
        "vars",
        "tool",
        "checklist",
        "host",
        "launch",
        "verdict",
        "summary",
        "pass",
        "warn",
        "fail",
        "error",
        "skipped",
        "waived",
        "rules",
        "id",
        "summary",
        "why",
        "fix",
        "families",
        "checks",
        "id",
        "source",
        "path",
        "line",
        "module",
        "title",
        "severity",
        "phase",
        "owner",
        "tags",
        "audience",
        "status",
        "waiver",
        "duration_ms",
        "attempts",
        "settings",
        "findings",
        "rule",
        "subject",
        "claim",
        "status",
        "measures",
        "name",
        "labels",
        "value",
        "unit",
        "exhibits",
        "observation",
        "evidence",
        "name",
        "media_type",
        "sha256",
        "size",
    ] {
        let key = format!("\"{field}\":");
        let found = json[at..].find(&key);
        at += found.unwrap_or_else(|| panic!("{field} is missing or out of its place")) + key.len();
    }
}

#[test]
fn the_console_keeps_to_its_width() {
    for (name, dossier) in dossier::all() {
        for width in [40, 80, 120] {
            let style = Style {
                color: false,
                width,
            };
            for line in summary(&dossier.record, style).lines() {
                let longest = line.split(' ').map(|word| word.width()).max().unwrap_or(0);
                let unbreakable = longest + 16 > width;
                assert!(
                    line.width() <= width || unbreakable,
                    "{name} at {width}: {line}"
                );
            }
        }
    }
}

#[test]
fn the_verdict_is_the_last_line() {
    for (name, dossier) in dossier::all() {
        let style = Style {
            color: false,
            width: 200,
        };
        let page = summary(&dossier.record, style);
        let last = page.lines().last().unwrap();
        let headline = &dossier.record.headline;
        assert!(last.contains(headline), "{name}: {last}");
    }
}

#[test]
fn junit_follows_the_schema_that_jenkins_validates_with() {
    let folder = TempDir::new().unwrap();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/junit-10.xsd");
    for (name, dossier) in dossier::all() {
        let file = folder.path().join(format!("{name}.xml"));
        fs::write(&file, render("junit", &dossier)).unwrap();
        let mut xmllint = Command::new("xmllint");
        xmllint
            .arg("--noout")
            .arg("--schema")
            .arg(&schema)
            .arg(&file);
        accepted(&mut xmllint, name);
    }
}

#[test]
fn junit_tells_failure_error_and_skipped_apart() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("junit.xml");
    fs::write(&file, render("junit", &dossier::no_go())).unwrap();
    let count = |path: &str| {
        let mut xmllint = Command::new("xmllint");
        xmllint
            .arg("--xpath")
            .arg(format!("string({path})"))
            .arg(&file);
        accepted(&mut xmllint, path).trim().to_owned()
    };
    for (path, value) in [
        ("count(//testcase)", "8"),
        ("//testsuite/@tests", "8"),
        ("//testsuite/@failures", "2"),
        ("//testsuite/@errors", "3"),
        ("//testsuite/@skipped", "2"),
        (
            "count(//testcase[@name='edge-certificate'][@classname='tls']/failure)",
            "1",
        ),
        ("//testcase[@name='edge-certificate']/@time", "2.240"),
        (
            "count(//testcase[@name='billing']/error[@type='blocker'])",
            "1",
        ),
        ("count(//testcase[@name='login-names']/*)", "0"),
        (
            "//testcase[@name='pool-budget']/skipped/@message",
            "waived by Grace Hopper until 2026-11-25 00:00 UTC: known since the rehearsal, fixed in 2.4.2",
        ),
        (
            "//testcase[@name='canary']/skipped/@message",
            "The check did not run: it needs `edge-certificate`, `billing` (run/needs-unmet): `edge-certificate`, `billing` did not pass",
        ),
        (
            "//testcase[@name='edge-certificate']/failure/@message",
            "gateway.example.com:443 at 192.0.2.11 is not trusted (tls/trust) (and 1 more)",
        ),
    ] {
        assert_eq!(count(path), value, "{path}");
    }
}

#[test]
fn promtool_and_the_strict_openmetrics_parser_accept_the_metrics() {
    let folder = TempDir::new().unwrap();
    for (name, dossier) in dossier::all() {
        let file = folder.path().join(format!("{name}.prom"));
        fs::write(&file, render("openmetrics", &dossier)).unwrap();
        let output = promtool(&file);
        let said = String::from_utf8_lossy(&output.stderr);
        // A measure's name is its module's choice: promtool may dislike the style of the hostile one.
        let ours = name != "hostile" || said.contains("tminus_") || said.contains("error while");
        assert!(!ours || output.status.success(), "{name}: {said}");
        samples(&file);
    }
}

#[test]
fn metrics_tell_the_run_its_checks_and_its_measures() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("report.prom");
    fs::write(&file, render("openmetrics", &dossier::no_go())).unwrap();
    let samples = samples(&file);
    for sample in [
        "gauge - tminus_verdict{of=all checks,verdict=no-go} 1.0",
        "gauge - tminus_verdict{of=all checks,verdict=go} 0.0",
        "gauge - tminus_checks{status=error} 3.0",
        "gauge - tminus_checks{status=waived} 1.0",
        "gauge - tminus_check_status{check=billing,module=tls,severity=blocker,status=error} 1.0",
        "gauge - tminus_check_status{check=billing,module=tls,severity=blocker,status=pass} 0.0",
        "gauge - tminus_check_waived{check=pool-budget,module=command} 1.0",
        "gauge - tminus_check_findings{check=pool-budget,module=command,rule=command/exit,status=fail,waived=true} 1.0",
        "gauge - tminus_check_findings{check=edge-certificate,module=tls,rule=tls/trust,status=fail,waived=false} 1.0",
        "gauge - tminus_run_warnings{} 0.0",
        "gauge seconds tminus_check_duration_seconds{check=billing,module=tls} 1.24",
        "gauge seconds dns_query_duration_seconds{check=login-names,domain=login.game.example.com,server=system} 0.0142",
        "gauge ratio dns_hit_ratio{check=login-names} 0.97",
        "gauge seconds tminus_launch_timestamp_seconds{} 1795485600.0",
        "gauge - tminus_measures_dropped{} 0.0",
    ] {
        assert!(
            samples.lines().any(|line| line == sample),
            "{sample} is not in\n{samples}"
        );
    }
}

#[test]
fn measures_that_prometheus_would_refuse_are_renamed_or_left_out() {
    use tminus::model::Measure;
    let mut dossier = dossier::go();
    dossier.record.checks[0].measures = vec![
        Measure::new(
            "99th percentile (ms)",
            1.0,
            "ms",
            [("a-b", "1"), ("a.b", "2"), ("check", "own")],
        ),
        Measure::new("same", 1.0, "count", []),
        Measure::new("same", 2.0, "count", []),
        Measure::new("same", 3.0, "seconds", [("other", "labels")]),
        Measure::new("tminus_verdict", 1.0, "count", []),
        Measure::new("not_finite", f64::NAN, "count", []),
        Measure::new("_seconds", 1.0, "seconds", [("__name__", "x")]),
        Measure::new(
            "long",
            1.0,
            "count",
            [("text", "x".repeat(10_000).as_str())],
        ),
        Measure::new("", 1.0, "", [("", "")]),
    ];
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("report.prom");
    fs::write(&file, render("openmetrics", &dossier)).unwrap();
    let samples = samples(&file);
    for sample in [
        "_99th_percentile__ms_{a_b=1,check=login-names,own_a_b=2,own_check=own} 1.0",
        "same{check=login-names} 1.0",
        "same{check=login-names,other=labels} 3.0",
        "measure_tminus_verdict{check=login-names} 1.0",
        "_seconds{check=login-names,own__name__=x} 1.0",
        "_{_=,check=login-names} 1.0",
        "tminus_measures_dropped{} 2.0",
    ] {
        assert!(
            samples
                .lines()
                .any(|line| line.ends_with(&format!(" {sample}"))),
            "{sample} is not in\n{samples}"
        );
    }
    assert!(fs::metadata(&file).unwrap().len() < 20_000);
}

/// Runs a program that must end well, and returns what it prints.
fn accepted(command: &mut Command, what: &str) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?}: {error}; `tests/run` installs what the tests need")
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {command:?} says {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn formats() -> Vec<&'static Format> {
    FORMATS
        .iter()
        .filter(|format| format.name != "pdf")
        .collect()
}

fn complaints(written: &[Written]) -> Vec<String> {
    let failed = written.iter().filter_map(|one| one.outcome.as_ref().err());
    failed.map(ToString::to_string).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn reports_replace_older_ones_whole() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("made/on/the/way");
    for dossier in [dossier::many(50), dossier::go()] {
        let written = write(&out, &formats(), &dossier, &context());
        assert_eq!(complaints(&written), [""; 0]);
        for one in &written {
            let size = fs::metadata(&one.path).unwrap().len();
            assert_eq!(one.outcome.as_ref().unwrap(), &size);
        }
    }
    assert_eq!(names(&out), ["junit.xml", "report.json", "report.prom"]);
    let json = fs::read(out.join("report.json")).unwrap();
    assert_eq!(json, json::to_json(&dossier::go().record));
    let mode = fs::metadata(out.join("report.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o444, 0o444, "CI and colleagues read reports");
}

static PANICS: Format = Format {
    name: "panics",
    file: "panics.txt",
    about: "",
    render: |_, _| panic!("on purpose"),
};
static REFUSES: Format = Format {
    name: "refuses",
    file: "refuses.txt",
    about: "",
    render: |_, _| Err(RenderError::new("no such glyph")),
};

#[test]
fn a_format_that_fails_does_not_stop_the_others() {
    let folder = TempDir::new().unwrap();
    let mut formats = vec![&PANICS, &REFUSES];
    formats.extend(self::formats());
    let written = write(folder.path(), &formats, &dossier::go(), &context());
    let path = folder.path().display();
    assert_eq!(
        complaints(&written),
        [
            format!(
                "cannot create {path}/panics.txt: internal error (on purpose); this is a bug in tminus, please report it"
            ),
            format!("cannot create {path}/refuses.txt: no such glyph"),
        ]
    );
    assert_eq!(
        names(folder.path()),
        ["junit.xml", "report.json", "report.prom"]
    );
}

#[test]
fn a_file_in_the_folders_place_is_told() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    fs::write(&out, "a file").unwrap();
    let written = write(&out, &formats(), &dossier::go(), &context());
    let complaints = complaints(&written);
    assert_eq!(complaints.len(), written.len());
    for complaint in complaints {
        assert!(
            complaint.contains(&out.display().to_string()),
            "{complaint}"
        );
        assert!(
            complaint.contains("a file is where a folder is needed"),
            "{complaint}"
        );
    }
    assert_eq!(fs::read_to_string(&out).unwrap(), "a file");
}

#[test]
fn a_full_disk_is_told_and_leaves_the_older_report() {
    let mount = Mount::tmpfs("64k");
    let out = mount.path();
    let older = write(out, &formats(), &dossier::undetermined(), &context());
    assert_eq!(complaints(&older), [""; 0]);
    let before = fs::read(out.join("report.json")).unwrap();
    let written = write(out, &formats(), &dossier::many(200), &context());
    let complaints = complaints(&written);
    let path = out.display();
    assert_eq!(
        complaints[0],
        format!(
            "cannot write {path}/report.json: No space left on device (os error 28); free some space there, or choose another folder with --out"
        )
    );
    assert_eq!(fs::read(out.join("report.json")).unwrap(), before);
    assert_eq!(
        names(out),
        ["junit.xml", "report.json", "report.prom"],
        "no temporary file stays"
    );
}

#[test]
fn a_read_only_folder_is_told_and_leaves_the_older_report() {
    let mount = Mount::tmpfs("1m");
    let out = mount.path();
    write(out, &formats(), &dossier::go(), &context());
    mount.remount("ro");
    let written = write(out, &formats(), &dossier::no_go(), &context());
    let path = out.display();
    assert_eq!(
        complaints(&written)[0],
        format!(
            "cannot write {path}/report.json: Read-only file system (os error 30); choose a folder that you can write to with --out"
        )
    );
    let json = fs::read(out.join("report.json")).unwrap();
    assert_eq!(json, json::to_json(&dossier::go().record));
}

#[test]
fn the_pdf_is_signed_where_an_identity_is_at_hand() {
    use tminus::sign::Identity;
    let identity = Identity::create("release team", began()).unwrap();
    let signed = RenderContext {
        identity: Some(identity),
        signed_at: began(),
    };
    for (context, signatures) in [(context(), 0), (signed, 1)] {
        let format = tminus::report::format("pdf").unwrap();
        let pdf = (format.render)(&dossier::no_go(), &context).unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
        let found = pdf.windows(10).filter(|bytes| bytes == b"/ByteRange");
        assert_eq!(found.count(), signatures);
    }
}
