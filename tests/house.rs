//! The house keeps its shape: floors, no circles, pure judges, small files.
//!
//! These tests read the sources of the project. A failure names the file, the line, and the chain of imports.

mod circles;
mod floors;
mod planted;
mod pure;
mod registry;
mod scan;
mod tokens;
mod tree;

use tree::Tree;

/// The most lines a file outside tests may have.
const LINES: usize = 500;

/// Folders whose files still import each other in a circle, and how many do. The list only shrinks: lower the number
/// when files leave the circle, and delete the line with the last one.
const KNOWN_CIRCLES: &[(&str, usize)] = &[("checks/dns", 18)];

/// Check modules whose judges still import files that do I/O, and how many such files. The list only shrinks, too.
const KNOWN_IMPURE: &[(&str, usize)] = &[("checks/dns", 11)];

#[test]
fn every_import_is_followed() {
    let found = Tree::of_the_project().not_followed();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn imports_go_down_the_floors() {
    let found = floors::violations(&Tree::of_the_project());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let knots = circles::knots(&Tree::of_the_project());
    let files = knots.iter().flat_map(|knot| &knot.files);
    let shown: Vec<String> = knots.iter().map(ToString::to_string).collect();
    only_known(files, KNOWN_CIRCLES, "KNOWN_CIRCLES", &shown.join("\n"));
}

#[test]
fn judges_and_what_they_import_do_no_io() {
    let found = pure::violations(&Tree::of_the_project());
    let shown: Vec<&str> = found.iter().map(|impure| impure.text.as_str()).collect();
    let files = found.iter().map(|impure| &impure.file);
    only_known(files, KNOWN_IMPURE, "KNOWN_IMPURE", &shown.join("\n"));
}

#[test]
fn no_file_is_long() {
    let tree = Tree::of_the_project();
    let long = tree.files.iter().filter(|file| file.lines > LINES);
    let found: Vec<String> = long
        .map(|file| format!("{}: {} lines, at most {LINES}", file.path, file.lines))
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Fails with everything that was found when a folder has more bad files than are known, or a known one has none.
fn only_known<'a>(
    files: impl Iterator<Item = &'a String>,
    known: &[(&str, usize)],
    list: &str,
    shown: &str,
) {
    let folder = |path: &str| path.split('/').take(2).collect::<Vec<_>>().join("/");
    let folders: Vec<String> = files.map(|file| folder(file)).collect();
    let count = |folder: &str| folders.iter().filter(|other| *other == folder).count();
    let mut wrong = Vec::new();
    for folder in &folders {
        let (now, most) = (count(folder), known.iter().find(|(name, _)| name == folder));
        let most = most.map_or(0, |(_, most)| *most);
        let line = format!("{folder}: {now} files, at most {most} known in {list}");
        if now > most && !wrong.contains(&line) {
            wrong.push(line);
        }
    }
    for (folder, _) in known {
        if count(folder) == 0 {
            wrong.push(format!("{folder} is clean: delete its line from {list}"));
        }
    }
    assert!(wrong.is_empty(), "\n{shown}\n{}", wrong.join("\n"));
}
