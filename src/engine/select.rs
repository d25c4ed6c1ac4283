//! Running a part of a checklist: `--check`, `--tag`, `--phase`.

use std::collections::{BTreeSet, HashMap};

use crate::model::{Check, Checklist, Selected, suggest};

/// Why nothing sensible is left to run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// A name that no check has: a typo must not make a gate smaller.
    #[error("no check has the {kind} `{word}`{}", did_you_mean(near.as_deref()))]
    Unknown {
        /// `id`, `tag` or `phase`.
        kind: &'static str,
        /// As it was asked for.
        word: String,
        /// What may have been meant.
        near: Option<String>,
    },
    /// The lists have no check in common.
    #[error("this selection matches no check")]
    Nothing,
    /// The checklist has no checks.
    #[error("the checklist has no checks")]
    Empty,
}

/// The checklist with its selected part marked, together with all that it needs. Waivers of other checks are left
/// out: they have no part in the verdict.
///
/// # Errors
/// When a word is unknown or nothing is left.
pub fn select(mut checklist: Checklist, selection: &Selected) -> Result<Checklist, SelectError> {
    let checks = checklist.checks.as_slice();
    if checks.is_empty() {
        return Err(SelectError::Empty);
    }
    let by_id = matches("id", &selection.ids, checks, |check| vec![&check.id])?;
    let by_tag = matches("tag", &selection.tags, checks, |check| {
        check.tags.iter().collect()
    })?;
    let by_phase = matches("phase", &selection.phases, checks, |check| {
        check.phase.iter().collect()
    })?;
    let wanted = (0..checks.len()).filter(|&at| by_id[at] && by_tag[at] && by_phase[at]);
    let kept = with_needs(checks, wanted.collect());
    if kept.is_empty() {
        return Err(SelectError::Nothing);
    }
    let left_out: BTreeSet<&str> = (0..checks.len())
        .filter(|at| !kept.contains(at))
        .map(|at| checks[at].id.as_str())
        .collect();
    checklist
        .waivers
        .retain(|waiver| !left_out.contains(waiver.check.as_str()));
    for (at, check) in checklist.checks.iter_mut().enumerate() {
        check.selected = kept.contains(&at);
    }
    checklist.selection = selection.clone();
    Ok(checklist)
}

/// For each check, whether it has one of the words.
fn matches(
    kind: &'static str,
    words: &[String],
    checks: &[Check],
    borne: fn(&Check) -> Vec<&String>,
) -> Result<Vec<bool>, SelectError> {
    let borne: Vec<Vec<&String>> = checks.iter().map(borne).collect();
    let known: BTreeSet<&str> = borne.iter().flatten().map(|word| word.as_str()).collect();
    if let Some(word) = words.iter().find(|word| !known.contains(word.as_str())) {
        return Err(SelectError::Unknown {
            kind,
            word: word.clone(),
            near: suggest::nearest(word, known.iter().copied()).map(str::to_owned),
        });
    }
    let any =
        |borne: &Vec<&String>| words.is_empty() || borne.iter().any(|&one| words.contains(one));
    Ok(borne.iter().map(any).collect())
}

fn with_needs(checks: &[Check], wanted: Vec<usize>) -> BTreeSet<usize> {
    let positions: HashMap<&str, usize> = checks
        .iter()
        .enumerate()
        .map(|(at, check)| (check.id.as_str(), at))
        .collect();
    let mut kept = BTreeSet::new();
    let mut open = wanted;
    while let Some(at) = open.pop() {
        if kept.insert(at) {
            let needed = checks[at].needs.iter();
            open.extend(needed.filter_map(|id| positions.get(id.as_str())));
        }
    }
    kept
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
