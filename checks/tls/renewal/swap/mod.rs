//! A hot swap under watch: connections are held, a command of the user's installs and loads another certificate,
//! and every address is asked until it serves it.

mod judge;
mod probe;
mod watched;

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Complaint;
use crate::model::units::Period;

pub(super) use judge::{exhibit, findings, measures};
pub(in crate::checks::tls) use probe::Place;
pub(super) use probe::swap;
pub(in crate::checks::tls) use watched::Swap;
#[cfg(test)]
pub(in crate::checks::tls) use watched::{Held, Latest, Ran, Watched};

/// The most connections that are held at one address.
const MOST: u16 = 1_000;

/// What is swapped, and what is asked of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::checks::tls) struct HotSwap {
    /// PEM file of the certificate that is to be served after the command, relative to the checklist. It may hold the
    /// private key too.
    pub(super) file: PathBuf,
    /// The program that installs and loads it, and its arguments; no shell reads them.
    pub(super) command: Vec<String>,
    /// How long after the command's end every address must serve it.
    #[serde(default = "half_a_minute")]
    pub(super) within: Period,
    /// How many connections are held at each address meanwhile.
    #[serde(default = "fifty")]
    pub(super) connections: u16,
    /// How much longer they are held once every address serves it.
    #[serde(default = "two_seconds")]
    pub(super) hold: Period,
}

fn half_a_minute() -> Period {
    Period(Duration::from_secs(30))
}

fn two_seconds() -> Period {
    Period(Duration::from_secs(2))
}

fn fifty() -> u16 {
    50
}

/// Rules between the settings of a hot swap.
pub(super) fn review(swap: &HotSwap) -> Option<Complaint> {
    let complaint = |problem: String| Complaint::new("hot-swap", problem);
    if swap.command.first().is_none_or(String::is_empty) {
        let help = "write the program and its arguments: command = [\"./install-and-reload\"]";
        return Some(complaint("no program is named as `command`".to_owned()).help(help));
    }
    if swap.command.iter().any(|word| word.contains('\0')) {
        let problem = "an argument of `command` holds a NUL byte";
        return Some(complaint(problem.to_owned()));
    }
    (swap.connections > MOST)
        .then(|| complaint(format!("at most {MOST} connections are held at an address")))
}

/// What the swap does, for the plan.
pub(super) fn load(swap: &HotSwap) -> String {
    format!(
        "; `{}` once, with {} connections held at each address and handshakes ten times a second for up to {}",
        swap.command.first().map_or("", String::as_str),
        swap.connections,
        swap.within
    )
}
