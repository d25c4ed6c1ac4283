//! The printed report, unsigned, read by other people's programs: qpdf, poppler, MuPDF.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::SignedDuration;
use tempfile::TempDir;
use tminus::model::exhibit::{Bar, Line, Mark, Span};
use tminus::model::record::Dossier;
use tminus::model::{Cell, Exhibit};
use tminus::report::{json, pdf};

use crate::support::dossier::{self, EXIT, HOSTILE, check};

/// A rendered report in a folder of its own.
struct Printed {
    folder: TempDir,
    file: PathBuf,
}

impl Printed {
    fn of(dossier: &Dossier) -> Self {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("report.pdf");
        let bytes = pdf::render(dossier, Some("CN=release laptop")).expect("a report");
        fs::write(&file, bytes).expect("written");
        Self { folder, file }
    }

    /// What a program says about the report, which follows its arguments.
    fn said(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments).arg(&self.file);
        self.output(command)
    }

    fn output(&self, mut command: Command) -> String {
        let output = command.output().unwrap_or_else(|error| {
            panic!("{command:?}: {error}; `tests/run` installs what the tests need")
        });
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}{complaints}");
        assert_eq!(complaints, "", "{command:?}");
        said
    }

    fn text(&self) -> String {
        let mut command = Command::new("pdftotext");
        command.arg("-layout").arg(&self.file).arg("-");
        self.output(command)
    }

    fn pages(&self) -> usize {
        let info = self.said("pdfinfo", &[]);
        let pages = info.lines().find_map(|line| line.strip_prefix("Pages:"));
        pages.expect("pages").trim().parse().expect("a number")
    }
}

fn in_order(text: &str, words: &[&str]) {
    let mut rest = text;
    for word in words {
        let Some(at) = rest.find(word) else {
            panic!("{word:?} is not in (the rest of) {text}");
        };
        rest = &rest[at + word.len()..];
    }
}

#[test]
fn every_kind_of_report_is_a_sound_pdf() {
    for (name, dossier) in dossier::all().into_iter().chain([("pictures", pictures())]) {
        let printed = Printed::of(&dossier);
        if let Ok(folder) = std::env::var("TMINUS_KEEP_PDF") {
            fs::copy(
                &printed.file,
                Path::new(&folder).join(format!("{name}.pdf")),
            )
            .expect("kept");
        }
        let said = printed.said("qpdf", &["--check"]);
        assert!(
            said.contains("No syntax or stream encoding errors"),
            "{name}: {said}"
        );
        printed.said("mutool", &["info"]);
        let fonts = printed.said("pdffonts", &[]);
        for font in fonts.lines().skip(2) {
            // name, type, encoding, embedded, subset, has a map to Unicode
            assert!(
                font.contains("Identity-H       yes yes yes"),
                "{name}: {font}"
            );
        }
    }
}

#[test]
fn the_first_page_answers_the_question() {
    let printed = Printed::of(&dossier::no_go());
    let mut command = Command::new("pdftotext");
    command
        .args(["-layout", "-l", "1"])
        .arg(&printed.file)
        .arg("-");
    let page = printed.output(command);
    in_order(
        &page,
        &[
            "NO-GO",
            "PixelRush 2.4.1",
            "2026-11-24 02:00:00 UTC",
            "2026-11-24 10:00:00 +08:00 Asia/Singapore",
            "sre@pixelrush.example",
            "What blocks the launch",
            "Edge certificates hold through the launch",
            "expected",
            "a chain to one of the system's roots",
            "pool-budget: waived by Grace Hopper",
            "Expired waivers",
            "old-exception",
        ],
    );
    let pages = printed.pages();
    assert!(page.contains(&format!("Page 1 of {pages}")), "{page}");
}

#[test]
fn every_page_carries_launch_id_confidentiality_and_number() {
    let printed = Printed::of(&dossier::many(60));
    let text = printed.text();
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert_eq!(pages.len(), printed.pages());
    for (number, page) in pages.iter().enumerate() {
        let footer = format!("Page {} of {}", number + 1, pages.len());
        in_order(
            page,
            &["PixelRush 2.4.1", "Confidential", "Run 4f1c2d3e", &footer],
        );
    }
}

#[test]
fn chinese_and_latin_are_found_in_reading_order() {
    let text = Printed::of(&dossier::chinese()).text();
    in_order(
        &text,
        &[
            "NO-GO",
            "像素冲刺 2.4.1",
            "网关证书在发布窗口内有效",
            "有效期至少到发布时刻之后三个小时",
        ],
    );
    in_order(
        &text,
        &[
            "Checks",
            "登录域名在所有解析器上都能解析",
            "解析为 192.0.2.10",
        ],
    );
}

