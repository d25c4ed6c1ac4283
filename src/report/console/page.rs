//! A page of text of a given width, and how lines are laid on it.

use std::fmt::Write as _;

use anstyle::Style as Look;
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr as _;

use super::Style;
use super::status_style::{paint, status_style, symbol, word};
use crate::model::CheckRecord;
use crate::report::escape;
use crate::report::line_breaks::WORDS;

/// What is printed so far.
pub(super) struct Page {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Page {
    /// The symbol and word of a check's status.
    pub(super) fn mark(&self, check: &CheckRecord) -> String {
        let (status, waived) = (check.status, check.is_waived());
        let mark = format!("{} {:<6}", symbol(status, waived), word(status, waived));
        paint(&mark, status_style(status, waived), self.style.color)
    }

    /// The head of a group of checks.
    pub(super) fn heading(&mut self, heading: &str) {
        self.blank();
        let underlined = Look::new().bold();
        let _ = writeln!(
            self.text,
            "{}",
            paint(&format!("{heading}:"), underlined, self.style.color)
        );
    }

    /// An empty line.
    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A mark of `width` columns, and text beside it that stays in its own column.
    pub(super) fn hang(&mut self, mark: &str, width: usize, text: &str, look: Look) {
        let room = self.style.width.saturating_sub(width + 1);
        for (number, line) in wrap(text, room).iter().enumerate() {
            let line = paint(line, look, self.style.color);
            let _ = match number {
                0 => writeln!(self.text, "{mark} {line}"),
                _ => writeln!(self.text, "{}{line}", " ".repeat(width + 1)),
            };
        }
    }

    /// Text with a first and a further indent.
    pub(super) fn wrapped(&mut self, first: &str, rest: &str, text: &str, look: Look) {
        let room = self
            .style
            .width
            .saturating_sub(rest.width().max(first.width()));
        for (number, line) in wrap(text, room).iter().enumerate() {
            let indent = if number == 0 { first } else { rest };
            let _ = writeln!(self.text, "{indent}{}", paint(line, look, self.style.color));
        }
    }
}

/// The spaces that fill a text up to a width.
pub(super) fn pad(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.width()))
}

/// The text, made safe, in lines of at most `width` columns. Names and addresses stay whole, so that they can
/// be copied; text in scripts without spaces breaks where its script allows.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let shown = escape::text(text);
    let separator = if shown.width() == shown.chars().count() {
        WordSeparator::AsciiSpace
    } else {
        WORDS
    };
    let options = Options::new(width.max(1))
        .break_words(false)
        .word_separator(separator)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(&shown, options)
        .into_iter()
        .map(|line| line.into_owned())
        .collect()
}
