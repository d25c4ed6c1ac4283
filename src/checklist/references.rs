//! References between checks: ids are unique, what a check needs exists and does not form a cycle, and each waiver
//! names a check and a rule that exist, at most one waiver for the same check, rule and subject.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Log, Problem};
use super::source::Place;
use crate::model::{Registry, run_rules, suggest};

/// A word of the checklist and its place.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub text: String,
    /// As errors may show it.
    pub shown: String,
    pub place: Place,
}

/// A check as far as others refer to it, whether or not it could be decoded.
#[derive(Debug)]
pub(super) struct Entry {
    pub id: Word,
    /// Its module, where it names one.
    pub module: Option<String>,
    pub needs: Vec<Word>,
}

/// What a waiver accepts.
#[derive(Debug)]
pub(super) struct Scope {
    pub check: Word,
    pub rule: Option<Word>,
    pub subject: Option<Word>,
}

impl Scope {
    fn key(&self) -> [Option<&str>; 3] {
        let parts = [Some(&self.check), self.rule.as_ref(), self.subject.as_ref()];
        parts.map(|part| part.map(|word| word.text.as_str()))
    }
}

/// All that is referred to in a checklist.
#[derive(Debug, Default)]
pub(super) struct References {
    pub checks: Vec<Entry>,
    /// What waivers name.
    pub waivers: Vec<Scope>,
    /// Whether ids may be missing here because a part of the checklist could not be read.
    pub incomplete: bool,
}

impl References {
    /// Finds every broken reference.
    pub(super) fn review(&self, registry: Registry, log: &mut Log) {
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, check) in self.checks.iter().enumerate() {
            match known.get(check.id.text.as_str()) {
                Some(first) => log.problem(twice("id", &check.id, &self.checks[*first].id)),
                None => {
                    known.insert(&check.id.text, index);
                }
            }
        }
        for need in self.checks.iter().flat_map(|check| &check.needs) {
            self.must_exist(need, &known, log);
        }
        let mut waived: BTreeMap<_, &Word> = BTreeMap::new();
        for waiver in &self.waivers {
            self.must_exist(&waiver.check, &known, log);
            if let Some(rule) = &waiver.rule {
                let check = known.get(waiver.check.text.as_str());
                let module = check.and_then(|at| self.checks[*at].module.as_deref());
                must_be_a_rule(rule, module, registry, log);
            }
            match waived.get(&waiver.key()) {
                Some(first) => log.problem(twice("waiver for", &waiver.check, first)),
                None => {
                    waived.insert(waiver.key(), &waiver.check);
                }
            }
        }
        self.circles(&known, log);
    }

    fn must_exist(&self, word: &Word, known: &BTreeMap<&str, usize>, log: &mut Log) {
        if self.incomplete || known.contains_key(word.text.as_str()) {
            return;
        }
        let near = if log.is_full() {
            None
        } else {
            let ids = self.checks.iter().map(|check| check.id.shown.as_str());
            suggest::did_you_mean(&word.shown, ids)
        };
        let problem = Problem::at(
            word.place.clone(),
            format!("unknown check `{}`", word.shown),
        );
        log.problem(problem.help(near));
    }

    /// Removes checks without open needs until there are none. The checks that remain depend on themselves.
    fn circles(&self, known: &BTreeMap<&str, usize>, log: &mut Log) {
        let index = |word: &Word| known.get(word.text.as_str()).copied();
        let mut needed_by: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut open: BTreeMap<usize, usize> = BTreeMap::new();
        for at in known.values().copied() {
            let needs: BTreeSet<_> = self.checks[at].needs.iter().filter_map(index).collect();
            open.insert(at, needs.len());
            for need in needs {
                needed_by.entry(need).or_default().push(at);
            }
        }
        let mut free: Vec<usize> = open
            .iter()
            .filter(|(_, count)| **count == 0)
            .map(|(at, _)| *at)
            .collect();
        while let Some(at) = free.pop() {
            open.remove(&at);
            for follower in needed_by.get(&at).into_iter().flatten() {
                if let Some(count) = open.get_mut(follower) {
                    *count -= 1;
                    if *count == 0 {
                        free.push(*follower);
                    }
                }
            }
        }
        let mut seen = BTreeSet::new();
        for start in open.keys().copied() {
            let mut path: Vec<(usize, &Word)> = Vec::new();
            let mut at = start;
            while seen.insert(at) {
                let next = self.checks[at].needs.iter().find_map(|need| {
                    let to = index(need).filter(|to| open.contains_key(to))?;
                    Some((need, to))
                });
                let Some((need, to)) = next else { break };
                path.push((at, need));
                at = to;
            }
            if let Some(begin) = path.iter().position(|(check, _)| *check == at) {
                self.circle(&path[begin..], log);
            }
        }
    }

    fn circle(&self, path: &[(usize, &Word)], log: &mut Log) {
        let Some((first, need)) = path.first() else {
            return;
        };
        let names = path.iter().map(|(check, _)| *check).chain([*first]);
        let names: Vec<_> = names
            .map(|check| self.checks[check].id.shown.as_str())
            .collect();
        let problem = Problem::at(
            need.place.clone(),
            "these checks need each other in a cycle",
        );
        log.problem(
            problem
                .label(names.join(" -> "))
                .help(Some("remove one of these `needs`")),
        );
    }
}

/// A waiver for a rule that does not exist, or that is another module's, accepts nothing, now and later.
fn must_be_a_rule(word: &Word, module: Option<&str>, registry: Registry, log: &mut Log) {
    let of = |module: &str| {
        let prefix = format!("{module}/");
        let ids = registry.rules().map(|rule| rule.id);
        ids.filter(move |id| id.starts_with(&prefix))
    };
    if run_rules::is_of_the_run(&word.text) {
        let problem = format!(
            "`{}` is a warning about the run as a whole, and a waiver accepts findings of a check",
            word.shown
        );
        let help = "remove this waiver; `tminus explain` with the rule says how to fix what the warning names";
        return log.problem(Problem::at(word.place.clone(), problem).help(Some(help)));
    }
    let known = registry.rules().any(|rule| rule.id == word.text);
    let named = word.text.split('/').next().unwrap_or_default();
    let module = module.filter(|module| registry.get(module).is_some());
    let own = module.is_none_or(|module| [module, "run"].contains(&named));
    if known && own {
        return;
    }
    let (problem, ids): (_, Vec<_>) = match module {
        Some(module) if known => (
            format!("a check of module `{module}` has no rule `{}`", word.shown),
            of(module).collect(),
        ),
        Some(module) => (
            format!("unknown rule `{}`", word.shown),
            of(module).chain(of("run")).collect(),
        ),
        None => (
            format!("unknown rule `{}`", word.shown),
            registry.rules().map(|rule| rule.id).collect(),
        ),
    };
    let near = suggest::did_you_mean(&word.shown, ids.iter().copied());
    let help = near.unwrap_or_else(|| match module {
        Some(module) => format!("its rules: {}", of(module).collect::<Vec<_>>().join(", ")),
        None => "copy the rule from the report".to_owned(),
    });
    log.problem(Problem::at(word.place.clone(), problem).help(Some(help)));
}

fn twice(what: &str, second: &Word, first: &Word) -> Problem {
    Problem::at(
        second.place.clone(),
        format!("duplicate {what} `{}`", second.shown),
    )
    .label("duplicate")
    .also(first.place.clone(), "first used here")
}
