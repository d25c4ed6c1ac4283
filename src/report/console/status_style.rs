//! How a status looks: its word, its symbol, its colour.

use anstyle::{AnsiColor, Effects};

use crate::model::Status;

/// The word for a status, as the console says it.
pub fn word(status: Status, waived: bool) -> &'static str {
    match status {
        _ if waived => "WAIVED",
        Status::Pass => "PASS",
        Status::Warn => "WARN",
        Status::Fail => "FAIL",
        Status::Error => "ERROR",
        Status::Skipped => "SKIP",
        Status::NotSelected => "NOT RUN",
    }
}

/// The style of a status.
pub fn status_style(status: Status, waived: bool) -> anstyle::Style {
    match status {
        _ if waived => AnsiColor::Cyan.on_default(),
        Status::Pass => AnsiColor::Green.on_default(),
        Status::Warn => AnsiColor::Yellow.on_default(),
        Status::Fail => AnsiColor::Red.on_default() | Effects::BOLD,
        Status::Error => AnsiColor::Magenta.on_default() | Effects::BOLD,
        Status::Skipped | Status::NotSelected => AnsiColor::Blue.on_default(),
    }
}

/// The text in a style, or plain.
pub fn paint(text: &str, style: anstyle::Style, color: bool) -> String {
    if color {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

pub(super) fn symbol(status: Status, waived: bool) -> &'static str {
    match status {
        _ if waived => "~",
        Status::Pass => "✓",
        Status::Warn => "!",
        Status::Fail => "✗",
        Status::Error => "?",
        Status::Skipped | Status::NotSelected => "-",
    }
}
