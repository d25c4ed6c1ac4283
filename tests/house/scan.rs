//! One source file, read for what it takes from others: its imports, the paths it writes out, and its words.
//!
//! Items under `#[cfg(test)]` are left out. Paths inside the strings of serde's and schemars' attributes count: they
//! are calls.

use super::tokens::{Kind, Token, tokens};

/// A `use` of one name, or a path written out in the code.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The path as it is written, for example `["super", "names", "Name"]`.
    pub path: Vec<String>,
    /// The name it has in this file; none for a path that is not imported.
    pub alias: Option<String>,
    /// Its line.
    pub line: usize,
}

/// What a source file takes from others.
#[derive(Debug, Default)]
pub struct Scan {
    /// Imports and paths, in the order of the file.
    pub mentions: Vec<Mention>,
    /// Every name and keyword outside tests, with its line.
    pub words: Vec<(String, usize)>,
    /// The modules declared under `#[cfg(test)]`.
    pub test_modules: Vec<String>,
    /// The modules written inside the file, which this scanner does not follow.
    pub inline_modules: Vec<String>,
    /// The ids of the rules and the names of the measure families that are written out here.
    pub declared: Vec<String>,
}

/// Reads a source text.
pub fn scan(text: &str) -> Scan {
    let mut scan = Scan::default();
    scan.walk(&tokens(text));
    scan
}

impl Scan {
    fn walk(&mut self, tokens: &[Token]) {
        let mut at = 0;
        while at < tokens.len() {
            at = self.step(tokens, at);
        }
    }

    /// Reads what begins at a token and returns where the next begins.
    fn step(&mut self, tokens: &[Token], at: usize) -> usize {
        match &tokens[at].kind {
            // `pub(in crate::checks)` takes nothing from there.
            Kind::Group(_, inside) if inside.first().and_then(Token::word) == Some("in") => at + 1,
            Kind::Group(_, inside) => {
                self.walk(inside);
                at + 1
            }
            Kind::Sign('#') => self.attribute(tokens, at),
            Kind::Word(word) if word == "use" && !is_sign(tokens.get(at + 1), '<') => {
                let end = end_of_statement(tokens, at);
                self.import(&tokens[at + 1..end], Vec::new());
                end
            }
            Kind::Word(word) if word == "mod" => {
                let next = tokens.get(at + 1).and_then(Token::word);
                let body = tokens.get(at + 2).and_then(|body| body.group('{'));
                if let (Some(name), Some(_)) = (next, body) {
                    self.inline_modules.push(name.to_owned());
                }
                at + 1
            }
            Kind::Word(word) => {
                let body = tokens.get(at + 1).and_then(|body| body.group('{'));
                match word.as_str() {
                    "Rule" => self
                        .declared
                        .extend(body.and_then(|body| value(body, "id"))),
                    "Family" => self
                        .declared
                        .extend(body.and_then(|body| value(body, "name"))),
                    _ => {}
                }
                self.path(tokens, at)
            }
            _ => at + 1,
        }
    }

    /// An attribute, and the item behind it when that is for tests only.
    fn attribute(&mut self, tokens: &[Token], at: usize) -> usize {
        let body = at + 1 + usize::from(is_sign(tokens.get(at + 1), '!'));
        let Some(inside) = tokens.get(body).and_then(|body| body.group('[')) else {
            return at + 1;
        };
        match inside.first().and_then(Token::word) {
            Some("cfg") if says(inside, "test") => return self.skip_item(tokens, body + 1),
            Some("serde" | "schemars") => self.strings(inside),
            _ => {}
        }
        body + 1
    }

    /// Skips an item for tests, and keeps its name when it is a module in a file of its own.
    fn skip_item(&mut self, tokens: &[Token], from: usize) -> usize {
        let end = end_of_statement(tokens, from);
        let block = tokens[from..end]
            .iter()
            .position(|token| token.group('{').is_some());
        let block = block.map(|length| from + length);
        let head = &tokens[from..block.unwrap_or(end)];
        let mut words = head.iter().filter_map(Token::word);
        if words.any(|word| word == "mod") {
            self.test_modules.extend(words.next().map(str::to_owned));
        }
        let import = head.iter().any(|token| token.word() == Some("use"));
        match block {
            Some(block) if !import => block + 1,
            _ => end,
        }
    }