#[test]
fn attachments_come_out_as_they_went_in() {
    let dossier = dossier::no_go();
    let printed = Printed::of(&dossier);
    let listed = printed.said("pdfdetach", &["-list"]);
    assert!(listed.contains("report.json"), "{listed}");
    let out = printed.folder.path().join("record");
    let mut command = Command::new("pdfdetach");
    command
        .args(["-savefile", "report.json", "-o"])
        .arg(&out)
        .arg(&printed.file);
    printed.output(command);
    assert_eq!(
        fs::read(&out).expect("saved"),
        json::to_json(&dossier.record)
    );
    for (check, evidence) in dossier.record.checks.iter().zip(&dossier.evidence) {
        for evidence in evidence {
            let name = pdf::evidence_name(&check.id, &evidence.name);
            let mut command = Command::new("pdfdetach");
            command
                .args(["-savefile", &name, "-o"])
                .arg(&out)
                .arg(&printed.file);
            printed.output(command);
            assert_eq!(fs::read(&out).expect("saved"), evidence.bytes, "{name}");
        }
    }
}

#[test]
fn hundreds_of_attachments_are_found_through_the_tree_of_their_names() {
    let dossier = dossier::many(400);
    let printed = Printed::of(&dossier);
    let count = dossier.evidence.iter().flatten().count() + 1;
    assert!(count > 64);
    let listed = printed.said("pdfdetach", &["-list"]);
    assert!(
        listed.starts_with(&format!("{count} embedded files")),
        "{listed}"
    );
    let listed = printed.said("qpdf", &["--list-attachments"]);
    assert_eq!(listed.lines().count(), count, "{listed}");
}

#[test]
fn properties_come_from_the_record() {
    let printed = Printed::of(&dossier::go());
    let info = printed.said("pdfinfo", &["-isodates"]);
    for property in [
        "Title:           GO: PixelRush 2.4.1",
        "Author:          sre@pixelrush.example",
        "Creator:         tminus 0.1.0",
        "CreationDate:    2026-11-23T18:30:12Z",
        "PDF version:     1.7",
        "Page size:       595.28 x 841.89 pts (A4)",
    ] {
        assert!(info.contains(property), "{property} is not in {info}");
    }
    let metadata = printed.said("pdfinfo", &["-meta"]);
    assert!(metadata.contains("<dc:title>"), "{metadata}");
}

#[test]
fn bookmarks_are_nested_and_lead_to_their_sections() {
    let printed = Printed::of(&dossier::go());
    let mut command = Command::new("mutool");
    command.arg("show").arg(&printed.file).arg("outline");
    let outline = printed.output(command);
    let titles: Vec<&str> = outline
        .lines()
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert_eq!(
        titles,
        [
            "GO",
            "Summary",
            "Checks",
            "Login names resolve everywhere (pass)",
            "Edge certificates hold through the launch (warn)",
            "The rollback plan is signed off (pass)",
            "The launch page is up to date (fail)",
            "Appendix",
        ]
    );
    assert!(outline.contains("#page=2"), "{outline}");
}

#[test]
fn the_same_dossier_makes_the_same_bytes() {
    let render = |dossier: &Dossier, signer| pdf::render(dossier, signer).expect("a report");
    let dossier = dossier::no_go();
    assert_eq!(render(&dossier, None), render(&dossier, None));
    assert_ne!(render(&dossier, None), render(&dossier, Some("CN=other")));
}

#[test]
fn hostile_text_is_spelled_out_and_acts_on_nothing() {
    let text = Printed::of(&dossier::hostile()).text();
    for harmful in HOSTILE
        .chars()
        .filter(|character| !character.is_ascii() || character.is_control())
    {
        if harmful != '\n' {
            assert!(!text.contains(harmful), "{harmful:?} is in {text}");
        }
    }
    assert!(text.contains("\\u{1b}[2J"), "{text}");
    assert!(text.contains("\\u{202e}drawkcab"), "{text}");
}

#[test]
fn what_no_font_has_and_what_is_too_long_is_said() {
    let long = "0123456789abcdef".repeat(2_000);
    let dossier = dossier::dossier(vec![
        check("edge", "command", "edge").findings([EXIT
            .fail("edge", "a face \u{1f600} is no box")
            .observed(&long)
            .expected("สวัสดี")]),
    ]);
    let text = Printed::of(&dossier).text();
    assert!(text.contains("a face [U+1F600] is no box"), "{text}");
    assert!(text.contains("[U+0E2A]"), "{text}");
    assert!(text.contains("30000 more characters"), "{text}");
}

