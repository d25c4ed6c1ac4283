//! Values that are opened and never closed: a list without its bracket, a text of many lines without its quotes.
//!
//! Such a value swallows what follows, so the parser complains about lines that have nothing wrong. Inside a list no line
//! can set a key, and nowhere inside a value can a line be a table's header: the first such line shows where the value
//! should have ended.

use std::ops::Range;

use toml_parser::Source as Tokens;
use toml_parser::lexer::{Token, TokenKind};

use super::recover;

/// The quotes of a text of many lines.
const BASIC: &str = r#"""""#;
const LITERAL: &str = "'''";

/// How many brackets may be open.
const DEEPEST: usize = 64;

/// Enough for one file.
const MOST: usize = 16;

/// One value that is never closed.
pub(super) struct Unclosed {
    /// The bracket or the quotes that open it.
    pub at: Range<usize>,
    pub opener: &'static str,
    pub closer: &'static str,
    /// The key that it belongs to, where the line says so.
    pub key: Option<String>,
    /// From the beginning of the key's line to the line that cannot belong to it.
    pub range: Range<usize>,
}

/// All of them, in a text that is not TOML. One that is has none.
pub(super) fn all(text: &str) -> Vec<Unclosed> {
    let mut rest = text.to_owned();
    let mut found = Vec::new();
    while found.len() < MOST
        && let Some(unclosed) = first(&rest)
    {
        recover::blank(&mut rest, unclosed.range.clone());
        found.push(unclosed);
    }
    found
}

fn first(text: &str) -> Option<Unclosed> {
    let tokens: Vec<Token> = Tokens::new(text).lex().collect();
    let mut open: Vec<Token> = Vec::new();
    for token in tokens {
        let span = token.span();
        match token.kind() {
            // Deeper than anything that is read: nothing can be said of it.
            _ if open.len() > DEEPEST => return None,
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => open.push(token),
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => drop(open.pop()),
            TokenKind::MlBasicString | TokenKind::MlLiteralString => {
                let written = text.get(span.start()..span.end())?;
                let quotes = written.get(..3)?;
                if written.len() < 6 || !written.ends_with(quotes) {
                    let at = span.start()..span.start() + 3;
                    let opener = if quotes == LITERAL { LITERAL } else { BASIC };
                    return Some(value(text, at, opener, opener, true));
                }
            }
            TokenKind::Newline => {
                // A header that is broken opens no value.
                open.retain(|bracket| !is_header_bracket(text, bracket.span().start()));
                let Some((outermost, innermost)) = open.first().zip(open.last()) else {
                    continue;
                };
                let list = innermost.kind() == TokenKind::LeftSquareBracket;
                if ends_a_value(line(text, span.end()), list) {
                    return Some(bracket(text, outermost, innermost));
                }
            }
            TokenKind::Eof => {
                open.retain(|bracket| !is_header_bracket(text, bracket.span().start()));
                let (outermost, innermost) = open.first().zip(open.last())?;
                return Some(bracket(text, outermost, innermost));
            }
            _ => {}
        }
    }
    None
}

fn bracket(text: &str, outermost: &Token, innermost: &Token) -> Unclosed {
    let at = outermost.span().start()..outermost.span().end();
    let list = innermost.kind() == TokenKind::LeftSquareBracket;
    match outermost.kind() {
        TokenKind::LeftSquareBracket => value(text, at, "[", "]", list),
        _ => value(text, at, "{", "}", list),
    }
}

fn value(
    text: &str,
    at: Range<usize>,
    opener: &'static str,
    closer: &'static str,
    list: bool,
) -> Unclosed {
    let start = text[..at.start]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let mut end = text.len();
    let mut next = at.end + line(text, at.end).len();
    while next < text.len() {
        if ends_a_value(line(text, next), list) {
            end = next;
            break;
        }
        next += line(text, next).len();
    }
    Unclosed {
        key: recover::key(line(text, start)).map(str::to_owned),
        at,
        opener,
        closer,
        range: start..end,
    }
}

/// From a byte to the end of its line, the newline included.
fn line(text: &str, from: usize) -> &str {
    let rest = text.get(from..).unwrap_or_default();
    rest.split_inclusive('\n').next().unwrap_or_default()
}

/// Whether a bracket is the first or the second character of its line: that of a header.
fn is_header_bracket(text: &str, at: usize) -> bool {
    // A header is not indented by more than this.
    let nearby = text.floor_char_boundary(at.saturating_sub(80));
    let before = &text[nearby..at];
    let before = match before.rsplit_once('\n') {
        Some((_, before)) => before,
        None if nearby == 0 => before,
        None => return false,
    };
    before.trim().trim_start_matches('[').is_empty()
        && text[at..]
            .trim_start_matches('[')
            .starts_with(char::is_alphabetic)
}

/// Whether a line cannot be inside a value: it is a header or, inside a list, sets a key.
fn ends_a_value(line: &str, list: bool) -> bool {
    let line = line.trim();
    if let Some(inner) = line.strip_prefix('[') {
        let inner = inner.trim_start_matches('[');
        let Some((name, rest)) = inner.split_once(']') else {
            return false;
        };
        let rest = rest.trim_start_matches(']').trim_start();
        let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        // What a list may hold without quotes.
        let word = ["true", "false", "inf", "nan"].contains(&name);
        return name.starts_with(char::is_alphabetic)
            && name.chars().all(part)
            && !word
            && (rest.is_empty() || rest.starts_with('#'));
    }
    let key = recover::key(line);
    list && key.is_some_and(|key| key.starts_with(char::is_alphabetic) && line.starts_with(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, Option<String>, &str)> {
        let all = all(text).into_iter();
        all.map(|value| (value.opener, value.key, &text[value.range]))
            .collect()
    }

    #[test]
    fn a_value_ends_where_a_line_cannot_belong_to_it() {
        let key = |key: &str| Some(key.to_owned());
        for (text, expected) in [
            (
                "a = [\n  \"x\",\nb = 1\n",
                ("[", key("a"), "a = [\n  \"x\",\n"),
            ),
            (
                "a = [\"x\"\n\n[check.b]\n",
                ("[", key("a"), "a = [\"x\"\n\n"),
            ),
            (
                "a = { b = [1,\n[[check]]\n",
                ("{", key("a"), "a = { b = [1,\n"),
            ),
            (
                "a = \"\"\"x\ny\n[launch] # z\n",
                ("\"\"\"", key("a"), "a = \"\"\"x\ny\n"),
            ),
            ("a = \'\'\'x", ("\'\'\'", key("a"), "a = \'\'\'x")),
            ("a = [1,\n2", ("[", key("a"), "a = [1,\n2")),
        ] {
            assert_eq!(found(text), [expected], "{text}");
        }
        for text in [
            "[[check]\na = 1\n[b]\n",
            "a = [\n  [\"x\"],\n  [true],\n  [1], # [check]\n]\nb = 2\n[c]\n",
            "a = \"\"\"\n[check]\nb = 1\n\"\"\"\n[c]\n",
            "a = {\n b = 1,\n}\n",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
