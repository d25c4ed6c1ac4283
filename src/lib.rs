//! `tminus` tells a release team GO or NO-GO before a launch, and proves it.
//!
//! A checklist names checks; each check's module *probes* the world and writes down what it sees, then *judges*
//! what it saw. Judging is a pure function of settings, observation and launch clock, so anyone can compute a
//! verdict again from the report that carries the observations.
//!
//! The floors, from the ground; an import goes down, never up:
//! [`model`]; [`judging`]; [`checklist`], [`instrument`], [`sign`]; [`engine`]; [`checks`]; [`report`]; [`lab`]; [`cli`].

pub mod checklist;
#[path = "../checks/mod.rs"]
pub mod checks;
pub mod cli;
pub mod engine;
pub mod instrument;
pub mod judging;
pub mod lab;
pub mod model;
pub mod report;
pub mod sign;

#[cfg(test)]
extern crate self as tminus; // fixtures are shared with the test binary, which knows the library by this name
#[cfg(test)]
#[path = "../tests/fixtures/mod.rs"]
mod fixtures;
