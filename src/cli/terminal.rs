//! The one door out: everything that the program prints leaves through here.
//!
//! Results go to stdout, everything else to stderr. A reader that closes the pipe early stops the output, not the
//! program, so `tminus run ... | head` still returns the verdict's exit code. A full disk is another matter: who redirects
//! a result into a file must learn that it is not there.
//!
//! File names, options, checklists and records are other people's text. Whoever lays a line out makes them one line
//! ([`escape::text`]); the door spells out what acts or hides a second time, so that a forgotten place shows `\u{1b}`
//! and drives no terminal. Line breaks and tabs of a layout pass, and so do colours where there is colour.
#![allow(
    clippy::disallowed_methods,
    reason = "NO_COLOR and COLUMNS are read here"
)]

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

use anstream::adapter::strip_str;
use clap::error::{ContextKind, ContextValue};
use indicatif::{ProgressBar, ProgressDrawTarget};

use crate::instrument::limits;
use crate::model::escape;
use crate::report::console::Style;

use super::{Failure, exit};

/// The bar that is on the terminal. Messages go above it.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Prints a result.
///
/// # Errors
/// When it could not be written, unless its reader has closed the pipe.
pub(super) fn result(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let text = spelled_out(text, wants_color() && stdout.is_terminal());
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    drop(stdout);
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(lost(&error)),
        _ => Ok(()),
    }
}

/// A result that could not be written.
fn lost(error: &io::Error) -> Failure {
    Failure::unwritten(limits::explain("cannot write to standard output", error))
}

/// Prints a message of one line.
pub(super) fn message(text: &str) {
    lines(&escape::text(text));
}

/// Prints why a command failed.
pub(super) fn failure(failure: &Failure) {
    lines(&failure.to_string());
}

/// Prints lines that are laid out already. A console that is gone stops nothing.
pub(super) fn lines(text: &str) {
    let mut text = spelled_out(text, wants_color() && is_watched()).into_owned();
    text.push('\n');
    let write = || {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    };
    let bar = BAR.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Prints help, the version, or what is wrong with the command line, and returns the exit code.
pub(super) fn command_line(mut error: clap::Error) -> u8 {
    let strings = error.context().filter_map(|(kind, value)| match value {
        ContextValue::String(text) if text.contains(escape::is_hidden) => {
            Some((kind, text.clone()))
        }
        _ => None,
    });
    let hostile: Vec<(ContextKind, String)> = strings.collect();
    for (kind, raw) in &hostile {
        let shown = escape::text(raw).into_owned();
        error.insert(*kind, ContextValue::String(shown));
    }
    let to_stderr = error.use_stderr();
    let terminal = if to_stderr {
        is_watched()
    } else {
        io::stdout().is_terminal()
    };
    let text = error.render();
    // An argument may bring colours of its own: then there are none.
    let mut text = if terminal && wants_color() && hostile.is_empty() {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    for (_, raw) in hostile {
        // The parser of a value repeats it; plain text is without its colours.
        let plain = strip_str(&raw).to_string();
        if !plain.is_empty() {
            text = text.replace(&plain, &escape::text(&plain));
        }
    }
    if to_stderr {
        lines(text.trim_end());
        return exit::USAGE;
    }
    match result(&text) {
        Ok(()) => exit::GO,
        Err(lost) => {
            failure(&lost);
            lost.code
        }
    }
}

/// A bar on the terminal, until [`take_bar_away`].
pub(super) fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
    bar
}

/// Says what is going on beside the bar and under it.
pub(super) fn beside_the_bar(bar: &ProgressBar, text: &str) {
    bar.set_message(spelled_out(text, wants_color()).into_owned());
}

/// Ends the bar.
pub(super) fn take_bar_away() {
    let bar = BAR.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

/// The text with all that acts or hides spelled out, but for line breaks, tabs and, with `color`, the colours that this
/// program uses.
fn spelled_out(text: &str, color: bool) -> Cow<'_, str> {
    let acts = |character: char| !matches!(character, '\n' | '\t') && escape::is_hidden(character);
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let look = if color { look(rest) } else { 0 };
        let (taken, after) = rest.split_at(look.max(character.len_utf8()));
        match character {
            _ if look > 0 => shown.push_str(taken),
            '\r' => shown.push_str("\\r"),
            hidden if acts(hidden) => shown.extend(hidden.escape_unicode()),
            visible => shown.push(visible),
        }
        rest = after;
    }
    Cow::Owned(shown)
}

