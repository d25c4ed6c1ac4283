//! Everything that the program prints leaves through one file, which spells out what acts or hides.

use super::tree::Tree;

/// The door.
const DOOR: &str = "src/cli/terminal.rs";

/// Words that print, or lead to what prints.
const PRINTING: &[&str] = &[
    "print",
    "println",
    "eprint",
    "eprintln",
    "dbg",
    "ProgressDrawTarget",
    "MultiProgress",
];

/// The other doors.
pub fn violations(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| file.path != DOOR) {
        for (word, line) in &file.scan.words {
            if PRINTING.contains(&word.as_str()) {
                found.push(format!("{}:{line}: `{word}`", file.path));
            }
        }
        for mention in &file.scan.mentions {
            let last = mention.path.last().map(String::as_str);
            if mention.path.len() > 1 && matches!(last, Some("stdout" | "stderr")) {
                let path = mention.path.join("::");
                found.push(format!("{}:{}: `{path}`", file.path, mention.line));
            }
        }
    }
    found
}

#[test]
fn each_way_around_the_door_is_seen() {
    for around in [
        "fn f() { println!(\"x\"); }",
        "fn f() { if true { eprint!(\"x\"); } }",
        "fn f() { std::io::stdout().write_all(b\"x\"); }",
        "use std::io; fn f() { writeln!(io::stderr().lock(), \"x\"); }",
        "use std::io::{self, stderr}; fn f() { stderr(); }",
        "fn f(error: clap::Error) { error.print(); }",
        "use indicatif::ProgressDrawTarget;",
        "fn f() { tokio::io::stdout(); }",
    ] {
        let tree = Tree::new(&[("src/cli/judge.rs".to_owned(), around.to_owned())]);
        assert!(!violations(&tree).is_empty(), "{around}");
        let tree = Tree::new(&[(DOOR.to_owned(), around.to_owned())]);
        assert!(violations(&tree).is_empty(), "{around}");
    }
    let reads =
        "fn f(child: Child) { child.stdout.take(); Command::new(\"x\").stderr(Stdio::null()); }";
    let tree = Tree::new(&[("src/a.rs".to_owned(), reads.to_owned())]);
    assert_eq!(violations(&tree), [""; 0]);
}
