use std::time::Duration;

use super::puppet::world;
use super::{check, checklist, run_all, run_with, statuses};
use crate::engine::Options;
use crate::model::Status;

#[test]
fn no_more_checks_run_at_a_time_than_there_are_jobs() {
    let checks = (0..24).map(|number| {
        check(
            &format!("c{number}"),
            "world = 'jobs'\nacts = ['sleep pass']\nsleep-ms = 100",
        )
    });
    let options = Options {
        jobs: 5,
        ..Options::default()
    };
    let dossier = run_with(&checklist(checks), &options);
    assert!(
        statuses(&dossier)
            .iter()
            .all(|&status| status == Status::Pass)
    );
    let world = world("jobs");
    assert_eq!(world.lock().unwrap().most, 5);
}

#[test]
fn no_more_checks_meet_a_host_than_its_limit_and_others_do_not_wait_behind_them() {
    let crowd = (0..8).map(|number| {
        check(
            &format!("crowd{number}"),
            "world = 'hosts'\nhosts = ['crowded', 'shared']\nacts = ['sleep pass']\nsleep-ms = 60",
        )
    });
    let other = check(
        "other",
        "world = 'hosts'\nhosts = ['quiet']\nacts = ['sleep pass']\nsleep-ms = 60",
    );
    let options = Options {
        per_host: 2,
        ..Options::default()
    };
    let dossier = run_with(&checklist(crowd.chain([other])), &options);
    let world = world("hosts");
    let world = world.lock().unwrap();
    assert_eq!(world.most_at_host["crowded"], 2);
    assert_eq!(world.most, 3, "the quiet host is met at once");
    assert!(
        statuses(&dossier)
            .iter()
            .all(|&status| status == Status::Pass)
    );
}

#[test]
fn a_thousand_checks_end_in_checklist_order() {
    let checks = (0..1_000).map(|number| {
        let acts = if number % 10 == 0 { "fail" } else { "pass" };
        let settings = format!(
            "acts = ['sleep {acts}']\nsleep-ms = {}\nhosts = ['h{}']",
            (1_000 - number) % 7,
            number % 13
        );
        check(&format!("c{number}"), &settings)
    });
    let record = run_all(checks).record;
    let ids: Vec<_> = record.checks.iter().map(|check| check.id.clone()).collect();
    assert_eq!(
        ids,
        (0..1_000)
            .map(|number| format!("c{number}"))
            .collect::<Vec<_>>()
    );
    assert_eq!((record.summary.pass, record.summary.fail), (900, 100));
}

#[test]
fn fifty_sleeping_checks_with_fifty_jobs_take_as_long_as_one() {
    let checks: Vec<_> = (0..50)
        .map(|number| {
            check(
                &format!("c{number}"),
                "acts = ['sleep pass']\nsleep-ms = 500",
            )
        })
        .collect();
    let began = crate::instrument::clock::instant();
    run_all(checks);
    assert!(
        began.elapsed() < Duration::from_millis(1_500),
        "{:?}",
        began.elapsed()
    );
}