/// The length of the sequence that the text begins with if it is bold, dim, italic, underlined or a colour of the
/// letters, or the end of these: nothing hides, blinks or is turned around (ECMA-48 section 8.3.117).
fn look(text: &str) -> usize {
    let Some((codes, _)) = text
        .strip_prefix("\u{1b}[")
        .and_then(|rest| rest.split_once('m'))
    else {
        return 0;
    };
    let ours = |code: &str| {
        let code = code.parse::<u8>();
        matches!(code, Ok(0..=4 | 22..=24 | 30..=37 | 39 | 90..=97))
    };
    if codes.split(';').all(ours) {
        codes.len() + 3
    } else {
        0
    }
}

/// Whether stderr is a terminal that a person watches.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// The width of the terminal that messages go to.
pub(super) fn columns() -> usize {
    terminal_size::terminal_size_of(io::stderr()).map_or(80, |(columns, _)| columns.0.into())
}

/// Whether a person can be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether messages may be coloured (<https://no-color.org>).
pub(super) fn colors_messages(no_color: bool) -> bool {
    !no_color && wants_color() && is_watched()
}

/// How results are laid out: coloured and as wide as the terminal, or plain at 80 columns.
pub(super) fn style(no_color: bool) -> Style {
    let terminal = io::stdout().is_terminal();
    let width = if terminal {
        terminal_size::terminal_size()
            .map_or(80, |(width, _)| usize::from(width.0))
            .clamp(40, 120)
    } else {
        80
    };
    Style {
        color: !no_color && wants_color() && terminal,
        width,
    }
}

/// Lays a line out for its reader: on a terminal in its width, with `indent` before the lines that follow; in
/// one piece for a program.
pub(super) fn wrap(line: &str, indent: &str) -> String {
    if !io::stdout().is_terminal() {
        return line.to_owned();
    }
    wrap_at(line, indent, style(true).width)
}

fn wrap_at(line: &str, indent: &str, width: usize) -> String {
    let options = textwrap::Options::new(width)
        .subsequent_indent(indent)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(line, options)
}

fn wants_color() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Asks on the terminal, and returns the line that was typed.
///
/// # Errors
/// When the terminal is gone.
pub(super) fn ask(question: &str) -> io::Result<String> {
    let mut stderr = io::stderr().lock();
    write!(stderr, "{} ", spelled_out(question, false))?;
    stderr.flush()?;
    let mut line = String::new();
    match io::stdin().read_line(&mut line)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_hangs_under_its_text_and_names_stay_whole() {
        let line = "  contacts  the revocation lists of login-eu.game.example.com";
        assert_eq!(
            wrap_at(line, "            ", 40),
            "  contacts  the revocation lists of\n            login-eu.game.example.com"
        );
    }

    #[test]
    fn what_acts_or_hides_does_not_leave() {
        for (text, shown) in [
            ("a\rb\u{8}", "a\\rb\\u{8}"),
            ("\u{1b}]52;c;eA==\u{7}", "\\u{1b}]52;c;eA==\\u{7}"),
            ("\u{9b}2J\u{85}", "\\u{9b}2J\\u{85}"),
            ("\u{61c}\u{202e}\u{2066}", "\\u{61c}\\u{202e}\\u{2066}"),
            (
                "\u{2028}\u{2029}\u{200b}\u{e0041}",
                "\\u{2028}\\u{2029}\\u{200b}\\u{e0041}",
            ),
            ("line\n\tnext 网关 é", "line\n\tnext 网关 é"),
        ] {
            for color in [false, true] {
                assert_eq!(spelled_out(text, color), shown);
            }
        }
    }

    #[test]
    fn colours_pass_where_there_is_colour_and_nothing_else_of_escape_does() {
        let bold = "\u{1b}[1m\u{1b}[1;31mNO-GO\u{1b}[0m";
        assert_eq!(spelled_out(bold, true), bold);
        assert!(!spelled_out(bold, false).contains('\u{1b}'));
        for hostile in [
            "\u{1b}[8m",
            "\u{1b}[7m",
            "\u{1b}[5m",
            "\u{1b}[41m",
            "\u{1b}[m",
            "\u{1b}[2J",
            "\u{1b}[1;8m",
            "\u{1b}c",
            "\u{1b}[38;5;1m",
            "\u{1b}[1A",
            "\u{1b}[1\u{1b}[0m",
        ] {
            assert!(
                spelled_out(hostile, true).starts_with("\\u{1b}"),
                "{hostile:?}"
            );
        }
    }
}
