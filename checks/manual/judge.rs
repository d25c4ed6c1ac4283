//! Who answers for the statement, since when, and with which file.

use jiff::Timestamp;

use super::{File, Given, Observation, Settings, SignedOff, Word};
use crate::model::units::Period;
use crate::model::{Finding, Judgement, LaunchClock};

pub(super) fn judge(settings: &Settings, seen: &Observation, clock: &LaunchClock) -> Judgement {
    let mut findings = Vec::new();
    match (seen.looked_at, &seen.word) {
        (None, _) => findings.push(
            Finding::error(&settings.statement)
                .observed("it was not looked at")
                .hint("run the check again; it may have been stopped before it began"),
        ),
        (Some(_), None) => findings.push(open(settings, clock)),
        (Some(looked_at), Some(word)) => {
            findings.push(said(settings, word));
            if word.accepted {
                findings.extend(in_future(word, looked_at));
                findings.extend(settings.max_age.map(|max_age| age(word, max_age, clock)));
                findings.extend(file(settings, seen));
            }
        }
    }
    Judgement {
        findings,
        ..Judgement::default()
    }
}

fn open(settings: &Settings, clock: &LaunchClock) -> Finding {
    Finding::fail(&settings.statement)
        .expected("signed off by a named person")
        .observed("nobody has signed it off")
        .hint(format!(
            "add `signed-off = {{ by = \"your name\", at = {} }}` to the check, or answer in `tminus run --interactive`",
            to_the_second(clock.now)
        ))
}

fn said(settings: &Settings, word: &Word) -> Finding {
    let claim = &settings.statement;
    let by = word.by.trim();
    if by.is_empty() {
        return Finding::fail(claim)
            .expected("signed off by a named person")
            .observed("the sign-off names nobody")
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
        Finding::pass(claim).observed(observed)
    } else {
        Finding::fail(claim)
            .expected("signed off by a named person")
            .observed(observed)
            .hint(format!("settle with {by} what is missing, then ask again"))
    }
}

/// Said only where it is wrong: that a sign-off lies in the past goes without saying.
fn in_future(word: &Word, looked_at: Timestamp) -> Option<Finding> {
    (word.at > looked_at).then(|| {
        Finding::fail("the sign-off has been made")
            .expected(format!(
                "not after {}, when the check ran",
                to_the_second(looked_at)
            ))
            .observed(format!("dated {}", to_the_second(word.at)))
            .hint("correct `at`; nobody signs off what is yet to come")
    })
}

fn age(word: &Word, max_age: Period, clock: &LaunchClock) -> Finding {
    let claim = format!("the sign-off is not older than {max_age} at T-0");
    let age = clock.t0.duration_since(word.at);
    let fresh = age.is_negative() || age.unsigned_abs() <= max_age.0;
    let observed = match Period(std::time::Duration::from_secs(age.unsigned_abs().as_secs())) {
        distance if age.is_negative() => format!("{distance} after T-0"),
        distance => format!("{distance} before T-0"),
    };
    if fresh {
        Finding::pass(claim).observed(observed)
    } else {
        Finding::fail(claim)
            .expected(format!("at most {max_age} before T-0"))
            .observed(observed)
            .hint("look at it again and sign it off anew")
    }
}

fn file(settings: &Settings, seen: &Observation) -> Option<Finding> {
    let SignedOff {
        file,
        sha256: wanted,
        ..
    } = settings.signed_off.as_ref()?;
    let path = file.as_ref()?.display();
    let claim = match wanted {
        Some(_) => format!("{path} is the file that was signed off"),
        None => format!("{path} is at hand"),
    };
    let expected = match wanted {
        Some(wanted) => format!("SHA-256 {}", wanted.to_ascii_lowercase()),
        None => "a file that can be read".to_owned(),
    };
    let finding = match &seen.file {
        Some(File::Read { size, sha256 }) => {
            let observed = format!("SHA-256 {sha256}, {size} bytes");
            let same = |wanted: &String| wanted.eq_ignore_ascii_case(sha256);
            if wanted.as_ref().is_none_or(same) {
                return Some(Finding::pass(claim).observed(observed));
            }
            Finding::fail(claim)
                .observed(observed)
                .hint("find out who changed the file, and have the new one signed off")
        }
        Some(File::Missing) => Finding::fail(claim)
            .observed("there is no such file")
            .hint("put it there or mend `file`; it counts from the checklist's folder"),
        Some(File::Unreadable { message }) => Finding::error(claim)
            .observed(message)
            .hint("let tminus read it, and keep it below 64 MiB"),
        None => Finding::error(claim)
            .observed("it was not read to its end")
            .hint("raise the check's `timeout`"),
    };
    Some(finding.expected(expected))
}

fn to_the_second(instant: Timestamp) -> String {
    format!("{instant:.0}")
}
