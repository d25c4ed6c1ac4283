use super::{REGISTRY, check, checklist, run_with, waiver};
use crate::engine::{Options, differences, rejudge};
use crate::model::{Check, RunRecord, Status, Verdict, Waiver};

#[test]
fn a_waiver_counts_while_it_holds() {
    let mut list = checklist([
        check("a", "acts = ['fail']"),
        check("b", ""),
        check("c", "acts = ['fail']"),
    ]);
    list.waivers = vec![
        waiver("a", 1),
        waiver("a", 3),
        waiver("a", 2),
        waiver("b", 1),
        waiver("c", 0),
    ];
    let record = run_with(&list, &Options::default()).record;
    assert_eq!(
        record.checks[0].waiver,
        Some(waiver("a", 3)),
        "the one that holds longest"
    );
    assert!(record.checks[0].is_waived());
    assert!(record.checks[1].waiver.is_some() && !record.checks[1].is_waived());
    assert_eq!(record.checks[2].waiver, None, "it ends at its expiry");
    assert_eq!(record.expired_waivers, [waiver("c", 0)]);
    assert_eq!(record.summary.waived, 1);
    assert_eq!(record.verdict, Verdict::NoGo);
}

/// A waiver for the findings of one rule.
fn narrow(check: &str, rule: &str, subject: Option<&str>) -> Waiver {
    Waiver {
        rule: Some(rule.to_owned()),
        subject: subject.map(str::to_owned),
        ..waiver(check, 1)
    }
}

fn run_waived(check: Check, waivers: Vec<Waiver>) -> RunRecord {
    let mut list = checklist([check]);
    list.waivers = waivers;
    let record = run_with(&list, &Options::default()).record;
    let again = rejudge(&record, REGISTRY, None).unwrap();
    assert_eq!(differences(&record, &again), [], "all of it follows");
    record
}

#[test]
fn a_waiver_by_rule_and_subject_accepts_those_findings_alone() {
    let failing = || check("a", "acts = ['fail']");
    for (waiver, accepted) in [
        (narrow("a", "puppet/well", None), true),
        (narrow("a", "puppet/well", Some("it")), true),
        (narrow("a", "puppet/well", Some("another")), false),
        (narrow("a", "puppet/other", None), false),
        (narrow("b", "puppet/well", None), false),
    ] {
        let record = run_waived(failing(), vec![waiver.clone()]);
        let check = &record.checks[0];
        let finding = &check.findings[0];
        assert_eq!(finding.status, Status::Fail, "it keeps its status");
        assert_eq!(finding.waived_by.is_some(), accepted, "{waiver:?}");
        let (status, verdict) = match accepted {
            true => (Status::Pass, Verdict::Go),
            false => (Status::Fail, Verdict::NoGo),
        };
        assert_eq!((check.status, record.verdict), (status, verdict));
        assert_eq!(check.is_waived(), accepted);
        assert_eq!(record.summary.waived, usize::from(accepted));
        assert_eq!(record.unused_waivers.is_empty(), accepted);
        let warned = record
            .warnings
            .iter()
            .any(|warning| warning.rule() == "run/waiver-unused");
        assert_eq!(warned, !accepted);
    }
}

#[test]
fn what_a_waiver_leaves_open_decides() {
    let record = run_waived(
        check("a", "acts = ['fail warn']"),
        vec![Waiver {
            subject: Some("it".to_owned()),
            rule: None,
            ..waiver("a", 1)
        }],
    );
    assert_eq!(record.checks[0].status, Status::Pass, "both are accepted");
    let record = run_waived(check("a", "acts = ['fail warn']"), vec![]);
    assert_eq!(record.checks[0].status, Status::Fail);
}

#[test]
fn an_error_is_accepted_for_the_whole_check_or_by_a_rule_of_the_engine_only() {
    let refusing = || check("a", "acts = ['refuse']");
    for (waiver, verdict) in [
        (waiver("a", 1), Verdict::Go),
        (narrow("a", "run/probe-failed", None), Verdict::Go),
        (narrow("a", "run/deadline", None), Verdict::Undetermined),
        (
            Waiver {
                rule: None,
                subject: Some("a".to_owned()),
                ..waiver("a", 1)
            },
            Verdict::Undetermined,
        ),
    ] {
        let record = run_waived(refusing(), vec![waiver.clone()]);
        assert_eq!(record.verdict, verdict, "{waiver:?}");
    }
}

#[test]
fn a_waiver_that_matches_only_an_error_says_why_it_accepts_nothing() {
    for (acts, names_error) in [("refuse", true), ("fail", false)] {
        let waiver = Waiver {
            rule: None,
            subject: Some("a".to_owned()),
            ..waiver("a", 1)
        };
        let record = run_waived(check("a", &format!("acts = ['{acts}']")), vec![waiver]);
        let mut warnings = record.warnings.iter();
        let unused = warnings.find(|warning| warning.rule() == "run/waiver-unused");
        let hint = unused.unwrap().hint.as_deref().unwrap();
        assert_eq!(
            hint.contains("only by a waiver for the whole check"),
            names_error,
            "{acts}: {hint}"
        );
    }
}

#[test]
fn a_waiver_that_is_needed_now_and_ends_before_t0_is_a_warning() {
    for (hours, acts, warned) in [(2, "fail", false), (1, "fail", true), (1, "pass", false)] {
        let mut list = checklist([check("a", &format!("acts = ['{acts}']"))]);
        list.launch.at = Some(waiver("a", 1).expires);
        list.waivers = vec![waiver("a", hours)];
        let record = run_with(&list, &Options::default()).record;
        let short = |warning: &crate::model::Finding| warning.rule() == "run/waiver-too-short";
        assert_eq!(
            record.warnings.iter().any(short),
            warned,
            "{hours} h, {acts}"
        );
    }
}
