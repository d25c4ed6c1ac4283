//! What is missing when the system says that a file which is there is not: the program that is to read it.

use std::path::Path;

use crate::instrument::file;

/// What a file needs to run and the system did not find, as a predicate; nothing where the file itself is missing.
pub(super) async fn missing(folder: &Path, program: &str) -> Option<String> {
    if !program.contains('/') {
        return None;
    }
    let path = folder.join(program);
    if !tokio::fs::metadata(&path).await.ok()?.is_file() {
        return None;
    }
    let bytes = file::read(path, file::SMALL).await.unwrap_or_default();
    Some(needs(&bytes))
}

fn needs(bytes: &[u8]) -> String {
    let Some(line) = bytes.strip_prefix(b"#!") else {
        return "needs a loader that is not there: it was built for another system".to_owned();
    };
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let name = line.split([' ', '\t']).find(|word| !word.is_empty());
    let name = name.unwrap_or_default();
    match name.strip_suffix('\r') {
        Some(bare) => format!(
            "needs the interpreter `{bare}` and a carriage return, which is not there: its lines end in CRLF, as on Windows"
        ),
        None => format!("needs the interpreter `{name}`, which is not there"),
    }
}

#[cfg(test)]
mod tests {
    use super::needs;

    #[test]
    fn the_interpreter_and_its_carriage_return_are_named() {
        assert_eq!(
            needs(b"#! /opt/python -u\nprint()\n"),
            "needs the interpreter `/opt/python`, which is not there"
        );
        let windows = needs(b"#!/bin/sh\r\necho\r\n");
        assert!(
            windows.contains("`/bin/sh` and a carriage return"),
            "{windows}"
        );
        assert!(needs(b"\x7fELF").contains("a loader"));
    }
}
