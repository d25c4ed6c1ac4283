//! Fills in `${env:NAME}`, `${env:NAME:-default}`, `${file:PATH}` and `${var:NAME}` in the strings of a table.
//!
//! `$${` is a literal `${`. Filled-in text is not searched for placeholders again. Because it may be secret, the value
//! of every placeholder is remembered, so that errors can show the placeholder instead.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::Inputs;
use super::error::{Log, Problem};
use super::source::{self, Lost, Place, Source};
use crate::model::suggest;

/// Largest `${file:PATH}`, in bytes: a file named in a checklist holds a token or a version.
const LARGEST_FILE: u64 = 64 << 10;

/// The strings of a file that had placeholders, by the byte they begin at, and which keys the file lost to errors of
/// syntax.
#[derive(Debug, Default)]
pub(super) struct Filled(BTreeMap<usize, Value>, Lost);

/// One string that had placeholders.
struct Value {
    span: Range<usize>,
    written: String,
    filled: String,
    parts: Vec<Part>,
}

/// A placeholder and its value.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) placeholder: String,
    pub(super) value: String,
    /// Whether the value comes from outside the checklist. A default does not.
    pub(super) outside: bool,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.written)
    }
}

impl Filled {
    /// Nothing filled in yet, and these keys lost.
    pub(super) fn without(lost: Lost) -> Self {
        Self(BTreeMap::new(), lost)
    }

    /// The keys that were lost below the header at this byte.
    pub(super) fn lost(&self, header: usize) -> Option<&BTreeSet<String>> {
        self.1.get(&header)
    }

    /// The string at these bytes as it was written, if it had placeholders.
    pub(super) fn written(&self, span: &Range<usize>) -> Option<&str> {
        let value = self.0.get(&span.start)?;
        (value.span == *span).then_some(value.written.as_str())
    }

    /// What was filled into the string at these bytes.
    pub(super) fn parts(&self, span: &Range<usize>) -> &[Part] {
        let value = self.0.get(&span.start);
        let value = value.filter(|value| value.span == *span);
        value.map_or(&[], |value| &value.parts)
    }

    /// The string at these bytes, safe to show.
    pub(super) fn shown<'a>(&'a self, span: &Range<usize>, text: &'a str) -> &'a str {
        self.written(span).unwrap_or(text)
    }

    /// A text in which every value filled in anywhere in the file is turned back into its placeholder. Values of one or
    /// two characters are left alone: they are no secrets, and replacing them would mangle the text around them.
    pub(super) fn scrub(&self, text: &str) -> String {
        let values = self.0.values();
        let whole = values.clone().map(|value| (&value.written, &value.filled));
        let parts = values
            .flat_map(|value| &value.parts)
            .map(|part| (&part.placeholder, &part.value));
        let mut pairs: Vec<_> = whole
            .chain(parts)
            .filter(|(_, filled)| filled.trim().len() > 2)
            .collect();
        pairs.sort_by_key(|(_, filled)| std::cmp::Reverse(filled.len()));
        pairs
            .into_iter()
            .fold(text.to_owned(), |text, (written, filled)| {
                let escaped = filled.escape_debug().to_string();
                text.replace(filled.as_str(), written)
                    .replace(filled.trim(), written)
                    .replace(&escaped, written)
            })
    }
}

/// Why an environment variable gives no text.
enum Unusable {
    NotSet,
    NotUtf8,
}

/// What filling in needs to know.
pub(super) struct Filler<'a> {
    pub inputs: &'a Inputs<'a>,
    pub source: &'a Source,
    pub file: usize,
}