    /// The paths that an attribute of serde or schemars names as text, such as `with = "packed_serde"`.
    fn strings(&mut self, tokens: &[Token]) {
        for token in tokens {
            match &token.kind {
                Kind::Group(_, inside) => self.strings(inside),
                Kind::Text(text) => {
                    let path: Vec<String> = text.split("::").map(str::to_owned).collect();
                    let is_name = |part: &String| {
                        !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_')
                    };
                    if path.iter().all(is_name) {
                        self.mention(path, None, token.line);
                    }
                }
                _ => {}
            }
        }
    }

    /// A path in the code: `a::b::C`.
    fn path(&mut self, tokens: &[Token], start: usize) -> usize {
        let mut path = Vec::new();
        let mut at = start;
        while let Some(word) = tokens.get(at).and_then(Token::word) {
            self.words.push((word.to_owned(), tokens[at].line));
            path.push(word.to_owned());
            at += 1;
            let behind = tokens.get(at + 2).and_then(Token::word);
            if behind.is_none() || !is_separator(tokens, at) {
                break;
            }
            at += 2;
        }
        // `<A as B>::C` begins no path at `C`.
        let begins = start < 2 || !is_separator(tokens, start - 2);
        if path.len() > 1 && begins {
            self.mention(path, None, tokens[start].line);
        }
        at
    }

    /// A tree of imports: `a::{self, b::C, D as E}`.
    fn import(&mut self, tokens: &[Token], mut path: Vec<String>) {
        let mut line = 0;
        let mut alias = None;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match &token.kind {
                Kind::Word(word) if word == "as" => {
                    at += 1;
                    alias = tokens.get(at).and_then(Token::word).map(str::to_owned);
                }
                Kind::Word(word) => {
                    line = token.line;
                    self.words.push((word.clone(), line));
                    path.push(word.clone());
                }
                Kind::Sign('*') => {
                    line = token.line;
                    alias = Some("*".to_owned());
                }
                Kind::Group(_, inside) => {
                    for part in inside.split(|token| token.is_sign(',')) {
                        if !part.is_empty() {
                            self.import(part, path.clone());
                        }
                    }
                    return;
                }
                _ => {}
            }
            at += 1;
        }
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let alias = alias.or_else(|| path.last().cloned());
        self.mention(path, alias, line);
    }

    fn mention(&mut self, path: Vec<String>, alias: Option<String>, line: usize) {
        self.mentions.push(Mention { path, alias, line });
    }
}

/// The text of a field: `id: "tls/chain-expiry"`.
fn value(fields: &[Token], name: &str) -> Option<String> {
    let mut three = fields.windows(3);
    three.find_map(|field| match &field[2].kind {
        Kind::Text(text) if field[0].word() == Some(name) && field[1].is_sign(':') => {
            Some(text.clone())
        }
        _ => None,
    })
}

/// True when the word is among the tokens, in groups too.
fn says(tokens: &[Token], word: &str) -> bool {
    tokens.iter().any(|token| match &token.kind {
        Kind::Group(_, inside) => says(inside, word),
        _ => token.word() == Some(word),
    })
}

fn is_sign(token: Option<&Token>, sign: char) -> bool {
    token.is_some_and(|token| token.is_sign(sign))
}

/// True for the `::` between two names.
fn is_separator(tokens: &[Token], at: usize) -> bool {
    is_sign(tokens.get(at), ':') && is_sign(tokens.get(at + 1), ':')
}

/// Behind the next semicolon, or the end.
fn end_of_statement(tokens: &[Token], from: usize) -> usize {
    let length = tokens[from..].iter().position(|token| token.is_sign(';'));
    length.map_or(tokens.len(), |length| from + length + 1)
}
