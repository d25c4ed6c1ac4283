//! Strikes secrets from whatever a run writes down, in every spelling.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::secret::{MASK, SHORTEST, Secret};
use super::spelling::Spellings;
use super::unescape::{self, LEVELS, Unescaped, WIDEST};

/// How much of a spelling is searched for; the rest is compared where that much was found. So a secret of many
/// kilobytes costs no more than a short one.
const SEARCHED: usize = 64;

/// Strikes a set of secrets from text and bytes.
#[derive(Clone, Default)]
pub struct Redactor {
    sets: Vec<Arc<Set>>,
}

/// Nothing of what is searched for.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The spellings of some secrets.
struct Set {
    whole: Needles,
    folded: Needles,
}

/// Texts to find.
#[derive(Default)]
struct Needles {
    search: Option<AhoCorasick>,
    texts: Vec<Vec<u8>>,
    longest: usize,
}

impl Redactor {
    /// A redactor for these secrets and all their parts, from [`SHORTEST`] bytes on.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        Self::of(secrets, SHORTEST)
    }

    /// A redactor for these secrets and their parts, as long as they have `shortest` bytes or more.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a Secret>, shortest: usize) -> Self {
        let mut spellings = Spellings::default();
        for secret in secrets.into_iter().map(Secret::expose) {
            if secret != MASK {
                spellings.add(secret, shortest.max(SHORTEST));
            }
        }
        if spellings.whole.is_empty() {
            return Self::default();
        }
        let set = Set {
            whole: Needles::new(spellings.whole),
            folded: Needles::new(spellings.folded),
        };
        Self {
            sets: vec![Arc::new(set)],
        }
    }

    /// This redactor and another one.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            sets: self.sets.iter().chain(&other.sets).cloned().collect(),
        }
    }

    /// Whether there is nothing to strike.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// How many of the last bytes may be the beginning of a secret whose rest has not come yet.
    pub fn begun(&self, bytes: &[u8]) -> usize {
        let sets = self.sets.iter();
        let plain = sets.map(|set| set.begun(bytes)).max().unwrap_or(0);
        plain.max(self.begun_in_escapes(bytes))
    }

    /// The same where characters are escaped, and the last escape may be half there.
    fn begun_in_escapes(&self, bytes: &[u8]) -> usize {
        let sets = self.sets.iter();
        let longest = sets.map(|set| set.whole.longest.max(set.folded.longest));
        let Some(longest) = longest.max() else {
            return 0;
        };
        let begin = bytes.len().saturating_sub(WIDEST * longest + SEARCHED);
        let last = &bytes[begin..];
        let mut begun = self.begun_before_an_escape(last);
        let mut level = Unescaped::of(last);
        for _ in 0..LEVELS {
            let Some(seen) = level else { break };
            let length = self.begun_before_an_escape(&seen.text);
            let range = seen.range(seen.text.len() - length..seen.text.len());
            begun = begun.max(range.len());
            level = seen.again();
        }
        begun
    }

    /// How many of the last bytes may be the beginning of a secret, of which the last is an escape that is half there.
    fn begun_before_an_escape(&self, bytes: &[u8]) -> usize {
        let unfinished = unescape::unfinished(bytes);
        let whole = &bytes[..bytes.len() - unfinished];
        let needles = self.sets.iter().flat_map(|set| [&set.whole, &set.folded]);
        let begun = needles.map(|needles| needles.begun(whole)).max();
        unfinished + begun.unwrap_or(0)
    }

    /// The text without the secrets.
    pub fn text(&self, text: String) -> String {
        if self.ranges(text.as_bytes()).is_empty() {
            return text;
        }
        let bytes = self.bytes(text.into_bytes());
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// The bytes without the secrets.
    pub fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        let ranges = self.ranges(&bytes);
        if ranges.is_empty() {
            return bytes;
        }
        strike(&bytes, &ranges)
    }

    /// Where secrets are, in order and apart.
    pub fn ranges(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for set in &self.sets {
            set.whole.find(bytes, &mut |range| found.push(range));
            if set.folded.search.is_some() {
                set.find_folded(bytes, &mut found);
            }
        }
        self.find_in_escapes(bytes, &mut found);
        found.sort_by_key(|range: &Range<usize>| range.start);
        found.into_iter().fold(Vec::new(), |mut merged, range| {
            match merged.last_mut() {
                Some(Range { end, .. }) if range.start <= *end => *end = range.end.max(*end),
                _ => merged.push(range),
            }
            merged
        })
    }

    fn find_in_escapes(&self, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        if self.is_empty() {
            return;
        }
        let mut level = Unescaped::of(bytes);
        for _ in 0..LEVELS {
            let Some(seen) = level else { break };
            for needles in self.sets.iter().flat_map(|set| [&set.whole, &set.folded]) {
                needles.find(&seen.text, &mut |range| found.push(seen.range(range)));
            }
            level = seen.again();
        }
    }
}

