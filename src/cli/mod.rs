//! Placeholder.

pub mod progress;
/// Entry.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