#[test]
fn evidence_of_other_checks_is_refused() {
    let mut dossier = dossier::go();
    dossier.evidence.pop();
    let error = pdf::render(&dossier, None).expect_err("refused");
    assert!(error.to_string().contains("does not match"), "{error}");
}

/// Exhibits at their limits: long tables, wide ones, many bars, many lines, dense timelines, nothing at all.
fn pictures() -> Dossier {
    let row = |number: usize| {
        vec![
            format!("10.0.{}.{}:5432", number / 256, number % 256).into(),
            "登录 idle in transaction".into(),
            Cell::number(number as f64, "ms"),
            format!("sha256:{}", "0123456789abcdef".repeat(4)).into(),
        ]
    };
    let columns = ["Address", "State", "Waits", "Digest"]
        .map(str::to_owned)
        .to_vec();
    let bars = |count: usize| {
        (0..count).map(|number| Bar {
            label: format!("resolver {number} of a rather long name in region 华东 {number}"),
            value: (number * number) as f64 * 1.7,
        })
    };
    let line = |number: usize| Line {
        label: format!("gateway-{number}"),
        points: (0..50)
            .map(|x| {
                let x = f64::from(x);
                (
                    x,
                    40.0 + 30.0 * (x / 6.0 + number as f64).sin() + number as f64 * 4.0,
                )
            })
            .collect(),
    };
    let at = |minutes| dossier::began() + SignedDuration::from_mins(minutes);
    let span = |label: &str, from, to| Span {
        label: label.into(),
        from: at(from),
        to: at(to),
    };
    let mark = |label: &str, minutes| Mark {
        label: label.into(),
        at: at(minutes),
    };
    dossier::dossier(vec![
        check("tables", "database", "Tables at their limits")
            .findings([EXIT.pass("pictures", "drawn")])
            .exhibits(vec![
                Exhibit::Table {
                    title: "Sessions".into(),
                    columns: columns.clone(),
                    rows: (0..90).map(row).collect(),
                    omitted: 0,
                },
                Exhibit::Table {
                    title: "Nothing".into(),
                    columns,
                    rows: vec![],
                    omitted: 0,
                },
            ]),
        check("bars", "dns", "Bars at their limits")
            .findings([EXIT.pass("pictures", "drawn")])
            .exhibits(vec![
                Exhibit::Bars {
                    title: "Answer times".into(),
                    unit: "ms".into(),
                    bars: bars(12).collect(),
                    limit: Some(120.0),
                },
                Exhibit::Bars {
                    title: "Very many".into(),
                    unit: String::new(),
                    bars: bars(60).collect(),
                    limit: None,
                },
                Exhibit::Bars {
                    title: "Zero".into(),
                    unit: "requests".into(),
                    bars: vec![Bar {
                        label: "none".into(),
                        value: 0.0,
                    }],
                    limit: Some(0.0),
                },
            ]),
        check("series", "saturation", "Series at their limits")
            .findings([EXIT.pass("pictures", "drawn")])
            .exhibits(vec![
                Exhibit::Series {
                    title: "P99 by gateway".into(),
                    x_unit: "s since start".into(),
                    unit: "ms".into(),
                    lines: (0..4).map(line).collect(),
                    limit: Some(95.0),
                },
                Exhibit::Series {
                    title: "A single point, and what is no number".into(),
                    x_unit: "s".into(),
                    unit: "share".into(),
                    lines: vec![Line {
                        label: "one".into(),
                        points: vec![(1.0, 0.5), (f64::NAN, 1.0)],
                    }],
                    limit: None,
                },
                Exhibit::Series {
                    title: "No points".into(),
                    x_unit: "s".into(),
                    unit: "ms".into(),
                    lines: vec![],
                    limit: None,
                },
            ]),
        check("timelines", "silence", "Timelines at their limits")
            .findings([EXIT.pass("pictures", "drawn")])
            .exhibits(vec![
                Exhibit::Timeline {
                    title: "Silence, planned and actual".into(),
                    spans: vec![
                        span("planned silence", 420, 495),
                        span("actual silence", 423, 491),
                        span("roll-out", 450, 470),
                        span("缓存同步", 470, 488),
                    ],
                    marks: vec![
                        mark("T-0", 450),
                        mark("canary", 455),
                        mark("golden hours end", 630),
                    ],
                },
                Exhibit::Timeline {
                    title: "An instant".into(),
                    spans: vec![span("now", 0, 0)],
                    marks: vec![],
                },
                Exhibit::Timeline {
                    title: "Nothing".into(),
                    spans: vec![],
                    marks: vec![],
                },
            ]),
    ])
}
