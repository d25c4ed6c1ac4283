//! Behaviour of tminus against real parts: the program itself, real servers, outside validators.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests meet the world, and stop where it is not what they need"
)]

mod support;
