//! How often a check is retried, and which checks must not be.
//!
//! Looking twice does no harm, so `[defaults]` may retry every check that only looks. A check that changes something
//! is retried only if it sets `retries` itself: the author of `[defaults]` was not thinking of it.

use std::ops::Range;

use super::error::{Log, Problem};
use super::source::Place;
use super::values::Retries;
use crate::model::module::NoRetry;
use crate::model::{Prepared, Touch};

/// What a check and its file say about attempts after the first.
pub(super) struct RetrySettings<'a> {
    /// What to call the check: "check `login-names`".
    pub name: &'a str,
    /// In the check, with its place.
    pub own: Option<(Retries, Range<usize>)>,
    /// In `[defaults]`.
    pub default: Option<Retries>,
    /// Where the check begins.
    pub header: &'a Range<usize>,
}

impl RetrySettings<'_> {
    /// The number of retries, or a problem in the log. `no_retry` is the module's reason against any second attempt.
    pub(super) fn number(
        self,
        prepared: &dyn Prepared,
        no_retry: Option<NoRetry>,
        file: usize,
        log: &mut Log,
    ) -> Option<u32> {
        let own = self.own.as_ref().map(|(retries, _)| retries.0);
        let retries = own.or(self.default.map(|retries| retries.0)).unwrap_or(0);
        let writes = || prepared.plan().touch == Touch::Write;
        let name = self.name;
        let (place, problem, help) = match (self.own, no_retry) {
            _ if retries == 0 => return Some(0),
            (None, Some(NoRetry::Pointless(_))) => return Some(0),
            (Some((_, place)), Some(NoRetry::Refused(reason) | NoRetry::Pointless(reason))) => (
                place,
                format!("{name} cannot be retried: {reason}"),
                "set `retries = 0`".to_owned(),
            ),
            (None, Some(NoRetry::Refused(reason))) => (
                self.header.clone(),
                format!(
                    "{name} cannot be retried, and `retries` in `[defaults]` would retry it: {reason}"
                ),
                "set `retries = 0` in this check".to_owned(),
            ),
            (None, None) if writes() => (
                self.header.clone(),
                format!("{name} changes something, and `retries` in `[defaults]` would repeat it"),
                format!(
                    "set `retries` in this check: 0, or {retries} if it is safe to repeat after a failure"
                ),
            ),
            _ => return Some(retries),
        };
        log.problem(Problem::at(Place::new(file, place), problem).help(Some(help)));
        None
    }
}
