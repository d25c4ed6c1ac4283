use std::sync::atomic::{AtomicU32, Ordering};

use super::{REGISTRY, check, checklist, needing, run_with, told, waiver};
use crate::engine::{Options, RejudgeError, differences, rejudge};
use crate::model::record::{End, NotRun, RunRecord};
use crate::model::verdict::Summary;
use crate::model::{Registry, Status, Verdict};

/// A run with an example of all that a record may hold, read back from its JSON.
fn recorded() -> RunRecord {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let acts = format!("acts = ['fail', 'pass']\nworld = 'recorded {run}'");
    let mut flaky = check("flaky", &acts);
    flaky.retries = 1;
    let mut list = checklist([
        flaky,
        check("broken", "acts = ['pass fail']"),
        needing(check("behind", ""), &["broken"]),
        check("waived", "acts = ['fail']"),
        check("load", "touch = 'load'"),
        check("panics", "acts = ['pass panic']"),
        check("silent", "judge = 'says-nothing'"),
        needing(check("after", "acts = ['warn']"), &["flaky"]),
    ]);
    list.waivers = vec![waiver("waived", 1), waiver("broken", -1)];
    read_back(&run_with(&list, &Options::default()).record)
}

fn read_back(record: &RunRecord) -> RunRecord {
    serde_json::from_str(&serde_json::to_string_pretty(record).unwrap()).unwrap()
}

fn found(claimed: &RunRecord) -> Vec<String> {
    let again = rejudge(claimed, REGISTRY, None).unwrap();
    let found = differences(claimed, &again);
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_record_follows_from_its_observations() {
    let record = recorded();
    assert_eq!(record.verdict, Verdict::NoGo);
    assert_eq!(record.expired_waivers.len(), 1);
    assert!(found(&record).is_empty(), "{:#?}", found(&record));
}

/// Each with what gives it away.
#[test]
fn every_touched_up_claim_is_found() {
    type Touch = fn(&mut RunRecord);
    let touches: [(&str, Touch); 14] = [
        ("check `broken`: status", |record| {
            record.checks[1].status = Status::Pass;
        }),
        ("check `flaky`: status of attempt 1", |record| {
            record.checks[0].attempts[0].status = Status::Pass;
        }),
        ("check `broken`: status of finding 2", |record| {
            record.checks[1].findings[1].status = Status::Pass;
        }),
        ("check `broken`: claim of finding 2", |record| {
            record.checks[1].findings[1].claim = "nice".into();
        }),
        ("check `broken`: observed text of finding 2", |record| {
            record.checks[1].findings[1].observed = None;
        }),
        ("check `broken`: number of findings", |record| {
            record.checks[1].findings.truncate(1);
        }),
        ("check `flaky`: measures", |record| {
            record.checks[0].measures[0].value = 0.2;
        }),
        ("summary", |record| {
            record.summary = Summary::default();
        }),
        ("verdict", |record| {
            record.verdict = Verdict::Go;
        }),
        ("summary", |record| {
            drop(record.checks.remove(1));
        }),
        ("check `after`: needs", |record| {
            drop(record.checks.remove(0));
        }),
        ("check `waived`: occurrences", |record| {
            record.checks.push(record.checks[3].clone());
        }),
        ("check `broken`: waiver", |record| {
            record.checks[1].waiver = Some(waiver("broken", -1));
        }),
        ("check `behind`: reason not to run", |record| {
            record.checks[2].not_run = Some(NotRun::NeedsUnmet {
                ids: vec!["flaky".into()],
            });
        }),
    ];
    let recorded = recorded();
    for (trace, touch) in touches {
        let mut record = recorded.clone();
        touch(&mut record);
        let found = found(&record);
        assert!(
            found.iter().any(|line| line.starts_with(trace)),
            "{trace}: {found:#?}"
        );
    }
}

#[test]
fn another_version_may_word_things_differently_but_not_decide_differently() {
    let mut record = recorded();
    record.run.tool.version = "0.0.1".into();
    record.checks[1].findings[1].observed = Some("worded otherwise".into());
    assert!(found(&record).is_empty());
    record.checks[1].findings[1].status = Status::Pass;
    assert!(!found(&record).is_empty());
}

#[test]
fn what_cannot_be_judged_is_an_error() {
    let mut record = recorded();
    record.checks[0].observation =
        Some(serde_json::from_str(r#"{"format":8,"notes":["pass"]}"#).unwrap());
    record.checks[3].observation = Some(serde_json::from_str(r#"{"format":7,"notes":0}"#).unwrap());
    record.checks[7].observation = None;
    let again = rejudge(&record, REGISTRY, None).unwrap();
    insta::assert_snapshot!([0, 3, 7].map(|at| told(&again.checks[at]).join("\n")).join("\n"), @r"
    error run/not-judged: the observation has format 8; this version of `puppet` reads format 7
    error run/not-judged: cannot read the observation of `puppet`: invalid type: integer `0`, expected a sequence at line 1 column 21
    error run/not-observed: the observation is missing
    ");
    let unknown = rejudge(&record, Registry::new(&[]), None).unwrap();
    assert!(
        unknown
            .checks
            .iter()
            .all(|check| matches!(check.status, Status::Error | Status::Skipped))
    );
    record.schema = "tminus-report/1".into();
    let refused = rejudge(&record, REGISTRY, None).unwrap_err();
    assert!(matches!(refused, RejudgeError::Schema { .. }));
}

#[test]
fn a_new_checklist_judges_old_observations() {
    let record = recorded();
    let mut list = checklist([
        check("new", ""),
        needing(check("behind", ""), &["flaky"]),
        check("broken", "judge = 'says-nothing'"),
        check("flaky", ""),
    ]);
    list.checks[2].title = "Retitled".into();
    list.checks[3].module = "another";
    list.waivers = vec![waiver("broken", 5), waiver("new", -5)];
    list.launch.name = "Second try".into();
    let again = rejudge(&record, REGISTRY, Some(&list)).unwrap();
    let ids: Vec<_> = again.checks.iter().map(|check| check.id.as_str()).collect();
    assert_eq!(ids, ["new", "behind", "broken", "flaky"]);
    let told: Vec<_> = again
        .checks
        .iter()
        .map(|check| told(check).join("\n"))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    error run/not-observed: the record holds no observation of this check by this module
    skipped run/needs-unmet: `flaky` did not pass
    error run/empty: no findings
    error run/not-observed: the record holds no observation of this check by this module
    ");
    assert_eq!(again.checks[2].title, "Retitled");
    assert_eq!(again.checks[2].attempts[0].end, End::Completed);
    assert!(again.checks[2].is_waived());
    assert_eq!(again.expired_waivers, [waiver("new", -5)]);
    assert_eq!(again.launch.name, "Second try");
    assert_eq!(again.verdict, Verdict::Undetermined);
    // The result is a record like any other, which follows from its observations.
    let mut again = read_back(&again);
    again.checks[3].module = "puppet".into();
    assert!(found(&again).is_empty(), "{:#?}", found(&again));
}

#[test]
fn needs_that_are_met_under_a_new_checklist_leave_an_error_not_a_skip() {
    let record = recorded();
    let list = checklist([check("flaky", ""), needing(check("behind", ""), &["flaky"])]);
    let again = rejudge(&record, REGISTRY, Some(&list)).unwrap();
    assert_eq!(
        told(&again.checks[1]),
        ["error run/not-observed: it did not run because of needs that pass under this judgement"]
    );
    assert!(found(&read_back(&again)).is_empty());
}
