//! Where a line of text may end (Unicode Standard Annex 14), for the console and the printed page.
//!
//! Scripts that need a dictionary for it (Thai, Khmer) break as if they were Latin: the dictionaries would be a
//! fifth of the program.

use textwrap::WordSeparator;
use textwrap::core::Word;
use unicode_linebreak::linebreaks;

/// Parts a line into words, a Chinese character being one of its own. Host names, paths and rules such as
/// `tls/chain-expiry` stay whole, so that they can be copied: no line ends after the `/` or `-` inside one.
pub(super) const WORDS: WordSeparator = WordSeparator::Custom(words);

fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut begin = 0;
    let ends = linebreaks(line).filter(|(end, _)| !is_inside_a_name(line, *end));
    Box::new(ends.map(move |(end, _)| {
        let word = Word::from(&line[begin..end]);
        begin = end;
        word
    }))
}

fn is_inside_a_name(line: &str, at: usize) -> bool {
    let (before, after) = line.split_at(at);
    before.ends_with(['/', '-']) && after.starts_with(|next: char| next.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_their_script_allows() {
        let parts = |line| {
            WORDS
                .find_words(line)
                .map(|word| word.word)
                .collect::<Vec<_>>()
        };
        assert_eq!(parts("two words"), ["two", "words"]);
        assert_eq!(parts("域名，解析 ok"), ["域", "名，", "解", "析", "ok"]);
        assert_eq!(
            parts("(tls/chain-expiry) 10.0.0.0/8"),
            ["(tls/chain-expiry)", "10.0.0.0/8"]
        );
        assert!(parts("").is_empty() || parts("") == [""]);
    }
}
