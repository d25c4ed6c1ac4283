//! Which values of a file's text are secret by the name of their key: all that is under `env`, `headers`, `url`
//! and the like, and under password-like names. Works on tokens, so it also finds them where the syntax is broken;
//! in doubt it finds too many.

use std::ops::Range;

use toml_parser::Source as Tokens;
use toml_parser::lexer::{Token, TokenKind};

use crate::model::looks_secret;

/// Keys whose values are as a rule secrets, whatever they are called inside.
const KEYS: [&str; 10] = [
    "env", "header", "headers", "url", "urls", "dsn", "cookie", "cookies", "auth", "login",
];

fn is_secret(key: &str) -> bool {
    let key = key.trim_matches(['"', '\'', ':']);
    KEYS.contains(&key.to_lowercase().as_str()) || looks_secret::is_telling(key)
}

/// Where secret values are, without their quotes, in order and apart.
pub(super) fn secret_values(text: &str) -> Vec<Range<usize>> {
    let tokens: Vec<Token> = Tokens::new(text).lex().collect();
    let mut scan = Scan {
        text,
        tokens: &tokens,
        found: Vec::new(),
        open: Vec::new(),
        table: false,
        key: false,
    };
    let mut at = 0;
    let mut begins = true; // a key may follow
    while at < tokens.len() {
        (at, begins) = scan.step(at, begins);
    }
    scan.found
}

struct Scan<'a> {
    text: &'a str,
    tokens: &'a [Token],
    found: Vec<Range<usize>>,
    /// For each open bracket, whether it is a brace and whether what it holds is secret.
    open: Vec<(bool, bool)>,
    /// Whether the header above names a secret table.
    table: bool,
    /// Whether the key before the value names a secret.
    key: bool,
}

