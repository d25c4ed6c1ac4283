//! The file of `names-file`: one name per line.
#![allow(
    clippy::disallowed_methods,
    reason = "this is the room that reads the list of names"
)]

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use super::observation::Listed;
use super::settings::DomainName;
use crate::model::ProbeError;
use crate::model::digest::Sha256;

/// The most names of one check.
pub(super) const MOST_NAMES: usize = 100_000;
/// The longest line that is read, in bytes: a name in any script, and a remark.
const LONGEST_LINE: u64 = 4096;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads the list: blank lines and what follows a `#` are left out, and so are names that were met before.
///
/// # Errors
/// When it cannot be read, holds something that is no name, too many of them, or none.
pub(super) fn read(path: &Path, met: &[DomainName]) -> Result<Listed, ProbeError> {
    let shown = path.display();
    let unreadable = |error: io::Error| {
        ProbeError::new(format!("cannot read the names of {shown}: {error}"))
            .hint("`names-file` counts from the folder of the checklist")
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut reader = BufReader::new(file.take(LARGEST));
    let mut digest = Sha256::default();
    let mut listed = Listed::default();
    let mut met: HashSet<Box<str>> = met.iter().map(|name| name.canonical().into()).collect();
    let mut line = Vec::new();
    for number in 1_usize.. {
        line.clear();
        let length = reader
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line);
        if length.map_err(unreadable)? == 0 {
            break;
        }
        digest.update(&line);
        let wrong = |problem: &str| {
            let hint = "one domain name per line; what follows a # is a remark";
            ProbeError::new(format!("{shown}, line {number}: {problem}")).hint(hint)
        };
        if line.len() as u64 == LONGEST_LINE && line.last() != Some(&b'\n') {
            return Err(wrong("longer than any name"));
        }
        let text = str::from_utf8(&line).map_err(|_| wrong("not UTF-8"))?;
        let text = if number == 1 {
            text.trim_start_matches('\u{feff}')
        } else {
            text
        };
        let name = text.split('#').next().unwrap_or_default().trim();
        if name.is_empty() {
            continue;
        }
        let name = DomainName::new(name).map_err(|error| {
            let shown: String = name.chars().take(80).collect();
            wrong(&format!("\"{shown}\" is not a domain name: {error}"))
        })?;
        if !met.insert(name.canonical().into()) {
            listed.repeated += 1;
            continue;
        }
        if met.len() > MOST_NAMES {
            return Err(wrong(&format!("more than {MOST_NAMES} names"))
                .hint("spread the names over several checks"));
        }
        listed.names.push(name);
    }
    if reader.get_ref().limit() == 0 {
        return Err(ProbeError::new(format!(
            "{shown} is larger than {LARGEST} bytes"
        )));
    }
    if listed.names.is_empty() {
        return Err(ProbeError::new(format!(
            "{shown} lists no name that is not asked for anyway"
        ))
        .hint("list names, one per line, or leave `names-file` out"));
    }
    listed.count = listed.names.len();
    listed.sha256 = digest.hex();
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> Result<Listed, ProbeError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("names.txt");
        std::fs::write(&path, text).unwrap();
        read(&path, &[DomainName::new("met.test").unwrap()])
    }

    #[test]
    fn remarks_blank_lines_and_repeated_names_are_left_out() {
        let text =
            "\u{feff}# all of them\n\na.test # the first\r\n  b.test\nA.test.\nMET.test\n例え.test";
        let listed = of(text.as_bytes()).unwrap();
        let names: Vec<_> = listed.names.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["a.test", "b.test", "例え.test"]);
        assert_eq!((listed.count, listed.repeated), (3, 2));
        assert_eq!(
            listed.sha256,
            crate::model::digest::sha256_hex(text.as_bytes())
        );
    }

    #[test]
    fn what_is_no_list_of_names_is_refused_with_its_line() {
        let long = [b"a.test\n".to_vec(), vec![b'x'; 9000]].concat();
        let many: String = (0..=MOST_NAMES).map(|n| format!("n{n}.test\n")).collect();
        for (text, words) in [
            (
                &b"a.test\nb..test\n"[..],
                "line 2: \"b..test\" is not a domain name",
            ),
            (b"a.test\n\xff\n", "line 2: not UTF-8"),
            (&long, "line 2: longer than any name"),
            (b"# nothing\nmet.test\n", "lists no name"),
            (many.as_bytes(), "line 100000: more than 100000 names"),
        ] {
            let error = of(text).unwrap_err();
            assert!(error.message.contains(words), "{error}");
        }
    }
}
