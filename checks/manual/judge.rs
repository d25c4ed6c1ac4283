//! Who answers for the statement, since when, and with which file.

use jiff::Timestamp;

use super::rules::{FILE, MAX_AGE, NOT_IN_FUTURE, SIGNED_OFF};
use super::{File, Given, Observation, Settings, SignedOff, Word};
use crate::model::units::Period;
use crate::model::{Finding, Judgement, LaunchFacts};

pub(super) fn judge(settings: &Settings, seen: &Observation, facts: &LaunchFacts) -> Judgement {
    let mut findings = Vec::new();
    match (seen.looked_at, &seen.word) {
        (None, _) => findings.push(
            SIGNED_OFF
                .error(
                    &settings.statement,
                    format!("Not looked at: {}", settings.statement),
                )
                .observed("the check stopped before it looked")
                .hint("run the check again"),
        ),
        (Some(_), None) => findings.push(open(settings, facts)),
        (Some(looked_at), Some(word)) => {
            findings.push(said(settings, word));
            if word.accepted {
                findings.extend(in_future(settings, word, looked_at));
                findings.extend(
                    settings
                        .max_age
                        .map(|max_age| age(settings, word, *max_age, facts)),
                );
                findings.extend(file(settings, seen));
            }
        }
    }
    Judgement {
        findings,
        ..Judgement::default()
    }
}

fn open(settings: &Settings, facts: &LaunchFacts) -> Finding {
    SIGNED_OFF
        .fail(
            &settings.statement,
            format!("Not signed off: {}", settings.statement),
        )
        .expected("signed off by a named person")
        .observed("no sign-off")
        .hint(format!(
            "add `signed-off = {{ by = \"your name\", at = {} }}` to the check, or answer in `tminus run --interactive`",
            to_the_second(facts.now)
        ))
}

fn said(settings: &Settings, word: &Word) -> Finding {
    let statement = &settings.statement;
    let by = word.by.trim();
    if by.is_empty() {
        return SIGNED_OFF
            .fail(statement, format!("Signed off without a name: {statement}"))
            .expected("signed off by a named person")
            .observed("`by` is empty")
            .hint("write a name into `by`");
    }
    let mut observed = format!(
        "{} by {by} at {}{}",
        if word.accepted {
            "signed off"
        } else {
            "declined"
        },
        to_the_second(word.at),
        match word.given {
            Given::InChecklist => "",
            Given::InRun => " in this run",
        }
    );
    if !word.note.trim().is_empty() {
        observed.push_str(": ");
        observed.push_str(word.note.trim());
    }
    if word.accepted {
        SIGNED_OFF.pass(statement, statement).observed(observed)
    } else {
        SIGNED_OFF
            .fail(statement, format!("{by} declined: {statement}"))
            .expected("signed off by a named person")
            .observed(observed)
            .hint(format!("ask {by} what is missing, and settle it"))
    }
}

/// Reported only where it is wrong: that a sign-off is in the past goes without saying.
fn in_future(settings: &Settings, word: &Word, looked_at: Timestamp) -> Option<Finding> {
    (word.at > looked_at).then(|| {
        NOT_IN_FUTURE
            .fail(
                &settings.statement,
                "The sign-off is dated after the check ran",
            )
            .expected(format!(
                "not after {}, when the check ran",
                to_the_second(looked_at)
            ))
            .observed(format!("dated {}", to_the_second(word.at)))
            .hint("correct `at` to the time of the sign-off")
    })
}

fn age(settings: &Settings, word: &Word, max_age: Period, facts: &LaunchFacts) -> Finding {
    let subject = &settings.statement;
    let age = facts.t0.duration_since(word.at);
    let fresh = age.is_negative() || age.unsigned_abs() <= max_age.0;
    let observed = match Period(std::time::Duration::from_secs(age.unsigned_abs().as_secs())) {
        distance if age.is_negative() => format!("{distance} after T-0"),
        distance => format!("{distance} before T-0"),
    };
    if fresh {
        let claim = format!("The sign-off is at most {max_age} old at T-0");
        MAX_AGE.pass(subject, claim).observed(observed)
    } else {
        let claim = format!("The sign-off is too old: {observed}, at most {max_age} allowed");
        MAX_AGE
            .fail(subject, claim)
            .expected(format!("at most {max_age} before T-0"))
            .observed(observed)
            .hint("review the item again and sign it off with today's date")
    }
}

fn file(settings: &Settings, seen: &Observation) -> Option<Finding> {
    let SignedOff {
        file,
        sha256: wanted,
        ..
    } = settings.signed_off.as_ref()?;
    let path = file.as_ref()?.display().to_string();
    let expected = match wanted {
        Some(wanted) => format!("SHA-256 {}", wanted.to_ascii_lowercase()),
        None => "a file that can be read".to_owned(),
    };
    let finding = match &seen.file {
        Some(File::Read { size, sha256 }) => {
            let observed = format!("SHA-256 {sha256}, {size} bytes");
            let same = |wanted: &String| wanted.eq_ignore_ascii_case(sha256);
            if wanted.as_ref().is_none_or(same) {
                let claim = match wanted {
                    Some(_) => format!("{path} is the file that was signed off"),
                    None => format!("{path} is there"),
                };
                return Some(FILE.pass(path, claim).observed(observed));
            }
            let claim = format!("{path} is not the file that was signed off");
            FILE.fail(path, claim)
                .observed(observed)
                .hint("find out who changed the file, and have the new version signed off")
        }
        Some(File::Missing) => {
            let claim = format!("{path} is missing");
            FILE.fail(path, claim)
                .observed("no such file")
                .hint("put it there, or correct `file`, which counts from the checklist's folder")
        }
        Some(File::Unreadable { message }) => {
            let claim = format!("{path} cannot be read");
            FILE.error(path, claim)
                .observed(message)
                .hint("make it a regular file of at most 64 MiB that tminus may read")
        }
        None => {
            let claim = format!("{path} was not read to its end");
            FILE.error(path, claim)
                .observed("the deadline passed first")
                .hint("raise the check's `timeout`")
        }
    };
    Some(finding.expected(expected))
}

fn to_the_second(instant: Timestamp) -> String {
    format!("{instant:.0}")
}
