//! Strikes secrets from output while it arrives, so that none is torn in two where output is cut short.

use crate::model::Redactor;
use crate::model::redact;

/// The filter of one stream.
#[derive(Clone, Debug)]
pub struct Strike {
    redactor: Redactor,
    /// What may be the beginning of a secret whose rest has not come yet.
    pending: Vec<u8>,
}

impl Strike {
    /// A filter for the secrets of a redactor.
    pub fn new(redactor: &Redactor) -> Self {
        Self {
            redactor: redactor.clone(),
            pending: Vec::new(),
        }
    }

    /// Takes the next piece and gives what can be shown by now.
    pub fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.redactor.is_empty() {
            return bytes.to_vec();
        }
        self.pending.extend_from_slice(bytes);
        let begun = self.redactor.begun(&self.pending);
        self.release(self.pending.len() - begun)
    }

    /// Gives what was held back, at the end of the output.
    pub fn rest(&mut self) -> Vec<u8> {
        self.release(self.pending.len())
    }

    fn release(&mut self, mut end: usize) -> Vec<u8> {
        let mut ranges = self.redactor.ranges(&self.pending);
        // What ends behind the end may turn out to be longer.
        if let Some(at) = ranges.iter().position(|range| range.end > end) {
            end = end.min(ranges[at].start);
            ranges.truncate(at);
        }
        let rest = self.pending.split_off(end);
        redact::strike(&std::mem::replace(&mut self.pending, rest), &ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    fn struck(secrets: &[&str], pieces: &[&str]) -> (Vec<String>, String) {
        let secrets: Vec<Secret> = secrets.iter().copied().map(Secret::from).collect();
        let mut strike = Strike::new(&Redactor::new(&secrets));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let passed = pieces
            .iter()
            .map(|piece| text(strike.pass(piece.as_bytes())))
            .collect();
        (passed, text(strike.rest()))
    }

    #[test]
    fn a_secret_is_struck_however_it_is_cut() {
        let (passed, rest) = struck(
            &["hunter2", "hunter2-long"],
            &["a hun", "ter", "2 b hunter2-long c hunt"],
        );
        assert_eq!(passed.concat(), "a *** b *** c ");
        assert_eq!(rest, "hunt", "no secret after all");
    }

    #[test]
    fn what_is_folded_is_struck_however_it_is_cut() {
        let encoded = "aHVudGVyMmh1bnRlcjJodW50ZXIy"; // three times hunter2
        for cut in 1..28 {
            let (first, second) = encoded.split_at(cut);
            let (passed, rest) = struck(
                &["hunter2hunter2hunter2"],
                &["a ", first, "\n  ", second, "\nb"],
            );
            assert_eq!(passed.concat() + &rest, "a ***\nb", "{cut}");
        }
    }

    #[test]
    fn what_is_escaped_is_struck_however_it_is_cut() {
        for encoded in [
            "h%75nter%32%2f%2F",
            "\\u0068unter2\\/\\u002f",
            "h%2575nter2%252F%252f",
            "hunter2&#47;&#x2F;",
        ] {
            for cut in 1..encoded.len() {
                let (first, second) = encoded.split_at(cut);
                let (passed, rest) = struck(&["hunter2//"], &["a ", first, second, " b"]);
                assert_eq!(passed.concat() + &rest, "a *** b", "{encoded} cut at {cut}");
            }
        }
    }

    /// Secrets at random, each character escaped in its own way, cut anywhere; the same ones in every run of this test.
    #[test]
    fn any_mixture_of_escapes_is_struck_in_any_pieces() {
        let mut state: u64 = 88_172_645_463_325_252;
        let mut below = move |count: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % count as u64).unwrap()
        };
        let alphabet: Vec<char> = "abcXYZ0189-_./=+~!@ü\"'<>".chars().collect();
        let percent = |c: char| -> String {
            let bytes = c.to_string().into_bytes();
            bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
        };
        for _ in 0..200 {
            let length = 8 + below(12);
            let secret: String = (0..length)
                .map(|_| alphabet[below(alphabet.len())])
                .collect();
            let spelled = secret.chars().map(|c| match below(6) {
                0 => c.to_string(),
                1 => percent(c),
                2 => percent(c).to_lowercase(),
                3 => format!("\\u{:04x}", u32::from(c)),
                4 => format!("&#{};", u32::from(c)),
                _ => percent(c).replace('%', "%25"),
            });
            let text = format!("<{}>", spelled.collect::<String>());
            let mut strike = Strike::new(&Redactor::new([&Secret::from(&*secret)]));
            let (mut passed, mut rest) = (Vec::new(), text.as_bytes());
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((1 + below(9)).min(rest.len()));
                passed.extend(strike.pass(piece));
                rest = after;
            }
            passed.extend(strike.rest());
            assert_eq!(
                String::from_utf8_lossy(&passed),
                "<***>",
                "{secret} as {text}"
            );
        }
    }

    #[test]
    fn what_begins_no_secret_passes_at_once() {
        let (passed, rest) = struck(&["hunter2"], &["line one\n", "line !"]);
        assert_eq!(passed, ["line one\n", "line !"]);
        assert_eq!(rest, "");
    }

    #[test]
    fn special_characters_are_text() {
        let (passed, _) = struck(&["a.c$1|(x"], &["abc1 a.c$1|(x!"]);
        assert_eq!(passed, ["abc1 ***!"]);
    }
}
