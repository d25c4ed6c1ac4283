//! Slips that a decoding error does not name by itself: a value where a list is wanted, a key under the wrong header.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::interpolate::Filled;

/// Keys whose value is a program with its arguments.
const PROGRAMS: [&str; 2] = ["run", "command"];
/// What only a shell understands.
const SHELL: &[char] = &[
    '|', '&', ';', '<', '>', '(', ')', '`', '"', '\'', '*', '?', '~', '$',
];

/// The words of the command lines in a check's settings that were written as they are, with their places.
pub(super) fn command_lines(table: &DeTable<'_>, filled: &Filled) -> Vec<(Range<usize>, String)> {
    let mut words = Vec::new();
    for (key, value) in table {
        let key: &str = key.get_ref();
        match value.get_ref() {
            DeValue::Table(inner) => words.extend(command_lines(inner, filled)),
            DeValue::Array(list) if PROGRAMS.contains(&key) => {
                let written = list
                    .iter()
                    .filter(|word| filled.parts(&word.span()).is_empty());
                words.extend(
                    written.filter_map(|word| {
                        Some((word.span(), word.get_ref().as_str()?.to_owned()))
                    }),
                );
            }
            _ => {}
        }
    }
    words
}

/// How to write the single value at these bytes as a list.
pub(super) fn as_list(table: &DeTable<'_>, span: &Range<usize>, filled: &Filled) -> Option<String> {
    let (path, value) = find(table, span)?;
    let items = match value {
        DeValue::String(text) => {
            let text = filled.shown(span, text);
            let program = path.last().is_some_and(|key| PROGRAMS.contains(key));
            match program && text.contains(char::is_whitespace) {
                true if text.contains(SHELL) => vec!["sh", "-c", text],
                true => text.split_whitespace().collect(),
                false => vec![text],
            }
        }
        _ => return None,
    };
    let literal = |item| toml::Value::String(String::from(item)).to_string();
    let items: Vec<_> = items.into_iter().map(literal).collect();
    Some(format!("write `[{}]`", items.join(", ")))
}

/// How to move a key that slid under the header of a sub-table: TOML gives a table all keys below its header. `moves`
/// says whether this sub-table has no such key, and the table itself does.
pub(super) fn slid(
    table: &DeTable<'_>,
    span: &Range<usize>,
    prefix: &str,
    moves: impl Fn(&str, &str) -> bool,
) -> Option<String> {
    let (path, _) = find(table, span)?;
    let (&outer, &key) = (path.first()?, path.last()?);
    if path.len() != 2 || !moves(outer, key) {
        return None;
    }
    let value = table.get(outer)?;
    let within = value.span();
    let out = if within.start <= span.start && span.end <= within.end {
        format!("out of `{outer}`")
    } else if value.get_ref().is_array() {
        format!("above `[[{prefix}.{outer}]]`")
    } else {
        format!("above `[{prefix}.{outer}]`")
    };
    let owner = match prefix {
        "check" => "the check".to_owned(),
        _ => format!("`[{prefix}]`"),
    };
    Some(format!("`{key}` belongs to {owner}: move it {out}"))
}

/// The keys that lead to the entry whose key or value is at these bytes, and the value.
fn find<'t>(
    table: &'t DeTable<'_>,
    span: &Range<usize>,
) -> Option<(Vec<&'t str>, &'t DeValue<'t>)> {
    table.iter().find_map(|(key, value)| {
        let here = key.span() == *span || value.span() == *span;
        let (mut path, value) = match here {
            true => (Vec::new(), value.get_ref()),
            false => find_inside(value.get_ref(), span)?,
        };
        path.insert(0, key.get_ref());
        Some((path, value))
    })
}

fn find_inside<'t>(
    value: &'t DeValue<'_>,
    span: &Range<usize>,
) -> Option<(Vec<&'t str>, &'t DeValue<'t>)> {
    let elements = |element: &'t Spanned<DeValue<'_>>| match element.span() == *span {
        true => Some((Vec::new(), element.get_ref())),
        false => find_inside(element.get_ref(), span),
    };
    match value {
        DeValue::Table(table) => find(table, span),
        DeValue::Array(array) => array.iter().find_map(elements),
        _ => None,
    }
}
