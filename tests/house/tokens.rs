//! Rust source as a tree of tokens, enough to tell code from comments and strings. A crate for it would have every
//! procedural macro of the project compiled once more.

use std::iter::Peekable;
use std::str::Chars;

/// A token and its line.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Counted from 1; of a group, the line of its opening bracket.
    pub line: usize,
}

/// What a token is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A keyword or name.
    Word(String),
    /// A string, without its quotes. Numbers, characters and lifetimes are empty ones.
    Text(String),
    /// One character of an operator.
    Sign(char),
    /// What stands between brackets, with the opening one.
    Group(char, Vec<Token>),
}

impl Token {
    /// The name or keyword.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// What is inside the brackets of this kind.
    pub fn group(&self, opening: char) -> Option<&[Token]> {
        match &self.kind {
            Kind::Group(bracket, inside) if *bracket == opening => Some(inside),
            _ => None,
        }
    }

    /// True for this character of an operator.
    pub fn is_sign(&self, sign: char) -> bool {
        matches!(self.kind, Kind::Sign(other) if other == sign)
    }
}

/// The tokens of a source text.
///
/// # Panics
/// When the brackets do not match.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader {
        rest: text.chars().peekable(),
        line: 1,
    };
    let mut open = vec![(Token::sign(' ', 0), Vec::new())];
    while let Some(token) = reader.token() {
        match token.kind {
            Kind::Sign('(' | '[' | '{') => open.push((token, Vec::new())),
            Kind::Sign(')' | ']' | '}') => {
                let (opening, inside) = open.pop().expect("brackets match");
                let Kind::Sign(bracket) = opening.kind else {
                    unreachable!("only signs open")
                };
                let kind = Kind::Group(bracket, inside);
                let line = opening.line;
                let around = open.last_mut().expect("brackets match");
                around.1.push(Token { kind, line });
            }
            _ => open.last_mut().expect("brackets match").1.push(token),
        }
    }
    let (_, all) = open.pop().expect("the file itself");
    assert!(open.is_empty(), "brackets match");
    all
}

impl Token {
    fn sign(sign: char, line: usize) -> Self {
        let kind = Kind::Sign(sign);
        Self { kind, line }
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    fn token(&mut self) -> Option<Token> {
        loop {
            let line = self.line;
            let kind = match self.next()? {
                space if space.is_whitespace() => continue,
                '/' if self.rest.peek() == Some(&'/') => {
                    while self.rest.next_if(|next| *next != '\n').is_some() {}
                    continue;
                }
                '/' if self.rest.peek() == Some(&'*') => {
                    self.comment();
                    continue;
                }
                '"' => Kind::Text(self.string()),
                '\'' => {
                    self.quote();
                    Kind::Text(String::new())
                }
                digit if digit.is_ascii_digit() => {
                    self.name(digit);
                    Kind::Text(String::new())
                }
                letter if letter.is_alphabetic() || letter == '_' => {
                    let name = self.name(letter);
                    self.prefixed(name)
                }
                sign => Kind::Sign(sign),
            };
            return Some(Token { kind, line });
        }
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.line += usize::from(next == Some('\n'));
        next
    }

    fn name(&mut self, first: char) -> String {
        let mut name = String::from(first);
        let inside = |next: &char| next.is_alphanumeric() || *next == '_';
        while let Some(next) = self.rest.next_if(inside) {
            name.push(next);
        }
        name
    }

    /// A name, or the string or raw name that it begins.
    fn prefixed(&mut self, name: String) -> Kind {
        match (name.as_str(), self.rest.peek()) {
            ("b" | "c", Some('"')) => {
                self.next();
                Kind::Text(self.string())
            }
            ("b", Some('\'')) => {
                self.next();
                self.quote();
                Kind::Text(String::new())
            }
            ("r" | "br" | "cr", Some('"' | '#')) => self.raw(),
            _ => Kind::Word(name),
        }
    }

    fn comment(&mut self) {
        let mut depth = 0;
        let mut before = '/';
        while let Some(next) = self.next() {
            match (before, next) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    before = next;
                    continue;
                }
            }
            if depth == 0 {
                return;
            }
            before = ' ';
        }
    }

    fn string(&mut self) -> String {
        let mut text = String::new();
        while let Some(next) = self.next() {
            match next {
                '"' => break,
                '\\' => text.extend(self.next()),
                _ => text.push(next),
            }
        }
        text
    }

    /// A raw string, or a raw name such as `r#type`.
    fn raw(&mut self) -> Kind {
        let mut fence = 0;
        while self.rest.next_if_eq(&'#').is_some() {
            fence += 1;
        }
        if self.rest.peek() != Some(&'"') {
            return Kind::Word(self.name('r').split_off(1));
        }
        self.next();
        let end = format!("\"{}", "#".repeat(fence));
        let mut text = String::new();
        while !text.ends_with(&end) {
            match self.next() {
                Some(next) => text.push(next),
                None => break,
            }
        }
        text.truncate(text.len().saturating_sub(end.len()));
        Kind::Text(text)
    }

    /// A character, or a lifetime.
    fn quote(&mut self) {
        let first = self.next();
        if first == Some('\\') {
            self.next();
            while self.next().is_some_and(|next| next != '\'') {}
        } else if self.rest.next_if_eq(&'\'').is_none() {
            first.map(|first| self.name(first));
        }
    }
}
