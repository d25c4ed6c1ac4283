//! Plain data and the one contract every room shares: what a checklist says, what a probe observes, what a
//! judge finds, and what a run leaves behind.
//!
//! Nothing here opens a socket, a file or a clock. Every other room imports downwards to this one.

pub mod checklist;
pub mod clock;
pub mod digest;
pub mod exhibit;
pub mod finding;
pub mod instant;
pub mod launch;
pub mod module;
pub mod observation;
pub mod pattern;
pub mod plan;
pub mod record;
pub mod registry;
pub mod secret;
pub mod status;
pub mod suggest;
pub mod units;
pub mod verdict;
pub mod written;

pub use checklist::{Check, Checklist, Waiver};
pub use clock::Clock;
pub use exhibit::Exhibit;
pub use finding::{Finding, Judgement, Measure};
pub use instant::Instant;
pub use launch::{Launch, LaunchClock};
pub use module::{AnyModule, Complaint, Context, Module, Prepared, ProbeError};
pub use observation::{Evidence, Notebook};
pub use pattern::Pattern;
pub use plan::{Plan, Target, Touch};
pub use record::{CheckRecord, RunRecord};
pub use registry::Registry;
pub use secret::Secret;
pub use status::{Severity, Status};
pub use verdict::Verdict;
