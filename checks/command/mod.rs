//! Runs a program of your own and judges its exit code and output.
//!
//! # What it checks
//! - The program starts, and ends before the check's deadline.
//! - It ends with the expected exit code; being killed by a signal is a failure.
//! - Its output matches every pattern of `stdout-matches` and `stderr-matches`.
//! - Its output matches no pattern of `stdout-lacks` and `stderr-lacks`.
//! - It leaves no process behind that holds its output; that is a warning. When the program ends or its deadline passes,
//!   all that is left of its process group is killed; a process that moved to another session (`setsid`) stays.
//!
//! # Why it matters
//! Every team has scripts that know better than any generic check whether their system is ready: a smoke test, a
//! contract diff, a drain drill. Here they run beside the other checks, with a deadline, and the signed report keeps
//! what they printed.
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
//! `^` and `$` in a pattern match at the beginning and end of a line. A program named with a slash, and `cwd`, count
//! from the checklist's folder.
//!
//! # When it fails
//! The exit code is not the expected one, a signal killed the program, a required pattern does not match, or a
//! pattern that is ruled out does. It is an error, not a failure, when the program cannot be started, does not end in
//! time, or when a pattern has no match in the part of the output that was kept.
//!
//! # How to fix it
//! Run the same command by hand in the same folder. The report keeps what it printed as `stdout.txt` and
//! `stderr.txt`. If the check was cut short, raise its `timeout` or make the program print less.
//!
//! # No shell, no input
//! `run` is the program and its arguments. No shell reads them, so nothing needs quoting; for pipes and variables
//! write `run = ["sh", "-c", "..."]`. Standard input is empty.
//!
//! # Secrets
//! Anyone who can list processes sees the arguments in `run`, and so does every reader of a report. Pass secrets in
//! `env`: their values stay out of the report and are struck from what the program prints, also as base64, hexadecimal
//! or JSON. A secret in `run` is refused. Patterns are matched before secrets are struck. Put what may be seen, such
//! as `LANG`, into `plain-env`.
//!
//! A value from `${env:}`, `${file:}` or `${var:}` of 8 bytes or more is struck from everything the run records; other
//! values are struck from this check only, and a value of 4 to 7 bytes is a warning of the run. A value of fewer than 4
//! bytes is refused: striking it would also strike parts of other words.
//!
//! # Output
//! Of each stream the first and the last 32 KiB are kept.
//!
//! # Programs that load or change a system
//! Say so in `touch`. Such a program runs only with `--allow load` or `--allow write`. A program with `touch =
//! "write"` is retried only if the check itself sets `retries`; `[defaults]` does not apply to it.

mod judge;
mod output;
mod probe;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::output::Printed;
use crate::instrument::process::Exit;
use crate::model::pattern::Pattern;
use crate::model::secret::SHORTEST_EVERYWHERE;
use crate::model::{
    Complaint, Context, Family, Judgement, LaunchFacts, Module, Notebook, Plan, ProbeError, Rule,
    Secret, Touch,
};

/// The module `command`.
#[derive(Debug)]
pub struct Command;

/// What to run and what to expect of it.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// The program and its arguments; no shell is involved.
    #[schemars(length(min = 1))]
    run: Vec<String>,
    /// The expected exit code.
    #[serde(default)]
    exit_code: u8,
    /// Patterns that must each match somewhere in standard output.
    #[serde(default)]
    stdout_matches: Vec<Pattern>,
    /// Patterns that must not match anywhere in standard output.
    #[serde(default)]
    stdout_lacks: Vec<Pattern>,
    /// Patterns that must each match somewhere in standard error.
    #[serde(default)]
    stderr_matches: Vec<Pattern>,
    /// Patterns that must not match anywhere in standard error.
    #[serde(default)]
    stderr_lacks: Vec<Pattern>,
    /// Working folder, relative to the checklist. Default: the folder of the checklist.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    cwd: Option<PathBuf>,
    /// Environment variables to set. Their values are secrets.
    #[serde(default)]
    env: BTreeMap<String, Secret>,
    /// Environment variables to set whose values reports may show.
    #[serde(default)]
    plain_env: BTreeMap<String, String>,
    /// Whether the program sees only the variables set here, and not the environment of tminus.
    #[serde(default)]
    clear_env: bool,
    /// What the program does to the systems it contacts.
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
    stdout: Printed,
    /// What it printed as errors until then.
    #[serde(default)]
    stderr: Printed,
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
        /// Whether one held it even after the process group was killed.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        output_held_on: bool,
        /// The interpreter that was not found because the script's first line ends in a carriage return.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        carriage_return: Option<String>,
    },
    /// It could not be run.
    NotRun {
        /// What prevented it.
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
    /// A script without its interpreter, or a program without its loader.
    NoInterpreter,
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
    const ALSO_CALLED: &'static [&'static str] =
        &["exec", "shell", "script", "run", "cmd", "bash", "process"];
    const EXAMPLE: &'static str = include_str!("example.toml");
    const RULES: &'static [Rule] = rules::RULES;
    const MEASURES: &'static [Family] = rules::MEASURES;
    const FORMAT: u32 = 2;

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
        for (key, name) in settings.exposed() {
            let problem = format!("the value of `env.{name}` is in it, and reports show `{key}`");
            let complaint = Complaint::new(key, problem);
            complaints.push(complaint.help(format!(
                "remove it there: the program finds it in the variable `{name}` of `env`, as in run = [\"sh\", \"-c\", \
                 \"./smoke-test \\\"${name}\\\"\"]"
            )));
        }
        let twice = |name: &&String| settings.env.contains_key(*name);
        complaints.extend(settings.plain_env.keys().filter(twice).map(|name| {
            Complaint::new("plain-env", format!("`{name}` is in `env` as well"))
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

    fn judge(settings: &Settings, observation: &Observation, _: &LaunchFacts) -> Judgement {
        judge::judge(settings, observation)
    }
}

impl Settings {
    /// The shown keys that hold a value of `env`, with the name of the variable. A short value may be there by chance.
    fn exposed(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let secrets = self.env.iter();
        let secrets = secrets.filter(|(_, value)| value.expose().len() >= SHORTEST_EVERYWHERE);
        secrets.flat_map(|(name, value)| {
            let holds = |text: &String| text.contains(value.expose().trim_end());
            let run = self.run.iter().any(holds).then_some(("run", name));
            let plain = self.plain_env.values().any(holds);
            run.into_iter().chain(plain.then_some(("plain-env", name)))
        })
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
