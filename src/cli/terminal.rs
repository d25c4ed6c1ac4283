//! Where results and messages leave the program.
//!
//! Results go to stdout, everything else to stderr. A reader that closes the pipe early stops the output, not the
//! program, so `tminus run ... | head` still returns the verdict's exit code. A full disk is another matter: who redirects
//! a result into a file must learn that it is not there.
#![allow(
    clippy::disallowed_methods,
    reason = "NO_COLOR and COLUMNS are read here"
)]

use std::io::{self, IsTerminal as _, Write as _};

use crate::instrument::limits;
use crate::report::console::Style;
use crate::report::escape;

use super::Failure;

/// Prints a result.
///
/// # Errors
/// When it could not be written, unless its reader has closed the pipe.
pub(super) fn result(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
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
pub(super) fn lost(error: &io::Error) -> Failure {
    Failure::unwritten(limits::explain("cannot write to standard output", error))
}

/// Prints a message. It may quote a file name, an argument or a record, so nothing in it acts on the terminal.
pub(super) fn message(text: &str) {
    let mut stderr = io::stderr().lock();
    for line in text.split('\n') {
        let _ = writeln!(stderr, "{}", escape::text(line));
    }
}

/// Prints why a command failed. Checklist errors bring their own layout and colours.
pub(super) fn failure(failure: &Failure) {
    let text = failure.to_string();
    if failure.is_rendered() {
        let _ = writeln!(io::stderr().lock(), "{text}");
    } else {
        message(&text);
    }
}

/// Whether stderr is a terminal that a person watches.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
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
    write!(stderr, "{question} ")?;
    stderr.flush()?;
    let mut line = String::new();
    match io::stdin().read_line(&mut line)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::wrap_at;

    #[test]
    fn a_long_line_hangs_under_its_text_and_names_stay_whole() {
        let line = "  contacts  the revocation lists of login-eu.game.example.com";
        assert_eq!(
            wrap_at(line, "            ", 40),
            "  contacts  the revocation lists of\n            login-eu.game.example.com"
        );
    }
}
