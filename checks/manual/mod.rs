//! Has a person sign off what no machine can see.
//!
//! # What it checks
//! - A named person has signed the statement off; declining it is a failure.
//! - The sign-off is not dated in the future.
//! - It is at most `max-age` old at T-0.
//! - The file it rests on is there, and has the SHA-256 that was signed off.
//!
//! # Why it matters
//! A load-test report that was read, a rollback that was rehearsed, a customer who was informed: a launch depends on
//! them as on any server. On the checklist they cannot be forgotten, and the report says who answers for them.
//!
//! # Example
//! ```toml
//! [[check]]
//! id = "load-test"
//! module = "manual"
//! statement = "The load test reached 8,000 queries/s within its error budget"
//! max-age = "7d"
//! signed-off = { by = "Li Wei", at = 2026-11-21T09:30:00Z, file = "load-test.pdf" }
//! ```
//!
//! # Settings
//! Without `signed-off` the item is open. `file` counts from the checklist's folder and may have up to 64 MiB; its
//! size and SHA-256 go into the report, and the file itself up to 1 MiB.
//!
//! # When it fails
//! The item is open, was declined, or has no name; the sign-off is dated in the future or too long before T-0; the
//! file is missing or is another one. A file that cannot be read is an error.
//!
//! # How to fix it
//! Do what the statement says. Then add `signed-off` with your name and the time, or answer when
//! `tminus run --interactive` asks.
//!
//! # Answering during a run
//! `tminus run --interactive` asks on a terminal for every open item. The answer counts for that run only; to keep it,
//! write it into the checklist.

mod judge;
mod probe;
mod rules;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::module::NoRetry;
use crate::model::plan::Question;
use crate::model::units::{UpTo, YEAR};
use crate::model::{
    Complaint, Context, Instant, Judgement, LaunchFacts, Module, Notebook, Plan, ProbeError, Rule,
};

/// The question's key, by which the answer is found.
const SIGN_OFF: &str = "sign-off";

/// The module `manual`.
#[derive(Debug)]
pub struct Manual;

/// What has to be signed off, and who did it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// The statement that a person signs off.
    statement: String,
    /// Who signed it off, and when. Without it the item is open.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    signed_off: Option<SignedOff>,
    /// Maximum age of the sign-off at T-0.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    max_age: Option<UpTo<YEAR>>,
}

/// A sign-off as the checklist holds it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SignedOff {
    /// The person's name.
    by: String,
    /// When it was signed off.
    at: Instant,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    note: Option<String>,
    /// The file that the sign-off is based on, relative to the checklist.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    file: Option<PathBuf>,
    /// The SHA-256 that the file must have, as 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sha256: Option<String>,
}

/// What was found of a sign-off.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// When the probe looked; absent when it did not come to look.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    looked_at: Option<Timestamp>,
    /// What a person said; absent when no one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    word: Option<Word>,
    /// What became of the file; absent when none is named, or its reading did not end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    file: Option<File>,
}

/// What a person said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Word {
    /// Whether it was a yes.
    accepted: bool,
    /// Who said it.
    by: String,
    /// When.
    at: Timestamp,
    /// A remark, possibly empty.
    note: String,
    /// How it came to us.
    given: Given,
}

/// How a person's word came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Given {
    /// Written in the checklist.
    InChecklist,
    /// Answered during the run.
    InRun,
}

/// The file that a sign-off rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum File {
    /// It was read to its end.
    Read {
        /// Number of bytes.
        size: u64,
        /// SHA-256, hexadecimal.
        sha256: String,
    },
    /// It is not there.
    Missing,
    /// It is there and could not be read.
    Unreadable {
        /// Why.
        message: String,
    },
}

impl Module for Manual {
    const NAME: &'static str = "manual";
    const SOURCE: &'static str = include_str!("mod.rs");
    const ALSO_CALLED: &'static [&'static str] =
        &["human", "approval", "sign-off", "signoff", "person", "todo"];
    const EXAMPLE: &'static str = include_str!("example.toml");
    const RULES: &'static [Rule] = rules::RULES;
    const FORMAT: u32 = 1;

    type Settings = Settings;
    type Observation = Observation;

    fn review(settings: &Settings) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if settings.statement.trim().is_empty() {
            complaints
                .push(Complaint::new("statement", "it says nothing").help(
                    "write what the person assures, as a sentence that can be true or false",
                ));
        }
        if let Some(SignedOff {
            file,
            sha256: Some(sha256),
            ..
        }) = &settings.signed_off
        {
            if !(sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit())) {
                complaints.push(
                    Complaint::new("signed-off", "`sha256` is not a SHA-256")
                        .help("write the 64 hexadecimal digits that `sha256sum FILE` prints"),
                );
            }
            if file.is_none() {
                complaints.push(
                    Complaint::new("signed-off", "`sha256` is given without `file`")
                        .help("name the file that has this digest"),
                );
            }
        }
        complaints
    }

    fn no_retry(_: &Settings) -> Option<NoRetry> {
        let reason = "a sign-off does not change between two attempts";
        Some(NoRetry::Pointless(reason))
    }

    fn plan(settings: &Settings) -> Plan {
        let open = settings.signed_off.is_none();
        let file = settings
            .signed_off
            .as_ref()
            .and_then(|signed| signed.file.as_ref());
        let question = || Question {
            key: SIGN_OFF.to_owned(),
            text: settings.statement.clone(),
        };
        Plan {
            load: match file {
                Some(file) => format!("reads {}", file.display()),
                None => "nothing".to_owned(),
            },
            questions: open.then(question).into_iter().collect(),
            ..Plan::default()
        }
    }

    async fn probe(
        settings: &Settings,
        context: &Context,
        notes: &Notebook<Observation>,
    ) -> Result<(), ProbeError> {
        probe::probe(settings, context, notes).await;
        Ok(())
    }

    fn judge(settings: &Settings, observation: &Observation, facts: &LaunchFacts) -> Judgement {
        judge::judge(settings, observation, facts)
    }
}