impl Filler<'_> {
    /// Fills in every string of a table.
    pub(super) fn table(&self, table: &mut DeTable<'_>, filled: &mut Filled, log: &mut Log) {
        for (_, value) in table.iter_mut() {
            self.value(value, filled, log);
        }
    }

    /// Fills in every string of a value.
    pub(super) fn value(
        &self,
        value: &mut Spanned<DeValue<'_>>,
        filled: &mut Filled,
        log: &mut Log,
    ) {
        let span = value.span();
        match value.get_mut() {
            DeValue::String(text) if text.contains("${") => {
                if let Some(new) = self.string(text, &span, log) {
                    *text = new.filled.clone().into();
                    if !new.parts.is_empty() {
                        filled.0.insert(span.start, new);
                    }
                }
            }
            DeValue::Array(array) => {
                for value in array.iter_mut() {
                    self.value(value, filled, log);
                }
            }
            DeValue::Table(table) => self.table(table, filled, log),
            _ => {}
        }
    }

    /// Fills in one string. A placeholder without a value is a problem and leaves the string as is.
    fn string(&self, text: &str, span: &Range<usize>, log: &mut Log) -> Option<Value> {
        let mut filled = String::with_capacity(text.len());
        let mut parts = Vec::new();
        let mut rest = text;
        let mut whole = true;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            if let Some(before) = before.strip_suffix('$') {
                filled.push_str(before);
                filled.push_str("${");
                rest = &from[2..];
                continue;
            }
            filled.push_str(before);
            let Some(end) = from.find('}') else {
                let problem = Problem::at(self.place(from, span), "`${` without a closing `}`");
                log.problem(problem.help(Some("for a literal `${`, write `$${`")));
                return None;
            };
            let (placeholder, after) = from.split_at(end + 1);
            match self.placeholder(&placeholder[2..end], placeholder, span) {
                Ok((value, outside)) => {
                    filled.push_str(&value);
                    parts.push(Part {
                        placeholder: placeholder.to_owned(),
                        value,
                        outside,
                    });
                }
                Err(problem) => {
                    log.problem(*problem);
                    whole = false;
                }
            }
            rest = after;
        }
        filled.push_str(rest);
        whole.then(|| Value {
            span: span.clone(),
            written: text.to_owned(),
            filled,
            parts,
        })
    }

    /// The value of a placeholder, and whether it comes from outside the checklist.
    fn placeholder(
        &self,
        inside: &str,
        placeholder: &str,
        span: &Range<usize>,
    ) -> Result<(String, bool), Box<Problem>> {
        let at = |message: String| Problem::at(self.place(placeholder, span), message);
        let outside = |value: &String| (value.clone(), true);
        let (kind, name) = inside.split_once(':').unwrap_or((inside, ""));
        match kind {
            _ if name.is_empty() => Err(Box::new(
                at(format!("`{placeholder}` is not a placeholder"))
                    .label("expected `${env:NAME}`, `${env:NAME:-default}`, `${file:PATH}` or `${var:NAME}`")
                    .help(Some("for a literal `${`, write `$${`")),
            )),
            "env" => self.environment(name).map_err(|unusable| {
                let name = name.split(":-").next().unwrap_or(name);
                let (what, help) = match unusable {
                    Unusable::NotSet => (
                        "not set",
                        format!("set it, or provide a default: `${{env:{name}:-default}}`"),
                    ),
                    Unusable::NotUtf8 => (
                        "not UTF-8",
                        "set it to text in UTF-8; encode other bytes, for example in base64".to_owned(),
                    ),
                };
                let problem = at(format!("the environment variable `{name}` is {what}"));
                Box::new(problem.help(Some(help)))
            }),
            "var" => self.inputs.vars.get(name).map(outside).ok_or_else(|| {
                let known = self.inputs.vars.keys().map(String::as_str);
                let near = suggest::did_you_mean(name, known);
                let help = near.unwrap_or_else(|| format!("pass `--var {name}=VALUE`"));
                Box::new(at(format!("the variable `{name}` is not set")).help(Some(help)))
            }),
            "file" => match self.contents(name) {
                Ok(text) => Ok(outside(&text)),
                Err(unreadable) => Err(Box::new(at(unreadable.problem).help(unreadable.help))),
            },
            _ => Err(Box::new(
                at(format!("unknown kind of placeholder `{kind}`"))
                    .label("expected `env`, `file` or `var`")
                    .help(suggest::did_you_mean(kind, ["env", "file", "var"])),
            )),
        }
    }

    /// As in a shell, a default also replaces a variable that is set but empty.
    fn environment(&self, name: &str) -> Result<(String, bool), Unusable> {
        let set = |name| {
            let value = (self.inputs.environment)(name).ok_or(Unusable::NotSet)?;
            let value = value.into_string().map_err(|_| Unusable::NotUtf8)?;
            Ok((value, true))
        };
        match name.split_once(":-") {
            Some((name, default)) => match set(name) {
                Err(Unusable::NotSet) => Ok((default.to_owned(), false)),
                Ok((value, _)) if value.is_empty() => Ok((default.to_owned(), false)),
                set => set,
            },
            None => set(name),
        }
    }

    fn contents(&self, name: &str) -> Result<String, source::Unreadable> {
        let path = self.source.beside(name);
        let bytes = source::read(&path, LARGEST_FILE)?;
        let text = String::from_utf8(bytes).map_err(|error| source::Unreadable {
            problem: format!(
                "`{}` is not UTF-8: the first invalid byte is at offset {}",
                path.display(),
                error.utf8_error().valid_up_to()
            ),
            help: None,
        })?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
    }

    /// The place of a part of a string; the whole string where escapes hide the part.
    fn place(&self, part: &str, span: &Range<usize>) -> Place {
        let written = self.source.text.get(span.clone()).unwrap_or_default();
        let mut found = written.match_indices(part).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => {
                let start = span.start + at;
                Place::new(self.file, start..start + part.len())
            }
            _ => Place::new(self.file, span.clone()),
        }
    }
}
