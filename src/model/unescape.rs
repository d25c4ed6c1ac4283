//! Text with its escapes undone, so that a secret is found however many of its characters were escaped and in which
//! case: `%2f` and `%2F`, `\u0073`, `\x73`, `\"`, `&quot;`, `&#115;`. Every byte knows where it came from.

use std::ops::Range;

/// How often escapes are undone: a URL in JSON, a URL in a URL.
pub(super) const LEVELS: usize = 2;

/// How many bytes the longest spelling of one byte takes: `\\u0073`, escaped twice.
pub(super) const WIDEST: usize = 12;

/// The longest escape: a character in two halves, `\ud83d\ude00`.
const LONGEST: usize = 12;

/// Named references of HTML that stand for characters which it escapes.
const NAMED: [(&[u8], u8); 5] = [
    (b"&amp;", b'&'),
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
    (b"&quot;", b'"'),
    (b"&apos;", b'\''),
];

/// Bytes without escapes.
pub(super) struct Unescaped {
    pub(super) text: Vec<u8>,
    /// Where each byte begins in what it was made of, and where the last one ends.
    starts: Vec<usize>,
}

impl Unescaped {
    /// Nothing where there is no escape.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        Self::undo(bytes, |at| at)
    }

    /// With the escapes undone that this still has.
    pub(super) fn again(&self) -> Option<Self> {
        Self::undo(&self.text, |at| self.starts[at])
    }

    fn undo(bytes: &[u8], source: impl Fn(usize) -> usize) -> Option<Self> {
        let first = memchr::memchr3_iter(b'%', b'\\', b'&', bytes)
            .find(|at| character(&bytes[*at..]).is_some())?;
        let mut text = Vec::with_capacity(bytes.len());
        let mut starts = Vec::with_capacity(bytes.len() + 1);
        text.extend_from_slice(&bytes[..first]);
        starts.extend((0..first).map(&source));
        let mut at = first;
        while at < bytes.len() {
            let (units, length, taken) =
                character(&bytes[at..]).unwrap_or(([bytes[at], 0, 0, 0], 1, 1));
            text.extend_from_slice(&units[..length]);
            starts.extend(std::iter::repeat_n(source(at), length));
            at += taken;
        }
        starts.push(source(bytes.len()));
        Some(Self { text, starts })
    }

    /// Where these bytes are in what they were made of.
    pub(super) fn range(&self, range: Range<usize>) -> Range<usize> {
        self.starts[range.start]..self.starts[range.end]
    }
}

/// How many of the last bytes may be the beginning of an escape.
pub(super) fn unfinished(bytes: &[u8]) -> usize {
    let window = bytes.len().saturating_sub(LONGEST - 1);
    let open = memchr::memchr3_iter(b'%', b'\\', b'&', &bytes[window..])
        .map(|at| window + at)
        .find(|at| may_go_on(&bytes[*at..]));
    open.map_or(0, |at| bytes.len() - at)
}

fn may_go_on(bytes: &[u8]) -> bool {
    let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match bytes {
        [b'%', rest @ ..] => rest.len() < 2 && hex(rest),
        [b'\\'] => true,
        [b'\\', b'x', rest @ ..] => rest.len() < 2 && hex(rest),
        [b'\\', b'u', rest @ ..] if rest.len() < 4 => hex(rest),
        // The first half of a character.
        [
            b'\\',
            b'u',
            b'd' | b'D',
            b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B',
            ..,
        ] => bytes.len() < LONGEST,
        [b'&', rest @ ..] => {
            rest.len() < 9
                && rest
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#')
        }
        _ => false,
    }
}

/// A character in UTF-8, its length, and the length of the escape that these bytes begin with.
type Character = ([u8; 4], usize, usize);

fn character(bytes: &[u8]) -> Option<Character> {
    let byte = |byte: u8, taken| Some(([byte, 0, 0, 0], 1, taken));
    match bytes {
        [b'%', high, low, ..] => byte(pair(*high, *low)?, 3),
        [b'\\', b'x', high, low, ..] => byte(pair(*high, *low)?, 4),
        [b'\\', b'u', rest @ ..] => {
            let unit = unit(rest)?;
            match char::from_u32(unit.into()) {
                Some(character) => Some(utf8(character, 6)),
                None => {
                    let [b'\\', b'u', second @ ..] = rest.get(4..)? else {
                        return None;
                    };
                    let mut units = char::decode_utf16([unit, self::unit(second)?]);
                    Some(utf8(units.next()?.ok()?, 12))
                }
            }
        }
        [b'\\', mark @ (b'"' | b'\\' | b'/' | b'\''), ..] => byte(*mark, 2),
        [b'\\', b'n', ..] => byte(b'\n', 2),
        [b'\\', b'r', ..] => byte(b'\r', 2),
        [b'\\', b't', ..] => byte(b'\t', 2),
        [b'&', b'#', rest @ ..] => {
            let end = rest.iter().take(8).position(|byte| *byte == b';')?;
            let digits = str::from_utf8(&rest[..end]).ok()?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            Some(utf8(char::from_u32(number.ok()?)?, end + 3))
        }
        [b'&', ..] => NAMED
            .iter()
            .find(|(name, _)| bytes.starts_with(name))
            .and_then(|(name, mark)| byte(*mark, name.len())),
        _ => None,
    }
}

fn utf8(character: char, taken: usize) -> Character {
    let mut bytes = [0; 4];
    let length = character.encode_utf8(&mut bytes).len();
    (bytes, length, taken)
}

fn pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

fn unit(digits: &[u8]) -> Option<u16> {
    let [a, b, c, d, ..] = digits else {
        return None;
    };
    Some(u16::from_be_bytes([pair(*a, *b)?, pair(*c, *d)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_knows_where_it_came_from() {
        let seen = Unescaped::of(br#"a%2Fb\u00fc\ud83d\ude00&amp;&#x41;\"%zz%"#).unwrap();
        assert_eq!(seen.text, "a/bü😀&A\"%zz%".as_bytes());
        assert_eq!(seen.range(1..2), 1..4);
        let umlaut = 3..5;
        assert_eq!(seen.range(umlaut), 5..11);
        let twice = Unescaped::of(b"<%252F>").unwrap().again().unwrap();
        assert_eq!((&*twice.text, twice.range(1..2)), (&b"</>"[..], 1..6));
        assert!(Unescaped::of(b"100% \\ & plain").is_none());
    }

    #[test]
    fn the_beginning_of_an_escape_is_held_back() {
        for (text, held) in [
            ("a", 0),
            ("a%", 1),
            ("a%2", 2),
            ("a%2F", 0),
            ("a%z", 0),
            ("\\", 1),
            ("\\u00", 4),
            ("\\u0073", 0),
            ("\\ud83d", 6),
            ("\\ud83d\\ude", 10),
            ("&quo", 4),
            ("& ", 0),
            ("&#11", 4),
        ] {
            assert_eq!(unfinished(text.as_bytes()), held, "{text}");
        }
    }
}