/// The bytes with each of these ranges replaced.
pub fn strike(bytes: &[u8], ranges: &[Range<usize>]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for range in ranges {
        kept.extend_from_slice(&bytes[at..range.start]);
        kept.extend_from_slice(MASK.as_bytes());
        at = range.end;
    }
    kept.extend_from_slice(&bytes[at..]);
    kept
}

impl Set {
    /// Looks for what may be folded.
    fn find_folded(&self, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        if memchr::memchr2(b'\r', b'\n', bytes).is_none() {
            return self.folded.find(bytes, &mut |range| found.push(range));
        }
        let unfolded = Unfolded::of(bytes);
        self.folded.find(&unfolded.text, &mut |range| {
            found.push(unfolded.place(range.start)..unfolded.place(range.end - 1) + 1);
        });
    }

    fn begun(&self, bytes: &[u8]) -> usize {
        // No line is so short that folding doubles the length.
        let last = bytes
            .len()
            .saturating_sub(2 * self.folded.longest + SEARCHED);
        let unfolded = Unfolded::of(&bytes[last..]);
        let folded = match self.folded.begun(&unfolded.text) {
            0 => 0,
            begun => bytes.len() - last - unfolded.place(unfolded.text.len() - begun),
        };
        self.whole.begun(bytes).max(folded)
    }
}

/// Bytes without line breaks and the indentation behind them.
struct Unfolded {
    text: Vec<u8>,
    /// Where each line begins, in the text and in the bytes.
    lines: Vec<(usize, usize)>,
}

impl Unfolded {
    fn of(bytes: &[u8]) -> Self {
        let mut text = Vec::with_capacity(bytes.len());
        let mut lines = Vec::new();
        let mut at = 0;
        for line in bytes.split(|byte| matches!(byte, b'\r' | b'\n')) {
            let indented = |byte: &u8| !matches!(byte, b' ' | b'\t');
            let indentation = match at {
                0 => 0,
                _ => line.iter().position(indented).unwrap_or(line.len()),
            };
            lines.push((text.len(), at + indentation));
            text.extend_from_slice(&line[indentation..]);
            at += line.len() + 1;
        }
        Self { text, lines }
    }

    /// The place in the bytes of a place in the text.
    fn place(&self, at: usize) -> usize {
        let behind = self.lines.partition_point(|(text, _)| *text <= at);
        let line = behind.checked_sub(1).and_then(|line| self.lines.get(line));
        line.map_or(at, |(text, bytes)| bytes + (at - text))
    }
}

impl Needles {
    fn new(texts: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let texts: Vec<Vec<u8>> = texts.into_iter().collect();
        let heads = texts.iter().map(|text| &text[..text.len().min(SEARCHED)]);
        let search = AhoCorasick::builder()
            // A DFA of many spellings would take hundreds of megabytes.
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(heads);
        Self {
            longest: texts.iter().map(Vec::len).max().unwrap_or(0),
            search: search.ok().filter(|_| !texts.is_empty()),
            texts,
        }
    }

    /// The length of the longest end of the bytes with which a text begins.
    fn begun(&self, bytes: &[u8]) -> usize {
        let longest = |text: &Vec<u8>| {
            let most = bytes.len().min(text.len() - 1);
            (1..=most)
                .rev()
                .find(|&length| bytes.ends_with(&text[..length]))
        };
        self.texts.iter().filter_map(longest).max().unwrap_or(0)
    }

