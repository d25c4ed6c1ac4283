//! A program of your own says whether something is ready.
//!
//! # What it checks
//! Runs a program and judges its exit code and what it prints. The program is given as a list of arguments and
//! no shell reads it, so nothing needs quoting; for pipes and variables say `run = ["sh", "-c", "..."]`.
//! Nobody answers its questions: standard input is empty. When the program ends or its timeout passes, all
//! that is left of its process group is killed.
//!
//! # Why it matters
//! Every team has scripts that know better than any generic check whether their system is ready: a smoke test,
//! a contract diff, a drain drill. As a check of the list they run beside the others, with a deadline, and
//! what they printed stands in the signed report.
//!
//! # Example
//! ```toml
//! [[check]]
//! id = "smoke"
//! module = "command"
//! title = "The smoke test passes"
//! timeout = "2m"
//! run = ["./smoke-test", "--target", "gateway.example.com"]
//! stdout-matches = ["^all [0-9]+ scenarios passed$"]
//! stderr-lacks = ["(?i)deprecated"]
//! env = { SMOKE_TOKEN = "${env:SMOKE_TOKEN}" }
//! ```
//!
//! # Settings
//! `run` is the program and its arguments. Whoever can list processes sees them, and so does every report:
//! hand secrets over in `env`, whose values are kept out of the report and are struck from what the program
//! prints. What may be seen, such as `LANG`, stands in `plain-env`. A program that is named with a slash, and
//! `cwd`, count from the checklist's folder. Of each output stream the first and the last 32 KiB are kept.
//! `^` and `$` of a pattern match at lines. A program that burdens or changes a system says so in `touch`; it
//! runs only with `--allow load` or `--allow write`. One that changes a system is run again after it failed only
//! where the check itself says `retries`; those of `[defaults]` are not taken for it.
//!
//! # When it fails
//! The exit code is another one, a signal killed the program, a wanted pattern does not match or an unwanted
//! one does. It is an error, not a failure, when the program could not be started, did not end in time, or
//! when a pattern was not found but part of the output was not kept.
//!
//! # How to fix it
//! Run the same command by hand in the same folder; the report holds what it printed as `stdout.txt` and
//! `stderr.txt`. If it was cut short, raise `timeout` or let the program print less.

mod judge;
mod probe;
mod strike;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instrument::excerpt::Excerpt;
use crate::instrument::process::Exit;
use crate::model::pattern::Pattern;
use crate::model::{
    Complaint, Context, Judgement, LaunchClock, Module, Notebook, Plan, ProbeError, Secret, Touch,
};

/// The module `command`.
#[derive(Debug)]
pub struct Command;

/// What to run and what to expect of it.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// The program and its arguments; no shell reads them.
    #[schemars(length(min = 1))]
    run: Vec<String>,
    /// The exit code that is expected.
    #[serde(default)]
    exit_code: u8,
    /// Patterns that must each match somewhere in standard output.
    #[serde(default)]
    stdout_matches: Vec<Pattern>,
    /// Patterns of which none may match in standard output.
    #[serde(default)]
    stdout_lacks: Vec<Pattern>,
    /// Patterns that must each match somewhere in standard error.
    #[serde(default)]
    stderr_matches: Vec<Pattern>,
    /// Patterns of which none may match in standard error.
    #[serde(default)]
    stderr_lacks: Vec<Pattern>,
    /// The working folder, counted from the checklist's folder, which it is without this key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    cwd: Option<PathBuf>,
    /// Variables to set; the values are secrets.
    #[serde(default)]
    env: BTreeMap<String, Secret>,
    /// Variables to set whose values may be shown.
    #[serde(default)]
    plain_env: BTreeMap<String, String>,
    /// Whether the program starts without the environment of tminus; then it sees the variables set here
    /// and no others.
    #[serde(default)]
    clear_env: bool,
    /// What the program does to the systems it meets.
    #[serde(default)]
    touch: Touch,
}

/// What was seen of the program.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Absent until the program ended or could not be started.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    outcome: Option<Outcome>,
    /// What it printed until then.
    #[serde(default)]
    stdout: Excerpt,
    /// What it printed as errors until then.
    #[serde(default)]
    stderr: Excerpt,
}

/// What became of the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Outcome {
    /// It ran and ended.
    Ended {
        /// How.
        exit: Exit,
        /// From its start to its end.
        duration_ms: u64,
        /// Whether a process that it left behind held its output open.
        output_held: bool,
    },
    /// It could not be run.
    NotRun {
        /// What stood in the way.
        obstacle: Obstacle,
        /// In words, with what the system says.
        message: String,
    },
}

/// Why a program could not be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Obstacle {
    /// No such program.
    NotFound,
    /// A file that is no program, or not for this user.
    NotExecutable,
    /// The working folder cannot be entered.
    Folder,
    /// Anything else.
    System,
}

impl Module for Command {
    const NAME: &'static str = "command";
    const SOURCE: &'static str = include_str!("mod.rs");
    const EXAMPLE: &'static str = include_str!("example.toml");
    const RULES: &'static [crate::model::Rule] = &[]; // TRANSITION
    const FORMAT: u32 = 1;

    type Settings = Settings;
    type Observation = Observation;

    fn review(settings: &Settings) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if settings.run.first().is_none_or(String::is_empty) {
            complaints.push(
                Complaint::new("run", "no program is named").help(
                    "write the program and its arguments: run = [\"./smoke-test\", \"--fast\"]",
                ),
            );
        }
        if settings.run.iter().any(|word| word.contains('\0')) {
            complaints.push(Complaint::new(
                "run",
                "an argument holds a NUL byte, which no program can be handed",
            ));
        }
        let secret = settings
            .env
            .iter()
            .map(|(name, value)| ("env", name, value.expose()));
        let plain = settings
            .plain_env
            .iter()
            .map(|(name, value)| ("plain-env", name, value.as_str()));
        for (key, name, value) in secret.chain(plain) {
            if name.is_empty() || name.contains(['=', '\0']) {
                complaints.push(Complaint::new(
                    key,
                    format!("\"{name}\" cannot be the name of a variable"),
                ));
            }
            if value.contains('\0') {
                complaints.push(Complaint::new(
                    key,
                    format!("the value of `{name}` holds a NUL byte"),
                ));
            }
        }
        let twice = |name: &&String| settings.env.contains_key(*name);
        complaints.extend(settings.plain_env.keys().filter(twice).map(|name| {
            Complaint::new("plain-env", format!("`{name}` stands in `env` as well"))
                .help("keep it in `env` if it is a secret, in `plain-env` if it may be shown")
        }));
        complaints
    }

    fn plan(settings: &Settings) -> Plan {
        Plan {
            touch: settings.touch,
            load: format!("runs {}", shown(&settings.run)),
            ..Plan::default()
        }
    }

    async fn probe(
        settings: &Settings,
        context: &Context,
        notes: &Notebook<Observation>,
    ) -> Result<(), ProbeError> {
        probe::probe(settings, context, notes).await
    }

    fn judge(settings: &Settings, observation: &Observation, _: &LaunchClock) -> Judgement {
        judge::judge(settings, observation)
    }
}

/// A command line as a shell would take it, cut where it gets long.
fn shown(run: &[String]) -> String {
    const LONGEST: usize = 120;
    let plain = |word: &str| {
        let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
        !word.is_empty() && word.chars().all(harmless)
    };
    let quoted = |word: &String| match plain(word) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    };
    let line = run.iter().map(quoted).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &line[..end]),
        None => format!("`{line}`"),
    }
}
