//! What judges share: tallies of many findings, words, and windows of time. Pure, like the judges themselves: nothing
//! here does I/O or reads a clock.

pub mod bounded;
pub mod client_certificate;
pub mod groups;
pub mod tally;
pub mod text;
pub mod usable;
pub mod window;

pub use bounded::Bounded;
pub use groups::Groups;
pub use tally::{Tally, merged};
pub use window::Window;
