//! Lists in text files, one entry to a line: hosts, names, addresses.
//!
//! Blank lines and what follows a `#` are left out, and so is an entry that was there before. A line that cannot be
//! read refuses the whole list, with its number. Pure: the bytes come from the checklist, or from
//! [`file`](super::file).

use std::collections::HashSet;
use std::hash::Hash;

use crate::model::looks_secret;

/// The longest line, in bytes: a name in any script, and a remark.
const LONGEST_LINE: usize = 4096;
/// How much of an entry an error quotes.
const QUOTED: usize = 80;

/// The entries of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T> {
    /// In the order of the file, each once. There may be none.
    pub entries: Vec<T>,
    /// How many lines repeated an entry, of the list or of those known before.
    pub repeated: usize,
}

/// What is wrong with a list: "line 3: not UTF-8".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ListError {
    /// Which line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: ListProblem,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListProblem {
    /// Longer than any entry.
    #[error("longer than {LONGEST_LINE} bytes")]
    Long,
    /// No text.
    #[error("not UTF-8")]
    Binary,
    /// No entry.
    #[error("\"{entry}\": {reason}")]
    Entry {
        /// How it begins.
        entry: String,
        /// Why it is none.
        reason: String,
    },
    /// One entry too many.
    #[error("more than {most} entries")]
    Many {
        /// How many are allowed.
        most: usize,
    },
}

/// Reads a list of at most `most` entries, those `known` before not counted. `read` turns the text of a line into an
/// entry and the key by which two are the same.
///
/// # Errors
/// The first line that is wrong.
pub fn parse<T, K: Eq + Hash>(
    bytes: &[u8],
    most: usize,
    mut known: HashSet<K>,
    read: impl Fn(&str) -> Result<(K, T), String>,
) -> Result<List<T>, ListError> {
    let mut list = List {
        entries: Vec::new(),
        repeated: 0,
    };
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    for (line, bytes) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let wrong = |problem| ListError { line, problem };
        if bytes.len() > LONGEST_LINE {
            return Err(wrong(ListProblem::Long));
        }
        let text = str::from_utf8(bytes).map_err(|_| wrong(ListProblem::Binary))?;
        let text = text.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        let (key, entry) = read(text).map_err(|reason| {
            // Cut after the mask: a password that is cut in two looks like none.
            let entry = looks_secret::mask(text).chars().take(QUOTED).collect();
            wrong(ListProblem::Entry { entry, reason })
        })?;
        if !known.insert(key) {
            list.repeated += 1;
        } else if list.entries.len() == most {
            return Err(wrong(ListProblem::Many { most }));
        } else {
            list.entries.push(entry);
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(bytes: &[u8]) -> Result<List<u8>, ListError> {
        parse(bytes, 3, HashSet::from([7]), |text| {
            let number = text.parse::<u8>().map_err(|error| error.to_string())?;
            Ok((number, number))
        })
    }

    #[test]
    fn remarks_blank_lines_and_repeated_entries_are_left_out() {
        let list = numbers("\u{feff}# all\n\n1 # one\r\n  02\n1\n7\n3".as_bytes()).unwrap();
        assert_eq!(list.entries, [1, 2, 3]);
        assert_eq!(list.repeated, 2);
    }

    #[test]
    fn the_first_wrong_line_is_named() {
        let long = [b"1\n".to_vec(), vec![b'1'; 5000]].concat();
        for (bytes, words) in [
            (
                &b"1\n\nx\n"[..],
                "line 3: \"x\": invalid digit found in string",
            ),
            (
                b"mel:hunter2@x",
                "line 1: \"mel:***@x\": invalid digit found in string",
            ),
            (b"1\n\xff", "line 2: not UTF-8"),
            (&long, "line 2: longer than 4096 bytes"),
            (b"1\n2\n3\n4", "line 4: more than 3 entries"),
        ] {
            assert_eq!(numbers(bytes).unwrap_err().to_string(), words);
        }
    }
}
