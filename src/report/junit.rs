//! `junit.xml`, as GitLab, Jenkins and their like read it: a failure is `<failure>`, what could not be
//! determined is `<error>`, and what is waived or was not looked at is `<skipped>` with the reason.

use std::fmt::Write as _;
use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite, XmlString,
};

use super::{Format, RenderError, escape, words};
use crate::model::record::NotRun;
use crate::model::{CheckRecord, Finding, RunRecord, Status};

/// The format's entry.
pub const FORMAT: Format = Format {
    name: "junit",
    file: "junit.xml",
    about: "test results for GitLab, Jenkins and other CI",
    render: |dossier, _| {
        let mut xml = Vec::new();
        report(&dossier.record)
            .serialize(&mut xml)
            .map_err(RenderError::new)?;
        Ok(xml)
    },
};

fn report(record: &RunRecord) -> Report {
    let name = words::launch(&record.launch);
    let mut suite = TestSuite::new(&*escape::text(&name));
    let run = &record.run;
    suite.set_time(
        run.finished_at
            .duration_since(run.started_at)
            .try_into()
            .unwrap_or_default(),
    );
    for (key, value) in [
        ("timestamp", run.started_at.to_string()),
        ("hostname", run.host.clone()),
    ] {
        suite
            .extra
            .insert(XmlString::new(key), XmlString::new(escape::text(&value)));
    }
    for (key, value) in [
        ("verdict", record.headline.as_str()),
        ("run", &run.id),
        ("checklist", &run.checklist.path),
        ("checklist.sha256", &run.checklist.sha256),
        ("tool", &format!("{} {}", run.tool.name, run.tool.version)),
        ("complete", if run.complete { "true" } else { "false" }),
    ] {
        suite.add_property((key, &*escape::text(value)));
    }
    suite.add_test_cases(record.checks.iter().map(case));
    if !record.warnings.is_empty() {
        let mut told = "Warnings of this run".to_owned();
        for warning in &record.warnings {
            tell(&mut told, warning);
        }
        suite.set_system_out(told);
    }
    let mut report = Report::new("tminus");
    report.add_test_suite(suite);
    report
}

fn case(check: &CheckRecord) -> TestCase {
    let mut case = TestCase::new(&*escape::text(&check.id), status(check));
    case.set_classname(&*escape::text(&check.module));
    case.set_time(Duration::from_millis(check.duration_ms));
    if check.status == Status::Warn || check.is_waived() && check.status == Status::Pass {
        case.set_system_out(findings(check));
    }
    case
}

fn status(check: &CheckRecord) -> TestCaseStatus {
    let open = words::open_findings(check);
    let first = match open.first() {
        None => String::new(),
        Some(finding) => match (&finding.observed, finding.status) {
            (Some(why), Status::Skipped | Status::Error) => {
                format!("{}: {why}", words::claim(finding))
            }
            _ => words::claim(finding),
        },
    };
    let (mut status, message) = match (&check.waiver, check.status) {
        (_, Status::Pass | Status::Warn) => {
            let mut status = TestCaseStatus::success();
            status.add_reruns(earlier(check));
            return status;
        }
        (_, Status::NotSelected) => (
            TestCaseStatus::skipped(),
            words::not_run(&NotRun::NotSelected),
        ),
        (Some(waiver), _) => (TestCaseStatus::skipped(), words::waiver(waiver)),
        (None, Status::Skipped) => (TestCaseStatus::skipped(), first),
        (None, outcome) => {
            let kind = match outcome {
                Status::Fail => NonSuccessKind::Failure,
                _ => NonSuccessKind::Error,
            };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_type(check.severity.to_string());
            let message = match open.len() {
                0 | 1 => first,
                several => format!("{first} (and {} more)", several - 1),
            };
            (status, message)
        }
    };
    status.set_message(&*escape::text(&message));
    status.set_description(findings(check));
    status
}

/// The attempts before the last one, as JUnit's flaky failures.
fn earlier(check: &CheckRecord) -> Vec<TestRerun> {
    let earlier = check.attempts.iter().rev().skip(1).rev();
    let earlier = earlier.map(|attempt| {
        let kind = match attempt.status {
            Status::Fail => NonSuccessKind::Failure,
            _ => NonSuccessKind::Error,
        };
        let mut rerun = TestRerun::new(kind);
        rerun.set_time(Duration::from_millis(attempt.duration_ms));
        rerun.set_message(&*escape::text(&words::attempt(attempt)));
        rerun
    });
    earlier.collect()
}

/// The title and the open findings, a line for each part.
fn findings(check: &CheckRecord) -> String {
    let mut told = escape::text(&check.title).into_owned();
    for waiver in &check.finding_waivers {
        let _ = write!(told, "\n{}", escape::text(&words::waiver(waiver))); // a String takes every write
    }
    for finding in words::open_findings(check) {
        tell(&mut told, finding);
    }
    told
}

fn tell(told: &mut String, finding: &Finding) {
    let _ = write!(
        told,
        "\n\n[{}] {}",
        finding.status,
        escape::text(&words::claim(finding))
    ); // a String takes every write
    for (part, said) in [
        ("expected", &finding.expected),
        ("observed", &finding.observed),
        ("hint", &finding.hint),
    ] {
        let lines = said.iter().flat_map(|said| escape::lines(said));
        for (number, line) in lines.enumerate() {
            let part = if number == 0 { part } else { "" };
            let _ = write!(told, "\n  {part:<8}  {line}");
        }
    }
}
