//! What commands that read a checklist share: the file, the variables to fill in, and the selection of checks.
#![allow(
    clippy::disallowed_methods,
    reason = "checklists ask for environment variables"
)]

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::checklist::{self, Inputs};
use crate::checks::REGISTRY;
use crate::engine;
use crate::model::secret::MASK;
use crate::model::{Check, Checklist, Selected};

use super::{Failure, core_dumps, terminal};

/// Arguments of commands that read a checklist.
#[derive(Debug, clap::Args)]
pub(super) struct ChecklistArgs {
    /// The checklist (TOML); `-` reads standard input
    #[arg(value_name = "CHECKLIST")]
    pub checklist: PathBuf,
    #[command(flatten)]
    pub variables: Variables,
    #[command(flatten)]
    pub choice: Choice,
}

/// Values of `${var:KEY}`.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Variables {
    /// Set ${var:KEY} in the checklist; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub var: Vec<Variable>,
}

/// Which checks of the checklist are selected.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Selection (includes the checks that the selected ones need)")]
pub(super) struct Choice {
    /// Select this check; repeatable
    #[arg(long, value_name = "ID")]
    pub check: Vec<String>,
    /// Select checks with this tag; repeatable
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Select checks in this phase; repeatable
    #[arg(long, value_name = "NAME")]
    pub phase: Vec<String>,
}

impl ChecklistArgs {
    /// Loads the checklist and keeps the selected checks.
    pub(super) fn load(self, no_color: bool) -> Result<Checklist, Failure> {
        let checklist = load(&self.checklist, self.variables, no_color)?;
        let Choice { check, tag, phase } = self.choice;
        engine::select(
            checklist,
            &Selected {
                ids: check,
                tags: tag,
                phases: phase,
            },
        )
        .map_err(Failure::usage)
    }
}

/// Loads a checklist with all its checks.
pub(super) fn load(
    path: &Path,
    variables: Variables,
    no_color: bool,
) -> Result<Checklist, Failure> {
    let vars = variables.var.into_iter().map(pair);
    let environment = |name: &str| std::env::var_os(name);
    let inputs = Inputs {
        vars: vars.collect::<Result<BTreeMap<_, _>, _>>()?,
        environment: &environment,
    };
    let mut checklist = checklist::load(path, REGISTRY, &inputs)
        .map_err(|errors| Failure::checklist(errors.render(terminal::colors_messages(no_color))))?;
    checklist.vars = inputs.vars.into_keys().collect();
    let secret = |check: &Check| !check.prepared.secrets().is_empty();
    if checklist.checks.iter().any(secret) {
        core_dumps::turn_off();
    }
    Ok(checklist)
}

/// `KEY=VALUE`. It is taken apart after the command line is read, whose errors would repeat it.
#[derive(Clone)]
pub(super) struct Variable(String);

impl From<String> for Variable {
    fn from(argument: String) -> Self {
        Self(argument)
    }
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

fn pair(variable: Variable) -> Result<(String, String), Failure> {
    match variable.0.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(Failure::usage("a value of --var has no `=`").hint(
            "write --var KEY=VALUE; the argument is not repeated here, because it may be a secret",
        )),
    }
}
