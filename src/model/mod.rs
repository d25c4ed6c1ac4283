//! Plain data and the one contract every room shares: what a checklist says, what a probe observes, what a
//! judge finds, and what a run leaves behind.
//!
//! Nothing here opens a socket, a file or a clock. Every other room imports downwards to this one.

pub mod address;
pub mod cell;
pub mod checklist;
pub mod clock;
pub mod digest;
pub mod endpoint;
pub mod escape;
pub mod exhibit;
pub mod finding;
pub mod input_file;
pub mod instant;
pub mod launch;
pub mod looks_secret;
pub mod measure;
pub mod module;
pub mod observation;
pub mod pattern;
pub mod payload;
pub mod pem;
pub mod plan;
pub mod record;
pub mod redact;
pub mod registry;
pub mod rule;
pub mod run_rules;
pub mod secret;
pub mod selected;
mod spelling;
pub mod stats;
pub mod status;
mod struck;
pub mod suggest;
pub mod text_value;
pub mod tls_settings;
mod unescape;
pub mod units;
pub mod verdict;

pub use cell::Cell;
pub use checklist::{Check, Checklist, Waiver};
pub use clock::Clock;
pub use exhibit::Exhibit;
pub use finding::{Finding, Judgement, sentences};
pub use input_file::{InputFile, SecretFile};
pub use instant::Instant;
pub use launch::{Launch, LaunchFacts};
pub use measure::{Family, Measure};
pub use module::{AnyModule, Complaint, Context, Module, Prepared, ProbeError};
pub use observation::{Evidence, Notebook};
pub use pattern::Pattern;
pub use plan::{Plan, Reach, Touch};
pub use record::{CheckRecord, RunRecord};
pub use redact::Redactor;
pub use registry::Registry;
pub use rule::Rule;
pub use secret::Secret;
pub use selected::Selected;
pub use status::{Severity, Status};
pub use verdict::Verdict;
