//! Strikes secrets from output while it arrives, so that none is torn in two where output is cut short.

use regex::bytes::{NoExpand, Regex};

use crate::model::secret::{MASK, SHORTEST};

/// The filter of one stream.
#[derive(Clone)]
pub struct Strike {
    secrets: Vec<Vec<u8>>,
    any: Option<Regex>,
    /// What may be the beginning of a secret whose rest has not come yet.
    pending: Vec<u8>,
}

impl Strike {
    /// A filter for these secrets.
    ///
    /// # Errors
    /// When they are too long to search for.
    pub fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Result<Self, regex::Error> {
        let mut secrets: Vec<_> = secrets.filter(|secret| secret.len() >= SHORTEST).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let words: Vec<_> = secrets.iter().map(|secret| regex::escape(secret)).collect();
        let any = (!words.is_empty()).then(|| Regex::new(&words.join("|")));
        Ok(Self {
            secrets: secrets
                .into_iter()
                .map(|secret| secret.as_bytes().to_vec())
                .collect(),
            any: any.transpose()?,
            pending: Vec::new(),
        })
    }

    /// Takes the next piece and gives what can be shown by now.
    pub fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some(any) = &self.any else {
            return bytes.to_vec();
        };
        self.pending.extend_from_slice(bytes);
        let mut clean = any
            .replace_all(&self.pending, NoExpand(MASK.as_bytes()))
            .into_owned();
        self.pending = clean.split_off(clean.len() - self.begun(&clean));
        clean
    }

    /// Gives what was held back, at the end of the output.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.pending)
    }

    /// The length of the longest end of `bytes` with which a secret begins.
    fn begun(&self, bytes: &[u8]) -> usize {
        let longest = |secret: &Vec<u8>| {
            let most = bytes.len().min(secret.len() - 1);
            (1..=most)
                .rev()
                .find(|&length| bytes.ends_with(&secret[..length]))
        };
        self.secrets.iter().filter_map(longest).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(secrets: &[&str], pieces: &[&str]) -> (Vec<String>, String) {
        let mut strike = Strike::new(secrets.iter().copied()).unwrap();
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
    fn what_begins_no_secret_passes_at_once() {
        let (passed, rest) = struck(&["hunter2"], &["line one\n", "line two"]);
        assert_eq!(passed, ["line one\n", "line two"]);
        assert_eq!(rest, "");
    }

    #[test]
    fn special_characters_are_text() {
        let (passed, _) = struck(&["a.c$1|(x"], &["abc1 a.c$1|(x!"]);
        assert_eq!(passed, ["abc1 ***!"]);
    }
}
