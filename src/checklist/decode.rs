//! Decodes a table into its type and finds everything that is wrong with it.
//!
//! Decoding stops at its first error. To find all of them, the rejected entry is taken away and the rest is decoded
//! again, until nothing is rejected or nothing can be taken away. An entry that is missing only because it was taken
//! away is not reported.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer};

use super::decode_message::{DecodeMessage, listed};
use super::error::{Log, Problem};
use super::interpolate::Filled;
use super::keys::KEYS;
use super::schema_keys::SchemaKeys;
use super::slips;
use super::source::Place;
use crate::model::{AnyModule, suggest};

/// After this many errors in one table, stop: each costs another decoding.
const MOST: usize = 50;

/// A table to decode, and what is known about it.
pub(super) struct Part<'a> {
    pub file: usize,
    /// What to call it: "check `login-names`".
    pub name: &'a str,
    /// Where it begins: the place of what is missing.
    pub header: Range<usize>,
    pub schema: &'a SchemaKeys,
    /// Keys that belong to it and are decoded elsewhere, for suggestions.
    pub beside: Option<&'a SchemaKeys>,
    pub filled: &'a Filled,
    /// The module whose documentation explains the keys, and which knows where old keys went.
    pub module: Option<&'static dyn AnyModule>,
}

/// An entry that was taken away.
struct Removed {
    container: Range<usize>,
    /// `None` in an array.
    key: Option<String>,
}