    /// Every place of every text, also where one lies in another.
    fn find(&self, bytes: &[u8], found: &mut impl FnMut(Range<usize>)) {
        let matches = self.search.iter();
        for head in matches.flat_map(|search| search.find_overlapping_iter(bytes)) {
            let text = &self.texts[head.pattern().as_usize()];
            if bytes[head.start()..].starts_with(text) {
                found(head.start()..head.start() + text.len());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let secrets: Vec<Secret> = secrets.iter().copied().map(Secret::from).collect();
        Redactor::new(&secrets)
    }

    #[test]
    fn plain_json_and_nested_secrets_are_struck() {
        let redactor = redactor(&["pass", "pass\"word"]);
        assert_eq!(redactor.text("a pass\"word b".into()), "a *** b");
        assert_eq!(
            redactor.text(r#"{"out":"pass\"word"}"#.into()),
            r#"{"out":"***"}"#
        );
        assert_eq!(redactor.bytes(b"pass and pass".to_vec()), b"*** and ***");
        assert_eq!(redactor.bytes(b"nothing".to_vec()), b"nothing");
    }

    #[test]
    fn secrets_that_overlap_leave_nothing_of_each_other() {
        let redactor = redactor(&["abcdefgh", "efghijkl"]);
        assert_eq!(redactor.text("<abcdefghijkl>".into()), "<***>");
        let both = self::redactor(&["abcdefgh"]).and(&self::redactor(&["efghijkl"]));
        assert_eq!(both.text("<abcdefghijkl>".into()), "<***>");
    }

    #[test]
    fn base64_is_struck_at_every_alignment_in_both_alphabets() {
        let secret = "s3cr3t~~~?>word";
        let redactor = redactor(&[secret]);
        for before in ["", "u", "us", "user:"] {
            for after in ["", "\n", "!", ":and more"] {
                let text = format!("{before}{secret}{after}");
                for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                    let shown = redactor.text(format!("Authorization: Basic {encoded}\n"));
                    assert!(shown.contains("***"), "{text}: {shown}");
                    let left = shown.len() - "Authorization: Basic ***\n".len();
                    // What is left shows of the secret at most the odd bits at its ends.
                    let around = (before.len() + after.len()) * 4 / 3 + 6;
                    assert!(left <= around, "{text}: {shown}");
                }
            }
        }
    }

    #[test]
    fn folded_base64_and_hexadecimal_are_struck() {
        let secret = "a long secret that no line of seventy-six characters can hold, not even hex";
        let redactor = redactor(&[secret]);
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        for encoded in [STANDARD.encode(secret), hex.to_uppercase(), hex] {
            for fold in ["\n", "\r\n", "\n    ", "\r\n\t"] {
                let lines: Vec<_> = encoded
                    .as_bytes()
                    .chunks(60)
                    .map(String::from_utf8_lossy)
                    .collect();
                let shown = redactor.text(format!("begin\n{}\nend", lines.join(fold)));
                let rest = shown.replace("begin\n***", "").replace("\nend", "");
                assert!(rest.len() <= 4, "{fold:?}: {shown}");
            }
        }
    }

    #[test]
    fn other_encodings_are_struck() {
        let redactor = redactor(&["p w/ü&\"<x>"]);
        for spelled in [
            "p%20w%2F%C3%BC%26%22%3Cx%3E",
            "p%20w%2f%c3%bc%26%22%3cx%3e",
            "p+w%2F%C3%BC%26%22%3Cx%3E",
            "p%20w/%C3%BC&%22%3Cx%3E",
            "p w\\/ü&\\\"<x>",
            "p w/\\u00fc&\\\"<x>",
            "p w/ü\\u0026\\\"\\u003cx\\u003e",
            "7020772fc3bc26223c783e",
            "7020772FC3BC26223C783E",
        ] {
            assert_eq!(redactor.text(format!("<{spelled}>")), "<***>");
        }
    }

    /// Each as another program would write it, none of them spelled out beforehand.
    #[test]
    fn escapes_in_any_case_number_and_depth_are_struck() {
        let secret = "p@ss/w=rd&\"ü";
        let redactor = redactor(&[secret]);
        let utf16 = |bytes: fn(u16) -> [u8; 2]| secret.encode_utf16().flat_map(bytes).collect();
        let spelled: [&[u8]; 16] = [
            b"p%40ss%2fw%3Drd%26%22%c3%BC",
            b"%70%40%73%73%2f%77%3d%72%64%26%22%c3%bc",
            b"p%2540ss%252Fw%253drd%2526%2522%25C3%25bc",
            br#"p@ss/w=rd&\"\u00FC"#,
            br#"\u0070\u0040\u0073\u0073\u002f\u0077\u003D\u0072\u0064\u0026\u0022\u00fc"#,
            br#"p@ss/w=rd&\\\"\u00fc"#,
            "p@ss/w=rd&amp;&quot;ü".as_bytes(),
            "p@ss/w=rd&#38;&#x22;ü".as_bytes(),
            br#"p%40ss%2Fw%3Drd%26\u0022%C3%BC"#,
            br#"\x70@ss\/w=rd\x26\"\xc3\xbc"#,
            b"70:40:73:73:2f:77:3d:72:64:26:22:c3:bc",
            b"70 40 73 73 2F 77 3D 72 64 26 22 C3 BC",
            b"cEBzcy93PXJkJiLDvA",
            b"cEBzcy93PXJkJiLDvA%3D%3D",
            &{
                let bytes: Vec<u8> = utf16(u16::to_le_bytes);
                bytes
            },
            &{
                let bytes: Vec<u8> = utf16(u16::to_be_bytes);
                bytes
            },
        ];
        for spelled in spelled {
            let text = [b"<".as_slice(), spelled, b">"].concat();
            let shown = redactor.bytes(text.clone());
            let words = String::from_utf8_lossy(&text).into_owned();
            assert!(
                shown.starts_with(b"<***") && shown.len() <= 12,
                "{words}: {}",
                String::from_utf8_lossy(&shown)
            );
        }
        let plain = "100% of a\\b & c%2Fd &amp; \\u0041";
        assert_eq!(redactor.text(plain.to_owned()), plain);
    }

    #[test]
    fn a_final_newline_makes_no_difference() {
        let redactor = redactor(&["hunter2hunter\n"]);
        assert_eq!(redactor.text("a hunter2hunter b".into()), "a *** b");
        assert_eq!(redactor.text("a hunter2hunter\nb".into()), "a ***\nb");
        let encoded = STANDARD.encode("hunter2hunter\n");
        assert!(!redactor.text(encoded.clone()).contains(&encoded[..12]));
    }

    #[test]
    fn long_lines_of_a_secret_are_struck_and_armour_is_not() {
        let key =
            "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqG\nshort\n-----END PRIVATE KEY-----\n";
        let redactor = redactor(&[key]);
        let shown = redactor.text("bad key MIGHAgEAMBMGByqG, short".into());
        assert_eq!(shown, "bad key ***, short");
        assert_eq!(redactor.text(format!("<{key}>")), "<***\n>");
        let armour = "-----BEGIN PRIVATE KEY-----";
        assert_eq!(redactor.text(armour.into()), armour);
    }

    #[test]
    fn what_a_certificate_repeats_of_a_private_key_is_not_struck() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
        let certificate = certificate.self_signed(&key).unwrap();
        // Every length of what is in front, so every way in which base64 can write the public half.
        let repeated = |redactor: &Redactor| {
            for front in 0..3 {
                let mut der = vec![7; front];
                der.extend_from_slice(certificate.der());
                let shown = STANDARD.encode(der);
                assert_eq!(redactor.text(shown.clone()), shown, "{front}");
            }
        };
        let key = key.serialize_pem();
        repeated(&redactor(&[&key]));
        // One file with both, in either order, as clients like curl read it.
        let certificate = certificate.pem();
        for file in [format!("{certificate}{key}"), format!("{key}{certificate}")] {
            let redactor = redactor(&[&file]);
            repeated(&redactor);
            let private = key.lines().nth(1).unwrap();
            assert_eq!(redactor.text(format!("<{private}>")), "<***>");
        }
    }

    #[test]
    fn passwords_of_urls_and_tokens_of_headers_are_secrets_of_their_own() {
        let redactor = redactor(&["postgres://app:hunter2pw@db/x", "Bearer abcd.efgh"]);
        let shown = redactor.text("no user app with hunter2pw; abcd.efgh expired".into());
        assert_eq!(shown, "no user app with ***; *** expired");
    }

    #[test]
    fn a_secret_of_many_kilobytes_is_struck_whole() {
        let secret: String = (0..60_000_u64)
            .map(|at| char::from(b'a' + (at * at % 23) as u8))
            .collect();
        let redactor = redactor(&[&secret]);
        assert_eq!(redactor.text(format!("<{secret}>")), "<***>");
        assert_eq!(
            redactor.text(format!("<{}>", STANDARD.encode(&secret))),
            "<***>"
        );
        let half = &secret[..30_000];
        assert_eq!(redactor.text(half.to_owned()), half);
    }
}
