//! TOML text -> a table whose keys and values know their positions, with every syntax error.

use serde_spanned::Spanned;
use toml::de::DeTable;
use toml_parser::Source as Tokens;
use toml_parser::lexer::TokenKind;

use super::broken;
use super::error::{Log, Problem};
use super::recover::{self, REPEATED};
use super::source::{Place, Source};
use super::unclosed;

/// A table with positions.
pub(super) type Table<'t> = Spanned<DeTable<'t>>;

/// How deep keys and values may nest. The parser bounds brackets but not dotted keys, and every level of either
/// takes stack wherever the tree is walked.
const DEEPEST: usize = 64;

/// What could be read of the text; `None` when nothing should be made of it.
pub(super) fn parse<'t>(source: &'t Source, file: usize, log: &mut Log) -> Option<Table<'t>> {
    if let Some(span) = too_deep(&source.text) {
        let problem = Problem::at(Place::new(file, span), "nested too deeply");
        log.problem(problem.label(format!("at most {DEEPEST} levels are allowed")));
        return None;
    }
    let (table, mut errors) = DeTable::parse_recoverable(&source.text);
    if !errors.is_empty() {
        errors = without_unclosed(source, file, errors, log);
    }
    // The parser continues after an error and may report it again at the same place.
    errors.dedup_by_key(|error| error.span().map(|span| span.start));
    single_brackets(source, file, &mut errors, log);
    for error in &errors {
        let end = source.text.len();
        let span = error.span().unwrap_or(end..end);
        let (message, expected) = error
            .message()
            .split_once(", expected ")
            .map_or((error.message(), None), |(message, expected)| {
                (message, Some(expected))
            });
        let message = match (message, source.text.get(span.clone())) {
            ("", _) => "not valid TOML".to_owned(),
            ("duplicate key", Some(key)) => format!("duplicate key `{key}`"),
            _ => message.to_owned(),
        };
        let mut problem = Problem::at(Place::new(file, span), message);
        if let Some(expected) = expected {
            problem = problem.label(format!("expected {expected}"));
        }
        log.problem(problem);
    }
    Some(table)
}

/// A value that is never closed swallows what follows, and every line of that is an error. It is one slip.
fn without_unclosed(
    source: &Source,
    file: usize,
    errors: Vec<toml::de::Error>,
    log: &mut Log,
) -> Vec<toml::de::Error> {
    let unclosed = unclosed::all(&source.text);
    if unclosed.is_empty() {
        return errors;
    }
    let mut text = source.text.clone();
    for value in unclosed {
        let of = value
            .key
            .as_ref()
            .map_or_else(String::new, |key| format!(" of `{key}`"));
        let (opener, closer) = (value.opener, value.closer);
        let problem = Problem::at(
            Place::new(file, value.at),
            format!("`{opener}` is never closed"),
        );
        let help = format!("write `{closer}` at the end of the value{of}");
        log.problem(problem.label("opened here").help(Some(help)));
        broken::blank(&mut text, value.range);
    }
    DeTable::parse_recoverable(&text).1
}

/// `[check]` several times gives a duplicate for each header and each key below it: they are one slip.
fn single_brackets(source: &Source, file: usize, errors: &mut Vec<toml::de::Error>, log: &mut Log) {
    let headers = recover::headers(&source.text);
    for name in REPEATED {
        let single = headers.iter().filter(|header| header.name == name);
        let single: Vec<_> = single.filter(|header| !header.double).collect();
        let follows = |error: &toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            let inside = single.iter().any(|header| header.range.contains(&at));
            inside && error.message().starts_with("duplicate key")
        };
        let count = errors.len();
        errors.retain(|error| !follows(error));
        let (Some(first), true) = (single.first(), errors.len() < count) else {
            continue;
        };
        let span = first.at..source.line(first.at).end;
        let message = format!("expected an array of tables `[[{name}]]`");
        let problem = Problem::at(Place::new(file, span), message).label("found a table");
        let times = match single.len() {
            1 => String::new(),
            times => format!(", here and {} more times below", times - 1)
                .replace("1 more times", "once more"),
        };
        let help = format!("write `[[{name}]]`, with double brackets{times}");
        log.problem(problem.help(Some(help)));
    }
}

/// Where brackets and dots first nest deeper than [`DEEPEST`].
fn too_deep(text: &str) -> Option<std::ops::Range<usize>> {
    // Levels before each open bracket, and the dots since the last separator.
    let mut open: Vec<usize> = Vec::new();
    let mut base = 0;
    let mut dots = 0;
    for token in Tokens::new(text).lex() {
        match token.kind() {
            TokenKind::Dot => dots += 1,
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                open.push(base);
                base += dots + 1;
                dots = 0;
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                base = open.pop().unwrap_or(0);
                dots = 0;
            }
            TokenKind::Comma => dots = 0,
            TokenKind::Newline if open.is_empty() => dots = 0,
            _ => {}
        }
        if base + dots > DEEPEST {
            return Some(token.span().start()..token.span().end());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::too_deep;

    #[test]
    fn brackets_and_dots_count_alike() {
        assert_eq!(
            too_deep(
                "a.b.c = 1.5 # ........................................................................"
            ),
            None
        );
        assert!(too_deep(&format!("{}a = 1", "a.".repeat(70))).is_some());
        assert!(too_deep(&format!("[{}a]", "a.".repeat(70))).is_some());
        assert!(too_deep(&format!("a = {}", "[".repeat(70))).is_some());
        assert!(too_deep(&format!("a = {}", "{a.a.a.a=".repeat(20))).is_some());
        assert_eq!(too_deep(&"a.b.c.d = [1.1, 1.2]\n".repeat(100)), None);
        assert_eq!(too_deep(&format!("a = [{}]", "1.5,\n".repeat(100))), None);
    }
}
