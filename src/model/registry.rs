//! The modules of this build, handed down from `checks` to the rooms below it as an argument.

use std::fmt;

use super::{AnyModule, Rule, run_rules};

/// A list of modules, unique by name.
#[derive(Clone, Copy)]
pub struct Registry(&'static [&'static dyn AnyModule]);

impl Registry {
    /// A registry of these modules.
    pub const fn new(modules: &'static [&'static dyn AnyModule]) -> Self {
        Self(modules)
    }

    /// The module of this name.
    pub fn get(self, name: &str) -> Option<&'static dyn AnyModule> {
        self.iter().find(|module| module.name() == name)
    }

    /// All modules, in the order documentation lists them.
    pub fn iter(self) -> impl Iterator<Item = &'static dyn AnyModule> {
        self.0.iter().copied()
    }

    /// Every rule that a finding can have: those of the modules, then those of the run.
    pub fn rules(self) -> impl Iterator<Item = &'static Rule> {
        let of_modules = self.iter().flat_map(AnyModule::rules);
        of_modules.chain(run_rules::RULES)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(AnyModule::name))
            .finish()
    }
}