impl Part<'_> {
    /// Decodes the table; every error goes to the log, and only a table without one gives a value.
    pub(super) fn decode<T>(
        &self,
        mut table: DeTable<'_>,
        decode: impl Fn(Deserializer<'_>) -> Result<T, toml::de::Error>,
        log: &mut Log,
    ) -> Option<T> {
        for (key, value) in &table {
            self.schema.secrets(key.get_ref(), value, &mut |span| {
                log.secret(Place::new(self.file, span));
            });
        }
        let mut removed = self.keys(&mut table, log);
        removed.extend(self.slid_unseen(&mut table, log));
        let mut errors = removed.len();
        loop {
            let error = match decode(Deserializer::from(Spanned::new(
                self.header.clone(),
                table.clone(),
            ))) {
                Ok(decoded) => return (errors == 0).then_some(decoded),
                Err(error) => error,
            };
            let span = error.span().unwrap_or_else(|| self.header.clone());
            let message = self.message(&error, &span, &table, &decode);
            if !follows(&removed, &span, &message) && !self.is_lost(&message) {
                errors += 1;
                self.report(&span, &message, &table, log);
            } else if errors == 0 {
                errors = 1;
            }
            match take(&mut table, &self.header, &span) {
                Some(entry) if errors < MOST => removed.push(entry),
                _ => return None,
            }
        }
    }

    /// Reports unknown keys and missing keys; takes the unknown ones away.
    fn keys(&self, table: &mut DeTable<'_>, log: &mut Log) -> Vec<Removed> {
        if self.schema.is_open() {
            return Vec::new();
        }
        let known: Vec<&str> = self
            .schema
            .keys()
            .chain(self.beside.into_iter().flat_map(SchemaKeys::keys))
            .collect();
        let mut unknown = Vec::new();
        let mut missing = Vec::new();
        let keys = table.keys().filter(|key| !self.schema.has(key.get_ref()));
        for key in keys.cloned().collect::<Vec<_>>() {
            let name: &str = key.get_ref();
            let candidates = if log.is_full() { &[] } else { &known[..] };
            let near = suggest::nearest(name, candidates.iter().copied());
            if near.is_some_and(|near| self.schema.is_secret(near)) {
                let value = table.get(name).map(Spanned::span);
                log.secret(Place::new(self.file, value.unwrap_or_else(|| key.span())));
            }
            let problem = Problem::at(
                Place::new(self.file, key.span()),
                format!("unknown key `{name}`"),
            );
            let help = match near {
                _ if KEYS.contains(&name) => {
                    format!("move `{name}` to the top of the file, before the first table")
                }
                _ if let Some(place) = self.moved_to(name) => format!("`{name}` is now `{place}`"),
                Some(near) => format!("did you mean `{near}`?"),
                None => match self.module {
                    Some(module) => {
                        format!("`tminus modules {}` lists its settings", module.name())
                    }
                    None => format!("the keys of {} are {}", self.name, and(&known)),
                },
            };
            log.problem(problem.help(Some(help)));
            unknown.push(Removed {
                container: self.header.clone(),
                key: Some(name.to_owned()),
            });
            table.remove(name);
        }
        for key in self.schema.required() {
            let message = format!("missing field `{key}`");
            if table.contains_key(key) || follows(&unknown, &self.header, &message) {
                continue;
            }
            if !self.is_lost(&message) {
                let place = Place::new(self.file, self.header.clone());
                let problem = Problem::at(place, format!("{} has no `{key}`", self.name));
                log.problem(
                    problem.label(format!("missing key `{key}`")).help(
                        self.schema
                            .description(key)
                            .map(|text| format!("`{key}`: {text}")),
                    ),
                );
            }
            missing.push(Removed {
                container: self.header.clone(),
                key: Some(key.to_owned()),
            });
        }
        unknown.extend(missing);
        unknown
    }

    /// Whether an error only says that a key is missing whose line is no TOML, which is an error already.
    fn is_lost(&self, message: &str) -> bool {
        let missing = message.strip_prefix("missing field `");
        let missing = missing.and_then(|rest| rest.strip_suffix('`'));
        let lost = self.filled.lost(self.header.start);
        missing
            .zip(lost)
            .is_some_and(|(key, lost)| lost.contains(key))
    }

    /// Where the module's key of this old name went.
    fn moved_to(&self, name: &str) -> Option<&'static str> {
        let moved = self.module?.moved().iter();
        let mut moved = moved.filter(|(old, _)| *old == name);
        moved.next().map(|(_, place)| *place)
    }

    /// The words of an error, without anything that was filled in: where the value that was refused had
    /// placeholders, it is decoded again as it was written, and that error's words are taken.
    fn message<T>(
        &self,
        error: &toml::de::Error,
        span: &Range<usize>,
        table: &DeTable<'_>,
        decode: &impl Fn(Deserializer<'_>) -> Result<T, toml::de::Error>,
    ) -> String {
        let message = match self.filled.written(span) {
            None => error.message().to_owned(),
            Some(written) => {
                let mut again = table.clone();
                put(&mut again, span, written);
                let header = self.header.clone();
                match decode(Deserializer::from(Spanned::new(header, again))) {
                    Err(again) if again.span().as_ref() == Some(span) => again.message().to_owned(),
                    _ => format!("the value of `{written}` cannot be used here"),
                }
            }
        };
        self.filled.scrub(&message)
    }

    fn report(&self, span: &Range<usize>, message: &str, table: &DeTable<'_>, log: &mut Log) {
        let mut words = DecodeMessage::of(message);
        let secret = log.is_secret(&Place::new(self.file, span.clone()));
        if words.wants_list() && !secret {
            words.help = slips::as_list(table, span, self.filled);
        }
        let mut problem = Problem::at(Place::new(self.file, span.clone()), words.message);
        // What was found is the secret itself, or a part of it.
        if let Some(label) = words.label.take_if(|_| !secret) {
            problem = problem.label(label);
        }
        // What the headers of its own tables begin with.
        let prefix = match self.module {
            Some(_) => "check",
            None => self.name.trim_matches(['[', ']']),
        };
        let slid = slips::slid(table, span, prefix, |outer, key| self.slid(outer, key));
        log.problem(problem.help(slid.or(words.help)));
    }

    /// Keys of this table that slid under the header of a sub-table which takes any key, such as `[check.env]`: they are
    /// valid there, and mean something else. Quotes say that this is meant.
    fn slid_unseen(&self, table: &mut DeTable<'_>, log: &mut Log) -> Vec<Removed> {
        let mut removed = Vec::new();
        if self.module.is_none() {
            return removed;
        }
        for (outer, value) in table.iter_mut() {
            let outer: &str = outer.get_ref();
            let within = value.span();
            let DeValue::Table(inner) = value.get_mut() else {
                continue;
            };
            if !self.schema.is_map(outer) {
                continue;
            }
            let has = |key: &str| {
                self.schema.has(key) || self.beside.is_some_and(|beside| beside.has(key))
            };
            let slid = inner.keys().filter(|key| {
                let (name, span): (&str, _) = (key.get_ref(), key.span());
                let inline = within.start <= span.start && span.end <= within.end;
                has(name) && !inline && span.len() == name.len()
            });
            for key in slid.cloned().collect::<Vec<_>>() {
                let name: &str = key.get_ref();
                let message =
                    format!("`{name}` is a key of the check, here below `[check.{outer}]`");
                let help = format!(
                    "move it above `[check.{outer}]`, or write it in quotes if it is meant there"
                );
                let place = Place::new(self.file, key.span());
                log.problem(Problem::at(place, message).help(Some(help)));
                inner.remove(name);
                removed.push(Removed {
                    container: within.clone(),
                    key: Some(name.to_owned()),
                });
            }
        }
        removed
    }

    /// Whether a key of a sub-table is one of this table and not of the sub-table.
    fn slid(&self, outer: &str, key: &str) -> bool {
        let here = self.schema.has(key) || self.beside.is_some_and(|beside| beside.has(key));
        here && !self.schema.nests(outer, key)
    }
}

