//! What looks like a secret in any text, whatever its source: the user information of a URL, the token in a query, an
//! authorization header, the value of a key with a telling name.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::secret::MASK;

/// The groups named `s` are what to hide. Nothing unbounded comes before them: a long line would be scanned from each
/// of its characters.
const LOOKS_SECRET: &str = r#"(?xi)
    :// (?<s1>[^\s"'`]{0,300}) @
  | \b(?:bearer|basic)\s+ (?<s2>[a-z0-9._~+/=-]{8,})
  | [?&][\w.-]{0,50}(?:key|sig|signature|auth|pass|code|jwt|session|sas) = (?<s8>[^\s&"'`\#]+)
  | (?:passw|pwd|secret|token|api[_-]?key|private[_-]?key|credential|authorization)[\w-]{0,50} ["']? \s*=\s*
    (?: """(?<s3>(?s:.)*?)""" | '''(?<s4>(?s:.)*?)''' | "(?<s5>(?:[^"\\\n]|\\.)*) | '(?<s6>[^'\n]*) | (?<s7>[^\s,"'\[\]{}\#`&]+) )
"#;
const GROUPS: [&str; 8] = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"];

static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(LOOKS_SECRET).ok());

/// Names of keys and variables whose values are secrets.
const NAMES: &str = r"(?xi)
    (?: ^|[_.-] ) (?: pass|pwd|pw|pin|auth|credentials? ) $
  | (?: password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|authorization ) s? $
";

static TELLING: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(NAMES).ok());

/// Where something in this text looks like a secret, in order and apart. Names of placeholders do not.
pub fn ranges(text: &str) -> Vec<Range<usize>> {
    let Some(regex) = PATTERN.as_ref() else {
        return vec![Range {
            start: 0,
            end: text.len(),
        }];
    };
    let found = regex.captures_iter(text).filter_map(|captures| {
        let group = GROUPS.iter().find_map(|name| captures.name(name))?;
        (!is_placeholder(group.as_str()) && !group.is_empty()).then(|| group.range())
    });
    let mut found: Vec<_> = found.chain(passwords(text)).collect();
    found.sort_by_key(|range| range.start);
    found.dedup_by(|next, last| {
        let touches = next.start < last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
    found
}

/// The longest user information that is looked for, in bytes.
const LONGEST: usize = 400;

/// The passwords of `user:password@host`, with a scheme or without. Looks back from each `@`: as a pattern it would
/// begin anywhere, and every text would be searched slowly.
fn passwords(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices('@').filter_map(|(at, _)| {
        let first = text.floor_char_boundary(at.saturating_sub(LONGEST));
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '/' | '@' | ',');
        let before = &text[first..at];
        let begin = before.rfind(ends).map_or(first, |place| {
            first + place + before[place..].chars().next().map_or(0, char::len_utf8)
        });
        let (user, password) = text[begin..at].split_once(':')?;
        let masked = !user.is_empty() && !password.is_empty() && !is_placeholder(password);
        masked.then(|| begin + user.len() + 1..at)
    })
}

/// The text without what looks like a secret.
pub fn mask(text: &str) -> String {
    let mut shown = text.to_owned();
    for range in ranges(text).into_iter().rev() {
        shown.replace_range(range, MASK);
    }
    shown
}

/// Whether a key or a variable of this name holds a secret, as far as its name tells.
pub fn is_telling(name: &str) -> bool {
    TELLING.as_ref().is_none_or(|regex| regex.is_match(name))
}

/// Whether text is one placeholder and nothing else: its name may be shown.
pub fn is_placeholder(text: &str) -> bool {
    text.strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .is_some_and(|inside| !inside.contains('}') && !inside.contains(":-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_information_and_tokens_are_masked() {
        for (text, masked) in [
            ("https://mel:pw@host/x", "https://***@host/x"),
            (
                "\"mel:pw@host:443\" is no endpoint",
                "\"mel:***@host:443\" is no endpoint",
            ),
            ("GET /q?a=b&token=abc&c=d", "GET /q?a=b&token=***&c=d"),
            ("https://h/q?api_key=abc#x", "https://h/q?api_key=***#x"),
            ("https://h/q?sig=abc", "https://h/q?sig=***"),
            (
                "Authorization: Bearer abcdefgh",
                "Authorization: Bearer ***",
            ),
            ("password = \"a b\"", "password = \"***\""),
            ("password = \"${env:PW}\"", "password = \"${env:PW}\""),
            (
                "ask sre@example.com at 12:30",
                "ask sre@example.com at 12:30",
            ),
            ("host:443 and 10.0.0.1:53", "host:443 and 10.0.0.1:53"),
            // A slash may be part of a password that was not encoded.
            ("https://mel:p/w@host/x", "https://***@host/x"),
        ] {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn names_tell() {
        for name in [
            "PASSWORD",
            "db-password",
            "TOKEN",
            "GH_TOKEN",
            "api_key",
            "AWS_SECRET_ACCESS_KEY",
            "PGPASS",
        ] {
            let wrong = name == "PGPASS"; // no word of its own
            assert_eq!(is_telling(name), !wrong, "{name}");
        }
        for name in [
            "TOKEN_ISSUER_HOST",
            "GIT_TAG",
            "key",
            "compass",
            "region",
            "monkey",
        ] {
            assert!(!is_telling(name), "{name}");
        }
    }
}
