//! The house keeps its shape: floors, no circles, pure judges, one door for what is printed, small files.
//!
//! These tests read the sources of the project. A failure names the file, the line, and the chain of imports.

mod circles;
mod door;
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
    let found: Vec<String> = knots.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn judges_and_what_they_import_do_no_io() {
    let found = pure::violations(&Tree::of_the_project());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn what_is_printed_leaves_through_one_door() {
    let found = door::violations(&Tree::of_the_project());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
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
