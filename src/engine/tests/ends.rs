use std::time::Duration;

use super::puppet::world;
use super::{Stage, check, checklist, needing, run_all, run_with, statuses, told};
use crate::engine::event::Event;
use crate::engine::{Options, differences, rejudge};
use crate::model::record::{End, NotRun};
use crate::model::{Status, Verdict};

fn hurried() -> Options {
    Options {
        timeout: Some(Duration::from_millis(400)),
        ..Options::default()
    }
}

#[test]
fn a_hanging_probe_ends_at_its_deadline_and_what_it_noted_is_judged() {
    let list = checklist([
        check("passed-before", "acts = ['pass hang']"),
        check("failed-before", "acts = ['fail hang']"),
        check("nothing-before", "acts = ['hang']"),
    ]);
    let dossier = run_with(&list, &hurried());
    assert_eq!(
        statuses(&dossier),
        [Status::Error, Status::Fail, Status::Error]
    );
    let checks = &dossier.record.checks;
    assert_eq!(
        checks[0].attempts[0].end,
        End::DeadlinePassed { timeout_ms: 400 }
    );
    insta::assert_snapshot!(told(&checks[0]).join("\n"), @r"
    error run/deadline: still running when the deadline passed
    pass puppet/well: pass
    ");
    assert_eq!(
        checks[0].findings[0].expected.as_deref(),
        Some("within 400 ms")
    );
    assert_eq!(dossier.evidence[1][0].bytes, b"fail");
    assert_eq!(checks[1].evidence[0].size, 4);
}

#[test]
fn a_probe_that_blocks_its_thread_holds_up_no_deadline() {
    let blocked = (0..4).map(|number| check(&format!("c{number}"), "acts = ['pass block']"));
    let began = crate::instrument::clock::instant();
    let dossier = run_with(&checklist(blocked), &hurried());
    assert!(
        began.elapsed() < Duration::from_millis(2_500),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(statuses(&dossier), [Status::Error; 4]);
    // Two threads: two probes wrote before they blocked, the others never had a thread to run on.
    let noted = dossier.evidence.iter().filter(|kept| !kept.is_empty());
    assert_eq!(noted.count(), 2);
}

#[test]
fn a_timeout_longer_than_time_is_no_panic() {
    let options = Options {
        timeout: Some(Duration::MAX),
        ..Options::default()
    };
    let dossier = run_with(&checklist([check("c", "")]), &options);
    assert_eq!(statuses(&dossier), [Status::Pass]);
}

#[test]
fn a_panic_anywhere_in_a_module_is_its_own_checks_error() {
    let dossier = run_all([
        check("probe", "acts = ['pass panic']"),
        check("judge", "judge = 'panics'"),
        check("plan", "plan-panics = true"),
        check("well", ""),
    ]);
    use Status::{Error, Pass};
    assert_eq!(statuses(&dossier), [Error, Error, Error, Pass]);
    let checks = &dossier.record.checks;
    let told: Vec<_> = checks[..3].iter().flat_map(told).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    error run/panic: the module panicked: struck with nothing
    pass puppet/well: pass
    error run/panic: the judge panicked: cannot judge
    error run/panic: the module panicked: no plan with nothing
    ");
    assert_eq!(checks[2].attempts.len(), 1);
}

#[test]
fn nothing_found_is_an_error_and_numbers_stay_finite() {
    let dossier = run_all([
        check("silent", "judge = 'says-nothing'"),
        check("infinite", "judge = 'not-finite'"),
        check("refused", "acts = ['refuse']"),
    ]);
    assert_eq!(
        statuses(&dossier),
        [Status::Error, Status::Pass, Status::Error]
    );
    let checks = &dossier.record.checks;
    assert_eq!(told(&checks[0]), ["error run/empty: no findings"]);
    assert!(checks[1].measures.is_empty());
    assert_eq!(checks[2].findings[0].hint.as_deref(), Some("Not nothing."));
}

#[test]
fn attempts_are_repeated_with_growing_pauses_and_all_are_recorded() {
    let mut flaky = check("flaky", "acts = ['fail', 'panic', 'pass']\nworld = 'flaky'");
    flaky.retries = 5;
    let list = checklist([flaky]);
    let (dossier, events) = Stage::new().run(&list, &Options::default());
    let check = &dossier.record.checks[0];
    assert_eq!(check.status, Status::Pass);
    let attempts: Vec<_> = check
        .attempts
        .iter()
        .map(|attempt| (attempt.number, attempt.status))
        .collect();
    assert_eq!(
        attempts,
        [(1, Status::Fail), (2, Status::Error), (3, Status::Pass)]
    );
    let first = check.attempts[0].observation.as_ref().unwrap().get();
    assert!(first.starts_with(r#"{"format":7,"evidence":[""#), "{first}");
    assert!(first.ends_with(r#"],"notes":["fail"]}"#), "{first}");
    assert!(
        check.attempts[2].observation.is_none(),
        "it is in the check"
    );
    let pauses = events.iter().filter_map(|event| match event {
        Event::AttemptFailed { pause, .. } => Some(pause.as_millis()),
        _ => None,
    });
    assert_eq!(pauses.collect::<Vec<_>>(), [250, 500]);
    assert!(check.duration_ms >= 750, "{}", check.duration_ms);
}

#[test]
fn a_pause_between_attempts_holds_no_job() {
    let mut flaky = check("flaky", "acts = ['fail', 'pass']\nworld = 'pause'");
    flaky.retries = 1;
    let list = checklist([flaky, check("other", "")]);
    let options = Options {
        jobs: 1,
        ..Options::default()
    };
    let (dossier, events) = Stage::new().run(&list, &options);
    assert_eq!(statuses(&dossier), [Status::Pass; 2]);
    let first = events
        .iter()
        .find(|event| matches!(event, Event::CheckFinished { .. }));
    assert!(matches!(first, Some(Event::CheckFinished { check: 1, .. })));
}

#[test]
fn a_stop_keeps_what_was_noted_and_marks_the_record() {
    let mut flaky = check(
        "between-attempts",
        "acts = ['fail', 'fail', 'fail', 'fail', 'pass']\nworld = 'stop flaky'",
    );
    flaky.retries = 9;
    let list = checklist([
        flaky,
        check("done", ""),
        check("running", "acts = ['fail hang']\nworld = 'stop'"),
        check("quiet", "acts = ['hang']"),
        needing(check("behind", ""), &["running"]),
    ]);
    let stage = Stage::new();
    let signal = stage.signal.clone();
    let sender = std::thread::spawn(move || {
        while world("stop").lock().unwrap().running == 0
            || world("stop flaky").lock().unwrap().attempts < 3
        {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(100));
        signal.send_replace(Some("SIGTERM"));
        crate::instrument::clock::instant()
    });
    let (dossier, events) = stage.run(&list, &Options::default());
    let since = sender.join().unwrap().elapsed();
    assert!(
        since < Duration::from_millis(700),
        "{since:?}: the pause of one second does not hold up the end"
    );
    use Status::{Error, Fail, Pass, Skipped};
    assert_eq!(statuses(&dossier), [Fail, Pass, Fail, Error, Skipped]);
    let record = &dossier.record;
    assert_eq!(record.checks[0].attempts.len(), 3);
    assert_eq!(record.checks[2].attempts[0].end, End::Interrupted);
    assert_eq!(record.checks[4].not_run, Some(NotRun::Interrupted));
    assert!(!record.run.complete);
    assert_eq!(record.run.interrupted_by.as_deref(), Some("SIGTERM"));
    assert_eq!(record.verdict, Verdict::NoGo);
    assert!(events.contains(&Event::Stopping));
    let again = rejudge(record, super::REGISTRY, None).unwrap();
    assert_eq!(differences(record, &again), []);
}

#[test]
fn a_stop_before_the_run_attempts_nothing() {
    let stage = Stage::new();
    stage.signal.send_replace(Some("SIGINT"));
    let list = checklist([check("a", "world = 'stopped before'"), check("b", "")]);
    let (dossier, _) = stage.run(&list, &Options::default());
    assert_eq!(statuses(&dossier), [Status::Skipped; 2]);
    assert_eq!(world("stopped before").lock().unwrap().attempts, 0);
    assert_eq!(dossier.record.verdict, Verdict::Undetermined);
}
