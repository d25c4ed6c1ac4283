//! Modules are guests: a panic in one is its own check's error and no other's.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs what a module supplied; a panic becomes its message.
///
/// Nothing that the closure could have left half done is used after a panic, so unwind safety is given.
pub(super) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(message)
}

/// The text of a panic.
pub(super) fn message(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast::<&str>().map_or_else(
            |_| "a panic without a message".to_owned(),
            |text| (*text).to_owned(),
        ),
    }
}
