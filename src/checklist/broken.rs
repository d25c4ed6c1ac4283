//! Lines of a file that is not TOML: blanked without moving the others, and read as far as they go.

use std::ops::Range;

/// Makes bytes spaces and leaves the ends of lines, so that everything else keeps its place.
pub(super) fn blank(text: &mut String, range: Range<usize>) {
    let spaces: String = text
        .get(range.clone())
        .unwrap_or_default()
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    text.replace_range(range, &spaces);
}

/// The first part of the key that a line sets.
pub(super) fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.split('.').next()?.trim().trim_matches(['"', '\'']);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    (!key.is_empty() && key.chars().all(plain)).then_some(key)
}
