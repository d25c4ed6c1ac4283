//! The file of `names-file`: one name per line.

use std::collections::HashSet;

use super::observation::Listed;
use super::settings::DomainName;
use crate::instrument::lines;
use crate::model::{InputFile, ProbeError};

/// The most names of one check.
const MOST_NAMES: usize = 100_000;

/// Reads the list; names that the settings list are left out.
///
/// # Errors
/// When it holds something that is no name, too many of them, or none.
pub(super) fn read(file: &InputFile, listed: &[DomainName]) -> Result<Listed, ProbeError> {
    let path = file.path();
    let known: HashSet<Box<str>> = listed.iter().map(|name| name.canonical().into()).collect();
    let most = MOST_NAMES.saturating_sub(known.len());
    let list = lines::parse(file.bytes(), most, known, |text| {
        let name = DomainName::new(text).map_err(|error| error.to_string())?;
        Ok((Box::from(name.canonical()), name))
    });
    let list = list.map_err(|error| {
        let hint = "one domain name per line, 100,000 at most; what follows a # is a comment";
        ProbeError::new(format!("{path}, {error}")).hint(hint)
    })?;
    if list.entries.is_empty() {
        let message = format!("{path} lists no name that is not asked for anyway");
        return Err(
            ProbeError::new(message).hint("list names, one per line, or leave `names-file` out")
        );
    }
    Ok(Listed {
        sha256: file.sha256().to_owned(),
        count: list.entries.len(),
        repeated: list.repeated,
        names: list.entries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> Result<Listed, ProbeError> {
        read(
            &InputFile::new("names.txt", text),
            &[DomainName::new("known.test").unwrap()],
        )
    }

    #[test]
    fn comments_blank_lines_and_repeated_names_are_left_out() {
        let text = "\u{feff}# all of them\n\na.test # the first\r\n  b.test\nA.test.\nKNOWN.test\n例え.test";
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
        let many: String = (0..MOST_NAMES).map(|n| format!("n{n}.test\n")).collect();
        for (text, words) in [
            (&b"a.test\nb..test\n"[..], "line 2: \"b..test\": "),
            (b"a.test\n\xff\n", "line 2: not UTF-8"),
            (&long, "line 2: longer than"),
            (b"# nothing\nknown.test\n", "lists no name"),
            (many.as_bytes(), "line 100000: more than 99999 entries"),
        ] {
            let error = of(text).unwrap_err();
            assert!(error.message.contains(words), "{error}");
        }
    }
}
