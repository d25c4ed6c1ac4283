//! How often a check is attempted again, and what may not be.
//!
//! Looking twice harms nobody, so `[defaults]` may have every check look again. What changes something is done again
//! only where the check itself says so: whoever wrote `[defaults]` was not thinking of it.

use std::ops::Range;

use super::error::{Log, Problem};
use super::source::Place;
use super::values::Retries;
use crate::model::{Prepared, Touch};

/// What a check and its file say of attempts after the first.
pub(super) struct Repeats<'a> {
    /// What to call the check: "check `login-names`".
    pub name: &'a str,
    /// In the check, with its place.
    pub own: Option<(Retries, Range<usize>)>,
    /// In `[defaults]`.
    pub default: Option<Retries>,
    /// Where the check begins.
    pub header: &'a Range<usize>,
}

impl Repeats<'_> {
    /// The number; none where it may not be, which is told. `once` is the module's reason against any second attempt.
    pub(super) fn number(
        self,
        prepared: &dyn Prepared,
        once: Option<&str>,
        file: usize,
        log: &mut Log,
    ) -> Option<u32> {
        let own = self.own.as_ref().map(|(retries, _)| retries.0);
        let retries = own.or(self.default.map(|retries| retries.0)).unwrap_or(0);
        let writes = || prepared.plan().touch == Touch::Write;
        let name = self.name;
        let (place, problem, help) = match (self.own, once) {
            _ if retries == 0 => return Some(0),
            (Some((_, place)), Some(reason)) => (
                place,
                format!("{name} cannot be attempted again: {reason}"),
                "write `retries = 0`".to_owned(),
            ),
            (None, Some(reason)) => (
                self.header.clone(),
                format!(
                    "{name} cannot be attempted again, as `retries` of `[defaults]` would have it: {reason}"
                ),
                "write `retries = 0` in this check".to_owned(),
            ),
            (None, None) if writes() => (
                self.header.clone(),
                format!(
                    "{name} changes something, and `retries` of `[defaults]` would have it done again"
                ),
                format!(
                    "write `retries` in this check: 0, or {retries} where it may be done again after it failed"
                ),
            ),
            _ => return Some(retries),
        };
        log.problem(Problem::at(Place::new(file, place), problem).help(Some(help)));
        None
    }
}
