use super::puppet::world;
use super::{Stage, check, checklist, needing, run_all, run_with, statuses, told, waiver};
use crate::engine::Options;
use crate::engine::event::Event;
use crate::model::record::NotRun;
use crate::model::{Severity, Status, Verdict};

fn finished(events: &[Event]) -> Vec<usize> {
    let check = |event: &Event| match event {
        Event::CheckFinished { check, .. } => Some(*check),
        _ => None,
    };
    events.iter().filter_map(check).collect()
}

#[test]
fn a_chain_runs_from_its_end_and_the_record_keeps_the_order() {
    let list = checklist([
        needing(check("roof", ""), &["walls"]),
        needing(check("walls", "acts = ['warn']"), &["ground"]),
        check("ground", "acts = ['sleep pass']\nsleep-ms = 20"),
    ]);
    let (dossier, events) = Stage::new().run(&list, &Options::default());
    assert_eq!(finished(&events), [2, 1, 0]);
    assert_eq!(
        statuses(&dossier),
        [Status::Pass, Status::Warn, Status::Pass]
    );
    assert!(matches!(
        events.first(),
        Some(Event::RunStarted { checks: 3 })
    ));
    assert!(matches!(events.last(), Some(Event::RunFinished { .. })));
}

#[test]
fn a_diamond_is_skipped_below_its_broken_side() {
    let dossier = run_all([
        check("top", ""),
        needing(check("left", "acts = ['fail']"), &["top"]),
        needing(
            check("right", "acts = ['sleep fail']\nsleep-ms = 30"),
            &["top"],
        ),
        needing(check("bottom", ""), &["right", "top", "left"]),
        needing(check("below", ""), &["bottom"]),
    ]);
    use Status::{Fail, Pass, Skipped};
    assert_eq!(statuses(&dossier), [Pass, Fail, Fail, Skipped, Skipped]);
    let bottom = &dossier.record.checks[3];
    let ids = vec!["right".to_owned(), "left".to_owned()];
    assert_eq!(
        bottom.not_run,
        Some(NotRun::NeedsUnmet { ids }),
        "all of them, in the order of `needs`"
    );
    assert_eq!(bottom.attempts.len(), 0);
    insta::assert_snapshot!(told(bottom).join("\n"), @"skipped run/needs-unmet: `right`, `left` did not pass");
}

#[test]
fn a_waived_failure_lets_its_dependents_run() {
    let mut list = checklist([
        check("flaky", "acts = ['fail']"),
        needing(check("next", ""), &["flaky"]),
    ]);
    list.waivers.push(waiver("flaky", 1));
    let dossier = run_with(&list, &Options::default());
    assert_eq!(statuses(&dossier), [Status::Fail, Status::Pass]);
    assert_eq!(dossier.record.verdict, Verdict::Go);
}

#[test]
fn needs_that_can_never_be_met_end_the_run_all_the_same() {
    let dossier = run_all([
        needing(check("a", ""), &["b"]),
        needing(check("b", ""), &["a"]),
        needing(check("c", ""), &["ghost"]),
    ]);
    assert_eq!(statuses(&dossier), [Status::Skipped; 3]);
}

#[test]
fn a_long_chain_of_skipped_checks_needs_no_stack() {
    let first = check("c0", "acts = ['fail']");
    let rest = (1..20_000).map(|number| {
        needing(
            check(&format!("c{number}"), ""),
            &[&format!("c{}", number - 1)],
        )
    });
    let record = run_all([first].into_iter().chain(rest)).record;
    assert_eq!(record.summary.skipped, 19_999);
}

#[test]
fn fail_fast_starts_nothing_after_an_open_blocker_and_lets_the_running_finish() {
    let mut advisory = check("advisory", "acts = ['fail']");
    advisory.severity = Severity::Advisory;
    let mut list = checklist([
        advisory,
        check("waived", "acts = ['fail']"),
        check("running", "acts = ['sleep pass']\nsleep-ms = 400"),
        check("blocker", "acts = ['fail']"),
        check("late", "world = 'fail fast'"),
        needing(check("behind", "world = 'fail fast'"), &["running"]),
    ]);
    list.waivers.push(waiver("waived", 1));
    let options = Options {
        jobs: 2,
        fail_fast: true,
        ..Options::default()
    };
    let record = run_with(&list, &options).record;
    let reason = NotRun::FailFast {
        id: "blocker".to_owned(),
    };
    let reasons: Vec<_> = record
        .checks
        .iter()
        .map(|check| check.not_run.clone())
        .collect();
    assert_eq!(
        reasons,
        [None, None, None, None, Some(reason.clone()), Some(reason)]
    );
    assert_eq!(record.checks[2].status, Status::Pass);
    assert_eq!(record.verdict, Verdict::NoGo);
    assert!(record.run.complete, "as complete as it was asked to be");
    assert_eq!(world("fail fast").lock().unwrap().attempts, 0);
}

#[test]
fn load_and_write_are_errors_until_each_is_allowed() {
    let list = checklist([
        check("load", "touch = 'load'\nworld = 'touch'"),
        check("write", "touch = 'write'\nworld = 'touch'"),
    ]);
    let dossier = run_with(&list, &Options::default());
    assert_eq!(statuses(&dossier), [Status::Error; 2]);
    assert_eq!(world("touch").lock().unwrap().attempts, 0);
    let hint = dossier.record.checks[0].findings[0].hint.as_deref();
    assert_eq!(hint, Some("If this run may do it, add `--allow load`."));
    let options = Options {
        allow: [crate::model::Touch::Write].into(),
        ..Options::default()
    };
    let dossier = run_with(&list, &options);
    assert_eq!(statuses(&dossier), [Status::Error, Status::Pass]);
}