impl Scan<'_> {
    fn kind(&self, at: usize) -> TokenKind {
        self.tokens.get(at).map_or(TokenKind::Eof, Token::kind)
    }

    fn word(&self, at: usize) -> &str {
        let span = self.tokens[at].span();
        self.text.get(span.start()..span.end()).unwrap_or_default()
    }

    /// Looks at one token, or at a whole key. Returns the next one, and whether a key may begin there.
    fn step(&mut self, at: usize, begins: bool) -> (usize, bool) {
        match self.kind(at) {
            TokenKind::Whitespace | TokenKind::Comment => return (at + 1, begins),
            TokenKind::Newline => {
                if self.header(at + 1) {
                    self.open.clear();
                }
                self.key &= !self.open.is_empty();
                return (at + 1, self.in_table());
            }
            TokenKind::LeftSquareBracket if begins && self.open.is_empty() => {
                return (self.named_table(at), false);
            }
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                let brace = self.kind(at) == TokenKind::LeftCurlyBracket;
                self.open.push((brace, self.key));
                self.key = false;
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                self.open.pop();
            }
            TokenKind::Comma => self.key &= self.open.is_empty(),
            TokenKind::Equals => {}
            _ if begins => return self.key_or_value(at),
            _ => self.value(at),
        }
        let separates = matches!(
            self.kind(at),
            TokenKind::LeftCurlyBracket | TokenKind::Comma
        );
        (at + 1, separates && self.in_table())
    }

    fn in_table(&self) -> bool {
        self.open.last().is_none_or(|(brace, _)| *brace)
    }

    /// Whether a line begins as the header of a table does: brackets that were open before it never closed.
    fn header(&self, mut at: usize) -> bool {
        let mut brackets = 0;
        while self.kind(at) == TokenKind::LeftSquareBracket {
            brackets += 1;
            at += 1;
        }
        let bare = self.kind(at) == TokenKind::Atom
            && self.word(at).starts_with(|c: char| c.is_alphabetic());
        brackets > 0 && bare
    }

    /// A header, to the end of its line.
    fn named_table(&mut self, mut at: usize) -> usize {
        self.table = false;
        while !matches!(self.kind(at), TokenKind::Newline | TokenKind::Eof) {
            let is_word = !matches!(self.kind(at), TokenKind::Comment | TokenKind::Whitespace);
            self.table |= is_word && is_secret(self.word(at));
            at += 1;
        }
        at
    }

    /// A dotted key with its equals sign; a secret name without one counts too. Anything else is a value.
    fn key_or_value(&mut self, first: usize) -> (usize, bool) {
        let mut at = first;
        let mut secret = false;
        loop {
            match self.kind(at) {
                TokenKind::Whitespace | TokenKind::Dot => {}
                TokenKind::Atom | TokenKind::BasicString | TokenKind::LiteralString => {
                    secret |= is_secret(self.word(at));
                }
                TokenKind::Equals => {
                    self.key = secret;
                    return (at + 1, false);
                }
                _ => break,
            }
            at += 1;
        }
        if is_secret(self.word(first)) {
            self.key = true;
        } else {
            self.value(first);
        }
        (first + 1, false)
    }

    fn value(&mut self, at: usize) {
        let secret = self.table || self.key || self.open.iter().any(|(_, secret)| *secret);
        let mut value = self.word(at);
        if !secret || value.trim_matches(':').is_empty() {
            return;
        }
        let mut start = self.tokens[at].span().start();
        let is_string = !matches!(self.kind(at), TokenKind::Atom | TokenKind::Dot);
        if let Some(quote) = value.chars().next().filter(|_| is_string) {
            let inner = value.trim_start_matches(quote);
            start += value.len() - inner.len();
            value = inner.trim_end_matches(quote);
        }
        if value.is_empty() || looks_secret::is_placeholder(value) {
            return;
        }
        let end = start + value.trim_end().len();
        match self.found.last_mut() {
            // A bare word with dots in it comes in pieces.
            Some(last) if last.end == start => last.end = end,
            _ => self.found.push(start..end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::secret_values;

    fn masked(text: &str) -> String {
        let mut shown = text.to_owned();
        for range in secret_values(text).into_iter().rev() {
            shown.replace_range(range, "***");
        }
        shown
    }

    #[test]
    fn values_under_secret_keys_are_found() {
        for (text, shown) in [
            (
                r#"env = { A = "x", B.c = 'y' }"#,
                r#"env = { A = "***", B.c = '***' }"#,
            ),
            (
                "[check.env]\nA = \"x\"\n\nB = 5\n[launch]\nname = \"n\"",
                "[check.env]\nA = \"***\"\n\nB = ***\n[launch]\nname = \"n\"",
            ),
            ("[[check.env]]\nA = \"x\"", "[[check.env]]\nA = \"***\""),
            (r#"env.A = "x""#, r#"env.A = "***""#),
            (
                r#""headers" = [["A", "x"], "y"]"#,
                r#""headers" = [["***", "***"], "***"]"#,
            ),
            (
                "url = [\n  \"x\",\n  \"y\",\n]\nid = \"a\"",
                "url = [\n  \"***\",\n  \"***\",\n]\nid = \"a\"",
            ),
            (
                "db-password = '''\nx\n'''\nid = 1",
                "db-password = '''***\n'''\nid = 1",
            ),
            (
                "tls = { key-pass = \"x\", ca = \"y\" }",
                "tls = { key-pass = \"***\", ca = \"y\" }",
            ),
            (
                r#"env = { A = "${env:A}", B = "a${env:B}" }"#,
                r#"env = { A = "${env:A}", B = "***" }"#,
            ),
            (r#"plain-env = { A = "x" }"#, r#"plain-env = { A = "x" }"#),
            (r#"tags = ["env", "url"]"#, r#"tags = ["env", "url"]"#),
            (
                r#"a = { env = { A = "x" }, b = "y" }"#,
                r#"a = { env = { A = "***" }, b = "y" }"#,
            ),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn broken_syntax_hides_no_secret() {
        for text in [
            "env = { A = \"hunter2",
            "env = { A = 'hunter2 }",
            "env = { A = hunter2 }",
            "env = { A = hunter.2.hunter2 }",
            "env { A = \"hunter2\" }",
            "env: { A: \"hunter2\" }",
            "{ \"env\": { \"A\": \"hunter2\" } }",
            "env = [ A = \"hunter2\"",
            "env = { A = \"x\"\nB = \"hunter2\"",
            "[check.env\nA = \"hunter2\"",
            "[check.env]]\nA = \"hunter2\"",
            "env A = \"hunter2\"",
            "url \"hunter2\"",
            "url == \"hunter2\"",
            "url = = hunter2",
            "headers = { \"Authorization\" = \"a\" \"hunter2\" }",
        ] {
            let shown = masked(text);
            assert!(!shown.contains("hunter2"), "{text}: {shown}");
        }
        let closed = masked("env = { A = \"x\"\n[launch]\nname = \"n\"");
        assert!(closed.ends_with("name = \"n\""), "{closed}");
    }
}
