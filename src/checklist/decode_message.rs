//! Decoding errors in the words of a person who writes checklists.

use crate::model::suggest;

/// A decoding error, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DecodeMessage {
    pub message: String,
    /// What was expected.
    pub label: Option<String>,
    pub help: Option<String>,
}

impl DecodeMessage {
    /// Takes apart what serde, or a type of ours through it, said.
    pub(super) fn of(message: &str) -> Self {
        let (what, expected) = message
            .split_once(", expected ")
            .map_or((message, None), |(what, expected)| (what, Some(expected)));
        if let Some(key) = quoted(what, "unknown field ") {
            return Self::unknown("unknown key", key, expected);
        }
        if let Some(variant) = quoted(what, "unknown variant ") {
            return Self::unknown("unknown value", variant, expected);
        }
        if let Some(key) = quoted(what, "missing field ") {
            return Self::plain(format!("missing key `{key}`"));
        }
        if let Some(key) = quoted(what, "duplicate field ") {
            return Self::plain(format!("duplicate key `{key}`"));
        }
        match (what.split_once(": "), expected) {
            (Some(("invalid type" | "invalid value", found)), Some(expected)) => Self {
                message: format!("expected {}", toml_words(expected)),
                label: Some(format!("found {}", toml_words(found))),
                help: None,
            },
            (_, Some(expected)) if what.starts_with("invalid length") => Self {
                message: what.to_owned(),
                label: Some(format!("expected {}", toml_words(expected))),
                help: None,
            },
            _ => Self::plain(toml_words(message)),
        }
    }

    /// Whether a list was expected and something else was found.
    pub(super) fn wants_list(&self) -> bool {
        self.message.starts_with("expected an array")
    }

    fn plain(message: String) -> Self {
        Self {
            message,
            label: None,
            help: None,
        }
    }

    fn unknown(what: &str, word: &str, expected: Option<&str>) -> Self {
        let known: Vec<_> = expected.map(words_in_ticks).unwrap_or_default();
        Self {
            message: format!("{what} `{word}`"),
            help: suggest::did_you_mean(word, known.iter().copied()),
            label: (!known.is_empty()).then(|| format!("expected {}", listed(&known))),
        }
    }
}

/// The words as "`a`, `b` or `c`".
pub(super) fn listed(words: &[&str]) -> String {
    let ticked: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match ticked.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => ticked.concat(),
    }
}

fn quoted<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(prefix)?.strip_prefix('`')?;
    rest.strip_suffix('`')
}

fn words_in_ticks(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// serde talks about sequences, maps and Rust's integer types.
fn toml_words(text: &str) -> String {
    let word = match text {
        "a sequence" | "sequence" => "an array",
        "a map" | "map" => "a table",
        "a boolean" => "`true` or `false`",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        _ => {
            return text.strip_prefix("struct ").map_or_else(
                || text.replace("floating point", "number"),
                |_| "a table".to_owned(),
            );
        }
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_is_put_into_words() {
        let words = DecodeMessage::of("unknown field `ttlmax`, expected one of `ttl-max`, `names`");
        assert_eq!(words.message, "unknown key `ttlmax`");
        assert_eq!(
            words.label.as_deref(),
            Some("expected `ttl-max` or `names`")
        );
        assert_eq!(words.help.as_deref(), Some("did you mean `ttl-max`?"));
        let words = DecodeMessage::of("invalid type: string \"x\", expected a sequence");
        assert_eq!(words.message, "expected an array");
        assert_eq!(words.label.as_deref(), Some("found string \"x\""));
        let words = DecodeMessage::of("\"10x\" is not a length of time");
        assert_eq!(words.message, "\"10x\" is not a length of time");
    }
}
