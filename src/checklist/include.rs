//! Gathers a checklist and the files it includes, before any of them is decoded.

use std::path::{Path, PathBuf};

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::Inputs;
use super::error::{Log, Problem};
use super::interpolate::{Filled, Filler};
use super::source::{self, LARGEST, Place, Source};
use super::syntax;

/// The path of a checklist that comes on standard input; its relative paths count from the current folder.
const STDIN: &str = "-";
/// How deep files may include each other.
const DEEPEST: usize = 16;
/// How many files a checklist may consist of.
const MOST: usize = 1_000;

/// A file, and the place of its checks among those of the others.
pub(super) struct Member {
    /// Index into the sources.
    pub file: usize,
    /// The file that includes it.
    pub parent: Option<usize>,
}

/// All files of a checklist.
#[derive(Default)]
pub(super) struct Gathered {
    /// In the order they were read; the checklist itself is the first.
    pub sources: Vec<Source>,
    /// In the order of their checks.
    pub members: Vec<Member>,
    /// Whether a file is missing, so that what it may define cannot be known.
    pub incomplete: bool,
    read: Vec<(PathBuf, usize)>,
}

/// Reads the checklist at `path` and all that it includes.
pub(super) fn gather(path: &Path, inputs: &Inputs<'_>, log: &mut Log) -> Gathered {
    let mut gathered = Gathered::default();
    let bytes = if path == Path::new(STDIN) {
        source::read_stdin(LARGEST)
    } else {
        source::read(path, LARGEST)
    };
    match bytes {
        Ok(bytes) => {
            let file = gathered.add(path, &bytes, log);
            gathered.follow(file, &[file], inputs, log);
            gathered.members.push(Member { file, parent: None });
        }
        Err(unreadable) => {
            gathered.sources.push(Source::new(path, &[]));
            gathered.incomplete = true;
            log.problem(Problem::nowhere(unreadable.problem).help(unreadable.help));
        }
    }
    gathered
}

impl Gathered {
    fn add(&mut self, path: &Path, bytes: &[u8], log: &mut Log) -> usize {
        let file = self.sources.len();
        self.sources.push(Source::new(path, bytes));
        self.read.push((real(path), file));
        if let Err(error) = std::str::from_utf8(bytes) {
            // Up to here the text is the same as the bytes, so this is also its offset in the text.
            let at = error.valid_up_to();
            let byte = bytes.get(at).copied().unwrap_or_default();
            let problem = Problem::at(
                Place::new(file, at..at + '\u{fffd}'.len_utf8()),
                format!("not UTF-8: byte 0x{byte:02x} at offset {at}"),
            );
            log.problem(problem.help(Some("save the file as UTF-8")));
            self.incomplete = true;
        }
        file
    }

    /// Reads what `file` includes. `chain` leads from the checklist to `file`.
    fn follow(&mut self, file: usize, chain: &[usize], inputs: &Inputs<'_>, log: &mut Log) {
        for (path, place) in self.included(file, inputs) {
            let known = real(&path);
            let known = self.read.iter().find(|(path, _)| *path == known);
            match known {
                Some((_, again)) if chain.contains(again) => {
                    let begin = chain.iter().position(|member| member == again);
                    let circle = chain.iter().skip(begin.unwrap_or(0)).chain([again]);
                    let names: Vec<_> = circle
                        .map(|member| self.sources[*member].path.as_str())
                        .collect();
                    let problem = Problem::at(place, "these files include each other in a cycle");
                    log.problem(problem.label(names.join(" -> ")));
                }
                Some(_) => {}
                None if chain.len() >= DEEPEST || self.sources.len() >= MOST => {
                    let problem = Problem::at(place, "too many included files");
                    log.problem(problem.label(format!(
                        "at most {DEEPEST} levels of includes and {MOST} files"
                    )));
                    self.incomplete = true;
                }
                None => match source::read(&path, LARGEST) {
                    Ok(bytes) => {
                        let included = self.add(&path, &bytes, log);
                        let chain: Vec<_> = chain.iter().copied().chain([included]).collect();
                        self.follow(included, &chain, inputs, log);
                        self.members.push(Member {
                            file: included,
                            parent: Some(file),
                        });
                    }
                    Err(unreadable) => {
                        self.incomplete = true;
                        let problem = Problem::at(place, unreadable.problem);
                        log.problem(problem.help(unreadable.help));
                    }
                },
            }
        }
    }

    /// The paths that a file includes, and where it names them. Mistakes in the list itself are reported when the file
    /// is decoded.
    fn included(&self, file: usize, inputs: &Inputs<'_>) -> Vec<(PathBuf, Place)> {
        let source = &self.sources[file];
        let mut ignored = Log::default();
        let Some(table) = syntax::parse(source, file, &mut ignored) else {
            return Vec::new();
        };
        let mut table = table.into_inner();
        let Some(list) = table.get_mut("include") else {
            return Vec::new();
        };
        let filler = Filler {
            inputs,
            source,
            file,
        };
        filler.value(list, &mut Filled::default(), &mut ignored);
        entries(&table)
            .map(|(path, span)| (source.beside(path), Place::new(file, span)))
            .collect()
    }
}

fn entries<'t>(table: &'t DeTable<'_>) -> impl Iterator<Item = (&'t str, std::ops::Range<usize>)> {
    let list = table.get("include").map(Spanned::get_ref);
    let list = list.and_then(DeValue::as_array);
    list.into_iter()
        .flat_map(|list| list.iter())
        .filter_map(|entry| Some((entry.get_ref().as_str()?, entry.span())))
        .filter(|(path, _)| !path.contains("${"))
}

/// The path that identifies a file, however it is named.
fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