/// Whether an error only says that something is gone which was taken away before.
fn follows(removed: &[Removed], span: &Range<usize>, message: &str) -> bool {
    let missing = message.strip_prefix("missing field `");
    let missing = missing.and_then(|rest| rest.strip_suffix('`'));
    let mut inside = removed.iter().filter(|entry| entry.container == *span);
    match missing {
        // Also when what was taken away is unknown and was meant to be this key.
        Some(key) => inside.any(|entry| {
            let gone = entry.key.as_deref();
            gone.is_some_and(|gone| suggest::nearest(gone, [key]).is_some())
        }),
        None => inside.next().is_some(),
    }
}

/// Takes away the innermost entry at these bytes.
fn take(table: &mut DeTable<'_>, container: &Range<usize>, span: &Range<usize>) -> Option<Removed> {
    let mut values = table.iter_mut().map(|(_, value)| value);
    if let Some(removed) = values.find_map(|value| take_inside(value, span)) {
        return Some(removed);
    }
    let here =
        |(key, value): &(&Spanned<_>, &Spanned<_>)| key.span() == *span || value.span() == *span;
    let key = table.iter().find(here)?.0.get_ref().to_string();
    table.remove(key.as_str())?;
    Some(Removed {
        container: container.clone(),
        key: Some(key),
    })
}

fn take_inside(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<Removed> {
    let container = value.span();
    match value.get_mut() {
        DeValue::Table(table) => take(table, &container, span),
        DeValue::Array(array) => take_element(array, &container, span),
        _ => None,
    }
}

fn take_element(
    array: &mut DeArray<'_>,
    container: &Range<usize>,
    span: &Range<usize>,
) -> Option<Removed> {
    let mut values = array.iter_mut();
    if let Some(removed) = values.find_map(|value| take_inside(value, span)) {
        return Some(removed);
    }
    let index = array.iter().position(|value| value.span() == *span)?;
    let rest = std::mem::replace(array, DeArray::new())
        .into_iter()
        .enumerate();
    rest.filter(|(at, _)| *at != index)
        .for_each(|(_, value)| array.push(value));
    Some(Removed {
        container: container.clone(),
        key: None,
    })
}

/// Replaces the string at these bytes.
fn put(table: &mut DeTable<'_>, span: &Range<usize>, text: &str) {
    for (_, value) in table.iter_mut() {
        put_value(value, span, text);
    }
}

fn put_value(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>, text: &str) {
    let here = value.span() == *span;
    match value.get_mut() {
        DeValue::String(string) if here => *string = text.to_owned().into(),
        DeValue::Array(array) => {
            for value in array.iter_mut() {
                put_value(value, span, text);
            }
        }
        DeValue::Table(table) => put(table, span, text),
        _ => {}
    }
}

fn and(known: &[&str]) -> String {
    listed(known).replace(" or ", " and ")
}
