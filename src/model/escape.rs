//! Text from outside, made safe to show.
//!
//! What a server says may hold escape sequences that drive a terminal, direction marks that turn words around,
//! or characters that cannot be seen. Every report shows text through this room, where each such character
//! becomes its Rust escape, `\u{1b}`: nothing is hidden, and nothing acts.

use std::borrow::Cow;

/// The text as one line: what acts or cannot be seen is spelled out, line breaks too; a tab is a space.
pub fn text(raw: &str) -> Cow<'_, str> {
    if !raw.contains(is_hidden) {
        return Cow::Borrowed(raw);
    }
    let mut shown = String::with_capacity(raw.len() + 16);
    for character in raw.chars() {
        match character {
            '\t' => shown.push(' '),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            hidden if is_hidden(hidden) => shown.extend(hidden.escape_unicode()),
            visible => shown.push(visible),
        }
    }
    Cow::Owned(shown)
}

/// The lines of the text, LF or CRLF between them, each as [`text`] shows it.
pub fn lines(raw: &str) -> impl Iterator<Item = Cow<'_, str>> {
    raw.lines().map(text)
}

/// Whether a character acts on what shows it, or cannot be seen.
///
/// Controls (C0, DEL, C1), line and paragraph separators, the format characters of Unicode that draw nothing
/// (direction marks, joiners, soft hyphen, tags), fillers that look like nothing, and noncharacters, which
/// XML 1.0 refuses in part. Variation selectors stay: emoji and Han glyphs are spelled with them.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fdd0}'..='\u{fdef}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e007f}'
        )
        || u32::from(character) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_or_hides_is_spelled_out() {
        for (raw, shown) in [
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("a\rb\nc\td\u{7}", "a\\rb\\nc d\\u{7}"),
            ("\u{9b}31m\u{7f}\0", "\\u{9b}31m\\u{7f}\\u{0}"),
            ("user\u{202e}gpj.exe", "user\\u{202e}gpj.exe"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("\u{ffff}\u{10fffe}", "\\u{ffff}\\u{10fffe}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
        ] {
            assert_eq!(text(raw), shown);
        }
    }

    #[test]
    fn text_of_any_script_stays_as_it_is() {
        for plain in [
            "gateway.example.com",
            "登录域名",
            "é ß ñ",
            "⚠\u{fe0f} done",
            "日本語、한국어",
        ] {
            assert!(matches!(text(plain), Cow::Borrowed(same) if same == plain));
        }
    }

    #[test]
    fn lines_part_at_line_breaks_alone() {
        let shown: Vec<_> = lines("first\r\nsec\rond\n\nlast\u{2028}").collect();
        assert_eq!(shown, ["first", "sec\\rond", "", "last\\u{2028}"]);
    }
}
