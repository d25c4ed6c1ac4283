//! What is missing when a script cannot run although it is there: the program that is to read it.
//!
//! Where the first line names a program that does not exist, the system says that the script does not. Behind
//! `/usr/bin/env` it is `env` that fails, with exit code 127. Scripts that were saved on Windows fail in both ways: the name
//! ends in a carriage return, which no message shows.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use super::Program;
use crate::instrument::file;

/// The exit code of `env` and of shells where there is no such program.
pub(super) const NOT_FOUND: i32 = 127;

/// Where the system looks when nothing says `PATH`.
const USUAL: &str = "/bin:/usr/bin";

/// What a file needs to run and the system did not find, as a predicate; nothing where the file itself is missing.
pub(super) async fn missing(program: &Program<'_>) -> Option<String> {
    let path = find(program).await?;
    let bytes = file::read(path, file::SMALL).await.unwrap_or_default();
    Some(needs(&bytes))
}

/// The interpreter that `env` did not find because of a carriage return.
pub(super) async fn with_carriage_return(program: &Program<'_>) -> Option<String> {
    let bytes = file::read(find(program).await?, file::SMALL).await.ok()?;
    let line = first_line(&bytes)?;
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let env = words.next()?;
    if env.rsplit('/').next() != Some("env") {
        return None;
    }
    // Options and variables come before the program.
    let name = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    let last = line.strip_suffix('\r')?;
    Some(match name.strip_suffix('\r') {
        Some(bare) => bare.to_owned(),
        None => last.split([' ', '\t']).next_back()?.to_owned(),
    })
}

/// The file that runs: the one that is named, or the first of that name in the folders of `PATH`.
async fn find(program: &Program<'_>) -> Option<PathBuf> {
    let name = program.run.first()?;
    let folders: Vec<PathBuf> = match name.contains('/') {
        true => vec![program.folder.clone()],
        false => {
            let own = |(variable, value): &(&str, &str)| {
                (*variable == "PATH").then(|| OsString::from(*value))
            };
            let own = program.environment.iter().rev().find_map(own);
            let inherited = || match program.clear_environment {
                true => None,
                false => std::env::var_os("PATH"),
            };
            let path = own.or_else(inherited);
            let path = path.unwrap_or_else(|| OsString::from_vec(USUAL.into()));
            let folders = std::env::split_paths(&path);
            folders.map(|folder| program.folder.join(folder)).collect()
        }
    };
    for folder in folders {
        let path = folder.join(name);
        if is_file(&path).await {
            return Some(path);
        }
    }
    None
}

async fn is_file(path: &Path) -> bool {
    let about = tokio::fs::metadata(path).await;
    about.is_ok_and(|about| about.is_file())
}

fn first_line(bytes: &[u8]) -> Option<String> {
    let line = bytes.strip_prefix(b"#!")?;
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Some(String::from_utf8_lossy(line).into_owned())
}

fn needs(bytes: &[u8]) -> String {
    let Some(line) = first_line(bytes) else {
        return "needs a loader that is not there: it was built for another system".to_owned();
    };
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
