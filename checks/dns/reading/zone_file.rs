//! Words as zone files write them (RFC 1035 section 5.1): quotes hold blanks together, a backslash takes the next
//! character as it is, or three digits as a byte.

use std::fmt::Write as _;

/// The words of a line, without quotes and escapes.
pub(super) fn words(line: &str) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quoted = false;
    let mut rest = line.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            b'\\' => {
                let digits = rest
                    .first_chunk::<3>()
                    .filter(|digits| digits.iter().all(u8::is_ascii_digit));
                let number =
                    digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
                let byte = match (number, rest) {
                    (Some(byte), _) => {
                        rest = &rest[3..];
                        byte
                    }
                    (None, [next, after @ ..]) => {
                        rest = after;
                        *next
                    }
                    (None, []) => b'\\',
                };
                word.get_or_insert_default().push(byte);
            }
            blank if blank.is_ascii_whitespace() && !quoted => words.extend(word.take()),
            byte => word.get_or_insert_default().push(*byte),
        }
    }
    words.extend(word);
    words
}

/// Bytes as text, those that are not UTF-8 as `\DDD`.
pub(super) fn shown(bytes: &[u8]) -> String {
    bytes.utf8_chunks().fold(String::new(), |mut out, chunk| {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\{byte:03}"); // a String takes every write
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_zone_file() {
        let read = |line| {
            words(line)
                .iter()
                .map(|word| shown(word))
                .collect::<Vec<_>>()
        };
        assert_eq!(read(r#"  a "b c" d\ e "" "#), ["a", "b c", "d e", ""]);
        assert_eq!(
            read(r#""x\"y" \065\\ key="v w""#),
            ["x\"y", "A\\", "key=v w"]
        );
        assert_eq!(read(r"\999 end\"), ["999", "end\\"]);
        assert_eq!(read(""), Vec::<String>::new());
    }
}
