//! The judge by table, and what the settings refuse.

use super::*;
use crate::model::Status::{Error, Fail, Pass};

const RAN_AT: &str = "2026-11-23T12:00:00Z";
const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn settings(more: &str) -> Settings {
    toml::from_str(&format!("statement = 'The rollback was rehearsed'\n{more}")).unwrap()
}

fn signed(at: &str) -> Observation {
    Observation {
        looked_at: Some(time(RAN_AT)),
        word: Some(Word {
            accepted: true,
            by: "Li Wei".into(),
            at: time(at),
            note: String::new(),
            given: Given::InChecklist,
        }),
        file: None,
    }
}

fn with_file(file: Option<File>) -> Observation {
    Observation {
        file,
        ..signed("2026-11-20T00:00:00Z")
    }
}

fn judged(settings: &Settings, seen: &Observation) -> Judgement {
    let facts = LaunchFacts::timed(time("2026-11-24T02:00:00Z"), time("2026-11-23T11:59:00Z"));
    Manual::judge(settings, seen, &facts)
}

#[test]
fn somebody_must_have_said_yes() {
    let word = |change: fn(&mut Word)| {
        let mut seen = signed("2026-11-20T00:00:00Z");
        seen.word.as_mut().map(change);
        seen
    };
    let open = Observation {
        word: None,
        ..signed(RAN_AT)
    };
    for (seen, status) in [
        (signed("2026-11-20T00:00:00Z"), Pass),
        (word(|word| word.accepted = false), Fail),
        (word(|word| word.by = "  ".into()), Fail),
        (open, Fail),
        (Observation::default(), Error),
    ] {
        let judgement = judged(&settings(""), &seen);
        assert_eq!(judgement.status(), status, "{judgement:#?}");
    }
}

#[test]
fn a_sign_off_is_neither_of_the_future_nor_stale() {
    // T-0 is 2026-11-24T02:00:00Z, the check ran on the 23rd at noon.
    for (more, at, status) in [
        ("", RAN_AT, Pass),
        ("", "2026-11-23T12:00:01Z", Fail),
        ("", "2020-01-01T00:00:00Z", Pass),
        ("max-age = '3d'", "2026-11-21T02:00:00Z", Pass),
        ("max-age = '3d'", "2026-11-21T01:59:59Z", Fail),
        ("max-age = '3d'", "2026-11-24T03:00:00Z", Fail), // fresh, and of the future
    ] {
        let judgement = judged(&settings(more), &signed(at));
        assert_eq!(judgement.status(), status, "{more} {at}: {judgement:#?}");
    }
}

#[test]
fn the_file_is_the_one_that_was_signed_off() {
    let named = |more: &str| {
        settings(&format!(
            "signed-off = {{ by = 'Li Wei', at = 2026-11-20T00:00:00Z, file = 'a.pdf'{more} }}"
        ))
    };
    let plain = named("");
    let pinned = named(&format!(", sha256 = '{}'", DIGEST.to_uppercase()));
    let read = |sha256: &str| {
        Some(File::Read {
            size: 3,
            sha256: sha256.into(),
        })
    };
    let unreadable = || {
        Some(File::Unreadable {
            message: "permission denied".into(),
        })
    };
    for (settings, file, status) in [
        (&plain, read(DIGEST), Pass),
        (&pinned, read(DIGEST), Pass),
        (&pinned, read(&"0".repeat(64)), Fail),
        (&plain, Some(File::Missing), Fail),
        (&pinned, Some(File::Missing), Fail),
        (&plain, unreadable(), Error),
        (&plain, None, Error),
    ] {
        let seen = with_file(file);
        let judgement = judged(settings, &seen);
        assert_eq!(judgement.status(), status, "{seen:?}: {judgement:#?}");
    }
}

#[test]
fn findings_say_what_was_expected_and_seen() {
    let mut declined = signed("2026-11-20T08:00:00.123Z");
    if let Some(word) = &mut declined.word {
        word.accepted = false;
        word.given = Given::InRun;
        word.note = "not on the new cluster".into();
    }
    let open = Observation {
        word: None,
        ..signed(RAN_AT)
    };
    let told: Vec<_> = [
        judged(&settings("max-age = '1d'"), &signed("2026-11-20T08:00:00Z")),
        judged(&settings(""), &declined),
        judged(&settings(""), &open),
    ]
    .into_iter()
    .flat_map(|judgement| judgement.findings)
    .map(|finding| {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        format!(
            "{} {} | {} | {} | {} | {}",
            finding.status,
            finding.rule(),
            finding.claim,
            text(&finding.expected),
            text(&finding.observed),
            text(&finding.hint)
        )
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    pass manual/signed-off | The rollback was rehearsed |  | signed off by Li Wei at 2026-11-20T08:00:00Z | 
    fail manual/max-age | The sign-off is too old: 3 days 18 h before T-0, at most 1 day allowed | at most 1 day before T-0 | 3 days 18 h before T-0 | Review the item again and sign it off with today's date.
    fail manual/signed-off | Li Wei declined: The rollback was rehearsed | signed off by a named person | declined by Li Wei at 2026-11-20T08:00:00Z in this run: not on the new cluster | Ask Li Wei what is missing, and settle it.
    fail manual/signed-off | Not signed off: The rollback was rehearsed | signed off by a named person | no sign-off | Add `signed-off = { by = "your name", at = 2026-11-23T11:59:00Z }` to the check, or answer in `tminus run --interactive`.
    "#);
}

#[test]
fn settings_are_refused_with_the_reason() {
    for (more, reason) in [
        ("signed-off = { by = 'A' }", "missing field `at`"),
        (
            "signed-off = { by = 'A', at = 2026-11-20 }",
            "has no offset",
        ),
        ("signed-off = true", "expected struct SignedOff"),
        (
            "signed-off = { by = 'A', at = 2026-11-20T00:00:00Z, who = 'B' }",
            "unknown field `who`",
        ),
        ("max-age = 7", "duration"),
    ] {
        let text = format!("statement = 'x'\n{more}");
        let error = toml::from_str::<Settings>(&text).unwrap_err().to_string();
        assert!(error.contains(reason), "{more}: {error}");
    }
}

#[test]
fn the_review_finds_what_types_cannot() {
    let at = "by = 'A', at = 2026-11-20T00:00:00Z";
    for (text, key) in [
        ("statement = ' '".to_owned(), "statement"),
        (
            format!("statement = 'x'\nsigned-off = {{ {at}, file = 'a', sha256 = 'abc' }}"),
            "signed-off",
        ),
        (
            format!("statement = 'x'\nsigned-off = {{ {at}, sha256 = '{DIGEST}' }}"),
            "signed-off",
        ),
    ] {
        let complaints = Manual::review(&toml::from_str(&text).unwrap());
        let keys: Vec<_> = complaints.iter().map(|complaint| complaint.key).collect();
        assert_eq!(keys, [key], "{text}: {complaints:?}");
    }
}

#[test]
fn only_an_open_item_is_asked_for() {
    let question = Question {
        key: SIGN_OFF.to_owned(),
        text: "The rollback was rehearsed".to_owned(),
    };
    assert_eq!(Manual::plan(&settings("")).questions, [question]);
    let signed = settings("signed-off = { by = 'A', at = 2026-11-20T00:00:00Z, file = 'a.pdf' }");
    let plan = Manual::plan(&signed);
    assert_eq!(plan.questions, []);
    assert_eq!(plan.load, "reads a.pdf");
}
