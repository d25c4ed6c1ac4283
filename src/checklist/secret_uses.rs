//! Which of the values that were filled in are secrets, and whether one of them would be shown.
//!
//! A value from outside (`${env:}`, `${file:}`, `${var:}`) is a secret where it fills a setting that holds secrets. The
//! same value in a setting that reports show, such as `run` of a command or the name of the launch, is refused: the
//! report would show it. So is a placeholder in such a setting whose name says that it is a secret.

use std::collections::{BTreeMap, BTreeSet};

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Log, Problem};
use super::interpolate::{Filled, Part};
use super::source::Place;
use crate::model::secret::{SHORTEST, SHORTEST_EVERYWHERE, Secret, Secrets};
use crate::model::{Prepared, Redactor, looks_secret};

/// What is known of the filled-in values of a checklist.
#[derive(Default)]
pub(super) struct SecretUses {
    shown: Vec<Shown>,
    /// The placeholders that are secrets in each check.
    hidden: BTreeSet<(String, String)>,
    /// With the check that it was first seen in.
    everywhere: BTreeMap<String, (Secret, String)>,
    by_check: BTreeMap<String, Vec<Secret>>,
    /// The words of command lines, without those that were filled in.
    programs: Vec<(Place, String)>,
}

/// A filled-in value that reports show.
struct Shown {
    check: Option<String>,
    place: Place,
    part: Part,
}

impl SecretUses {
    /// The values filled into a table that reports show whole: `[launch]`, a waiver, the keys that all checks have.
    pub(super) fn shown(&mut self, parts: Vec<(Place, Part)>) {
        self.shown
            .extend(parts.into_iter().map(|(place, part)| Shown {
                check: None,
                place,
                part,
            }));
    }

    /// The words of a command line, which reports show.
    pub(super) fn programs(&mut self, words: impl IntoIterator<Item = (Place, String)>) {
        self.programs.extend(words);
    }

    /// The values filled into the settings of a check, which are shown or not as its module says. Returns the placeholders
    /// of secrets that are too short to be struck from what other checks record.
    pub(super) fn settings(
        &mut self,
        check: &str,
        parts: Vec<(Place, Part)>,
        prepared: &dyn Prepared,
        log: &Log,
    ) -> Vec<String> {
        let mut short = BTreeSet::new();
        let settings = prepared.settings().get();
        for (place, part) in parts {
            let inside = |secret: &Secret| secret.expose().contains(&part.value);
            let is_secret = !part.value.is_empty() && prepared.secrets().iter().any(inside);
            if is_secret && part.outside {
                self.hidden
                    .insert((check.to_owned(), part.placeholder.clone()));
            }
            if is_secret && part.outside && part.value.trim_end().len() >= SHORTEST_EVERYWHERE {
                let secret = Secret::from(part.value.as_str());
                let entry = self.everywhere.entry(part.value.clone());
                entry.or_insert_with(|| (secret, check.to_owned()));
            } else if is_secret && part.value.len() >= SHORTEST {
                if part.outside {
                    short.insert(part.placeholder.clone());
                }
                let own = self.by_check.entry(check.to_owned()).or_default();
                own.push(Secret::from(part.value.as_str()));
            }
            // The strings that hold the secret are the right place for it.
            if !log.is_secret(&place) && is_in(settings, &part.value) {
                self.shown.push(Shown {
                    check: Some(check.to_owned()),
                    place,
                    part,
                });
            }
        }
        short.into_iter().collect()
    }

    /// Reports the secrets that would be shown, and returns all secrets.
    pub(super) fn review(self, log: &mut Log) -> Secrets {
        let owners = self.everywhere.values();
        let owners: Vec<(Secret, String)> = owners.cloned().collect();
        let everywhere: Vec<Secret> = self
            .everywhere
            .into_values()
            .map(|(secret, _)| secret)
            .collect();
        let redactor = Redactor::of(&everywhere, SHORTEST_EVERYWHERE);
        for (place, word) in self.programs {
            if redactor.ranges(word.as_bytes()).is_empty() {
                continue;
            }
            let inside =
                |(secret, _): &&(Secret, String)| word.contains(secret.expose().trim_end());
            let owner = owners.iter().find(inside);
            let whose = owner.map_or("a secret of another check".to_owned(), |(_, check)| {
                format!("a secret of check `{check}`")
            });
            log.secret(place.clone());
            let problem = Problem::at(
                place,
                format!("{whose} is in this command line, and reports show it"),
            );
            log.problem(problem.help(Some(
                "pass it to the program in `env` and let the program read the variable; if it may be shown, use \
                 `plain-env` in that check",
            )));
        }
        for Shown { check, place, part } in self.shown {
            let Part {
                placeholder,
                value,
                outside,
            } = part;
            let own =
                check.is_some_and(|check| self.hidden.contains(&(check, placeholder.clone())));
            let problem = if own || !redactor.ranges(value.as_bytes()).is_empty() {
                let problem = Problem::at(
                    place,
                    format!("`{placeholder}` is a secret, and reports show this value"),
                );
                problem.help(Some(
                    "pass it to a program in `env` and let the program read the variable; if it may be shown, use \
                     `plain-env` wherever a check has it in `env`",
                ))
            } else if outside && !value.is_empty() && looks_secret::is_telling(name(&placeholder)) {
                let problem = Problem::at(
                    place,
                    format!("`{placeholder}` looks like a secret, and reports show this value"),
                );
                problem.help(Some(
                    "pass it to a program in `env` and let the program read the variable; if it may be shown, give it \
                     another name",
                ))
            } else {
                continue;
            };
            log.problem(problem);
        }
        Secrets {
            everywhere,
            by_check: self.by_check,
        }
    }
}

/// Whether JSON holds this text in one of its strings.
fn is_in(json: &str, value: &str) -> bool {
    let quoted = serde_json::to_string(value).unwrap_or_default();
    let inside = quoted.get(1..quoted.len().saturating_sub(1));
    inside.is_some_and(|inside| !inside.is_empty() && json.contains(inside))
}

/// What a placeholder names: a variable, or a file without its ending.
fn name(placeholder: &str) -> &str {
    let inside = placeholder
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    let (kind, name) = inside
        .and_then(|inside| inside.split_once(':'))
        .unwrap_or_default();
    let name = name.split(":-").next().unwrap_or(name);
    match kind {
        "file" => {
            let file = name.rsplit('/').next().unwrap_or(name);
            file.split_once('.').map_or(file, |(stem, _)| stem)
        }
        _ => name,
    }
}

impl Filled {
    /// Every value filled into the strings of a table, with the place of its string.
    pub(super) fn places(&self, file: usize, table: &DeTable<'_>) -> Vec<(Place, Part)> {
        let mut places = Vec::new();
        for (_, value) in table {
            self.places_in(file, value, &mut places);
        }
        places
    }

    fn places_in(
        &self,
        file: usize,
        value: &Spanned<DeValue<'_>>,
        places: &mut Vec<(Place, Part)>,
    ) {
        match value.get_ref() {
            DeValue::String(_) => {
                let parts = self.parts(&value.span()).iter().cloned();
                places.extend(parts.map(|part| (Place::new(file, value.span()), part)));
            }
            DeValue::Array(array) => array
                .iter()
                .for_each(|value| self.places_in(file, value, places)),
            DeValue::Table(table) => table
                .iter()
                .for_each(|(_, value)| self.places_in(file, value, places)),
            _ => {}
        }
    }
}
