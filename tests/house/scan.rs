//! One source file, read for what it takes from others: its imports, the paths it writes out, and its words.
//!
//! The tokens come from `proc-macro2`, so that comments and strings cannot be mistaken for code. Items under
//! `#[cfg(test)]` are left out. Paths inside the strings of serde's and schemars' attributes count: they are calls.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

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
    /// Every identifier outside tests, with its line.
    pub words: Vec<(String, usize)>,
    /// The modules declared under `#[cfg(test)]`.
    pub test_modules: Vec<String>,
    /// The modules written inside the file, which this scanner does not follow.
    pub inline_modules: Vec<String>,
}

/// Reads a source text.
///
/// # Panics
/// When it is no Rust.
pub fn scan(text: &str) -> Scan {
    let tokens: TokenStream = text.parse().expect("a source file has balanced tokens");
    let mut scan = Scan::default();
    scan.walk(tokens);
    scan
}

impl Scan {
    fn walk(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = self.step(&tokens, at);
        }
    }

    /// Reads what begins at a token and returns where the next begins.
    fn step(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        match &tokens[at] {
            TokenTree::Group(group) => {
                let mut inside = group.stream().into_iter();
                // `pub(in crate::checks)` takes nothing from there.
                let visibility =
                    matches!(inside.next(), Some(TokenTree::Ident(ident)) if ident == "in");
                if !visibility {
                    self.walk(group.stream());
                }
                at + 1
            }
            TokenTree::Punct(punct) if punct.as_char() == '#' => self.attribute(tokens, at),
            TokenTree::Ident(ident) if ident == "use" && !is_punct(tokens.get(at + 1), '<') => {
                let end = end_of_statement(tokens, at);
                self.import(&tokens[at + 1..end], Vec::new());
                end
            }
            TokenTree::Ident(ident) if ident == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(_))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                {
                    self.inline_modules.push(name.to_string());
                }
                at + 1
            }
            TokenTree::Ident(_) => self.path(tokens, at),
            _ => at + 1,
        }
    }

    /// An attribute, and the item behind it when that is for tests only.
    fn attribute(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let body = at + 1 + usize::from(is_punct(tokens.get(at + 1), '!'));
        let Some(TokenTree::Group(group)) = tokens.get(body) else {
            return at + 1;
        };
        let inside: Vec<TokenTree> = group.stream().into_iter().collect();
        let name = inside.first().map(ToString::to_string).unwrap_or_default();
        if name == "cfg" && words(group.stream()).iter().any(|word| word == "test") {
            return self.skip_item(tokens, body + 1);
        }
        if name == "serde" || name == "schemars" {
            self.strings(group.stream());
        }
        body + 1
    }

    /// Skips an item for tests, and keeps its name when it is a module in a file of its own.
    fn skip_item(&mut self, tokens: &[TokenTree], from: usize) -> usize {
        let head = tokens[from..].iter().take_while(|token| !is_block(token));
        let head: Vec<String> = head.map(ToString::to_string).collect();
        if let Some(place) = head.iter().position(|word| word == "mod") {
            self.test_modules.extend(head.get(place + 1).cloned());
        }
        let import = head
            .iter()
            .take_while(|word| *word != ";")
            .any(|word| word == "use");
        let mut at = from;
        while let Some(token) = tokens.get(at) {
            at += 1;
            if is_punct(Some(token), ';') || (is_block(token) && !import) {
                break;
            }
        }
        at
    }

    /// The paths that an attribute of serde or schemars names as text, such as `with = "packed_serde"`.
    fn strings(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.strings(group.stream()),
                TokenTree::Literal(literal) => {
                    let line = literal.span().start().line;
                    let text = literal.to_string();
                    let path: Vec<String> = text
                        .trim_matches('"')
                        .split("::")
                        .map(str::to_owned)
                        .collect();
                    let is_name = |part: &String| {
                        !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_')
                    };
                    if path.iter().all(is_name) {
                        self.mention(path, None, line);
                    }
                }
                _ => {}
            }
        }
    }

    /// A path in the code: `a::b::C`.
    fn path(&mut self, tokens: &[TokenTree], start: usize) -> usize {
        let mut path = Vec::new();
        let mut at = start;
        while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
            self.words
                .push((ident.to_string(), ident.span().start().line));
            path.push(ident.to_string());
            at += 1;
            if !(is_punct(tokens.get(at), ':')
                && is_punct(tokens.get(at + 1), ':')
                && matches!(tokens.get(at + 2), Some(TokenTree::Ident(_))))
            {
                break;
            }
            at += 2;
        }
        if path.len() > 1 && !follows_a_path(tokens, start) {
            let line = tokens[start].span().start().line;
            self.mention(path, None, line);
        }
        at
    }

    /// A tree of imports: `a::{self, b::C, D as E}`.
    fn import(&mut self, tokens: &[TokenTree], mut path: Vec<String>) {
        let mut line = 0;
        let mut alias = None;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Ident(ident) if ident == "as" => {
                    alias = tokens.get(at + 1).map(ToString::to_string);
                    at += 1;
                }
                TokenTree::Ident(ident) => {
                    line = ident.span().start().line;
                    self.words.push((ident.to_string(), line));
                    path.push(ident.to_string());
                }
                TokenTree::Punct(punct) if punct.as_char() == '*' => {
                    line = punct.span().start().line;
                    alias = Some("*".to_owned());
                }
                TokenTree::Group(group) => {
                    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                    for part in inside.split(|token| is_punct(Some(token), ',')) {
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

/// Every identifier, in groups too.
fn words(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => found.extend(words(group.stream())),
            TokenTree::Ident(ident) => found.push(ident.to_string()),
            _ => {}
        }
    }
    found
}

fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// True for the `C` of `<A as B>::C`, which begins no path.
fn follows_a_path(tokens: &[TokenTree], at: usize) -> bool {
    at > 1 && is_punct(tokens.get(at - 1), ':') && is_punct(tokens.get(at - 2), ':')
}

fn end_of_statement(tokens: &[TokenTree], from: usize) -> usize {
    let end = tokens[from..]
        .iter()
        .position(|token| is_punct(Some(token), ';'));
    end.map_or(tokens.len(), |length| from + length)
}
