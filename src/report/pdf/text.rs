//! Lines out of text: what must not act on a page is spelled out, what is too long is cut and says so, and
//! lines break where Unicode allows it (UAX #14: at spaces, between Chinese characters, not before a comma).
//! A word wider than its line (a digest, a URL) breaks wherever it must.

use std::borrow::Cow;

use crate::report::line_breaks::WORDS;

use super::font::Fonts;
use super::theme::{Face, Style};
use crate::report::escape;

/// Longest text that a page shows; the attached record holds the whole.
pub(super) const LONGEST: usize = 2_000;

/// Characters after which a word that is too long is broken rather than elsewhere.
const BREAKS_AFTER: [char; 10] = ['/', '.', ',', ';', ':', '=', '&', '?', '_', '-'];

/// The text as one line that shows all there is in it.
pub(super) fn line(fonts: &Fonts, text: &str, face: Face) -> String {
    fonts.spell(&escape::text(text), face).into_owned()
}

/// The text as one line no wider than `width`, cut with an ellipsis where it is longer.
pub(super) fn fit(fonts: &Fonts, text: &str, style: Style, width: f32) -> String {
    let mut shown = line(fonts, &clip(text, LONGEST), style.face);
    if fonts.width(&shown, style) <= width {
        return shown;
    }
    let room = width - fonts.width("…", style);
    shown.truncate(fitting(fonts, &shown, style, room));
    shown.truncate(shown.trim_end().len());
    shown.push('…');
    shown
}

/// The text as lines no wider than `width`.
pub(super) fn wrap(fonts: &Fonts, text: &str, style: Style, width: f32) -> Vec<String> {
    let mut wrapped = Vec::new();
    for paragraph in escape::lines(&clip(text, LONGEST)) {
        wrap_paragraph(
            fonts,
            &fonts.spell(&paragraph, style.face),
            style,
            width,
            &mut wrapped,
        );
    }
    wrapped
}

/// Cuts what is longer than so many characters and says how much is left.
pub(super) fn clip(text: &str, longest: usize) -> Cow<'_, str> {
    match text.char_indices().nth(longest) {
        None => text.into(),
        Some((at, _)) => {
            let more = text[at..].chars().count();
            format!("{}… ({more} more characters in report.json)", &text[..at]).into()
        }
    }
}

fn wrap_paragraph(fonts: &Fonts, text: &str, style: Style, width: f32, wrapped: &mut Vec<String>) {
    if fonts.width(text, style) <= width {
        wrapped.push(text.to_owned());
        return;
    }
    let mut current = String::new();
    let mut used = 0.0;
    for word in WORDS.find_words(text) {
        let mut rest: &str = word.word;
        let mut wide = fonts.width(rest, style);
        if used + wide > width && !current.is_empty() {
            // A long word fills the line it begins on, as a URL in running text does, if a mark parts it well there.
            let too_long = wide > width;
            let begun = if too_long {
                let fitting = fitting(fonts, rest, style, width - used);
                rest[..fitting].rfind(BREAKS_AFTER).map_or(0, |at| at + 1)
            } else {
                0
            };
            current.push_str(&rest[..begun]);
            rest = &rest[begun..];
            wide = fonts.width(rest, style);
            push_line(wrapped, &mut current);
            used = 0.0;
        }
        while used + wide > width {
            let cut = part(fonts, rest, style, width).max(first_length(rest));
            if cut == rest.len() {
                break; // a single character wider than the line
            }
            wrapped.push(rest[..cut].to_owned());
            rest = &rest[cut..];
            wide = fonts.width(rest, style);
        }
        current.push_str(rest);
        current.push_str(word.whitespace);
        used += wide + fonts.width(word.whitespace, style);
    }
    if !current.trim_end().is_empty() || wrapped.is_empty() {
        push_line(wrapped, &mut current);
    }
}

fn push_line(wrapped: &mut Vec<String>, current: &mut String) {
    current.truncate(current.trim_end().len());
    wrapped.push(std::mem::take(current));
}

/// How many bytes of a long word fit on a line of `width`: up to the last mark that parts it well in the
/// second half of the line, or else as many as fit.
fn part(fonts: &Fonts, word: &str, style: Style, width: f32) -> usize {
    let fitting = fitting(fonts, word, style, width);
    let well = word[..fitting].rfind(BREAKS_AFTER).map_or(0, |at| at + 1);
    if well * 2 > fitting { well } else { fitting }
}

fn fitting(fonts: &Fonts, text: &str, style: Style, width: f32) -> usize {
    let mut used = 0.0;
    for (at, character) in text.char_indices() {
        used += fonts.width(character.encode_utf8(&mut [0; 4]), style);
        if used > width {
            return at;
        }
    }
    text.len()
}

fn first_length(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::super::theme::{BODY, CODE};
    use super::*;

    fn wrapped(text: &str, style: Style, width: f32) -> Vec<String> {
        let fonts = Fonts::load().unwrap();
        let lines = wrap(&fonts, text, style, width);
        for line in &lines {
            assert!(fonts.width(line, style) <= width, "{line:?} is too wide");
        }
        lines
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        let lines = wrapped("every name resolves at every resolver", BODY, 90.0);
        assert_eq!(lines, ["every name resolves", "at every resolver"]);
    }

    #[test]
    fn chinese_breaks_between_characters_and_not_before_a_comma() {
        let lines = wrapped("登录域名在每个解析器上，均可解析。", BODY, 9.0 * 10.5);
        assert_eq!(lines, ["登录域名在每个解析器", "上，均可解析。"]);
        let lines = wrapped("登录域名在每个解析器，均可解析。", BODY, 9.0 * 10.5);
        assert_eq!(lines[0], "登录域名在每个解析");
    }

    #[test]
    fn long_words_break_and_nothing_is_lost() {
        let digest = "sha256:".to_owned() + &"0123456789abcdef".repeat(4);
        let lines = wrapped(&digest, CODE, 120.0);
        assert!(lines.len() > 2);
        assert_eq!(lines.concat(), digest);
        let url =
            "see https://login.game.example.com/v1/accounts/recovery?token=abc&region=cn-east";
        let lines = wrapped(url, BODY, 150.0);
        assert_eq!(lines.concat(), url);
    }

    #[test]
    fn a_long_word_begins_a_line_where_no_mark_parts_it() {
        let lines = wrapped(
            "group=X25519, endpoint=gateway.example.com:43679",
            BODY,
            100.0,
        );
        assert!(
            lines.iter().any(|line| line.starts_with("endpoint=")),
            "{lines:?}"
        );
    }

    #[test]
    fn what_acts_or_hides_is_spelled_out_and_line_breaks_part_lines() {
        assert_eq!(wrapped("a\nb\u{202e}c", BODY, 200.0), ["a", "b\\u{202e}c"]);
    }

    #[test]
    fn what_is_too_long_says_how_much_is_left() {
        let lines = wrapped(&"x".repeat(LONGEST + 17), BODY, 400.0);
        let end = lines[lines.len() - 2..].join(" ");
        assert!(end.contains("… (17 more characters in"), "{end}");
        let fonts = Fonts::load().unwrap();
        let cut = fit(&fonts, "a title that does not fit", BODY, 60.0);
        assert!(
            cut.ends_with('…') && fonts.width(&cut, BODY) <= 60.0,
            "{cut}"
        );
    }

    #[test]
    fn a_line_narrower_than_a_character_still_ends() {
        let fonts = Fonts::load().unwrap();
        assert_eq!(wrap(&fonts, "中国", BODY, 1.0), ["中", "国"]);
    }
}
