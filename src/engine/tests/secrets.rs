use super::{check, checklist, run_all, run_with, statuses, told};
use crate::engine::Options;
use crate::model::{Secret, Status};

#[test]
fn a_secret_that_a_probe_repeats_is_struck_everywhere() {
    let settings = |more: &str| format!("secret = 'hunter2hunter'\n{more}");
    let dossier = run_all([
        check("observation", &settings("acts = ['echo']")),
        check("error", &settings("acts = ['refuse']")),
        check("panic", &settings("acts = ['echo panic']")),
        check("plan", &settings("plan-panics = true")),
    ]);
    let json = serde_json::to_string(&dossier.record).unwrap();
    assert!(!json.contains("hunter2"), "{json}");
    assert!(json.contains("struck with ***") && json.contains("no way with ***"));
    assert_eq!(dossier.evidence[0][0].bytes, b"***");
}

#[test]
fn a_secret_from_outside_is_struck_from_what_other_checks_record() {
    let mut checklist = checklist([
        check("owner", "secret = 'hunter2hunter'"),
        check("other", "acts = ['leak']"),
    ]);
    checklist.secrets.everywhere = vec![Secret::from("hunter2hunter")];
    checklist.launch.name = "the launch of hunter2hunter".to_owned();
    let dossier = run_with(&checklist, &Options::default());
    let json = serde_json::to_string(&dossier.record).unwrap();
    assert!(!json.contains("hunter2hunter"), "{json}");
    assert!(json.contains("no way with ***"), "{json}");
    assert_eq!(dossier.evidence[1][0].name, "***.txt");
    assert_eq!(dossier.evidence[1][0].bytes, b"***");
    assert_eq!(dossier.record.launch.name, "the launch of ***");
}

#[test]
fn a_short_secret_and_one_that_settings_show_change_no_other_check() {
    let dossier = run_all([
        check("owner", "secret = 'fail'\nacts = ['pass']"),
        check("other", "acts = ['fail']"),
    ]);
    assert_eq!(statuses(&dossier), [Status::Pass, Status::Fail]);

    let mut checklist = checklist([
        check("owner", "secret = 'database'"),
        check("other", "acts = ['database']"),
    ]);
    checklist.secrets.everywhere = vec![Secret::from("database")];
    let dossier = run_with(&checklist, &Options::default());
    assert_eq!(
        told(&dossier.record.checks[1]),
        ["pass puppet/well: database"]
    );
}
