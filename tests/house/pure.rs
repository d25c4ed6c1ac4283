//! A judge does no I/O, and neither does anything it imports.
//!
//! Judges are the files of `checks/` named `judge.rs`, `tables.rs` and `claims.rs`, and every file of `checks/` that
//! they import, directly or not. The search does not enter the `mod.rs` of a folder the importing file is in: that
//! file holds the settings, and it also starts the probe.
//!
//! A judge may take data from `instrument`: types, constants, and functions of files that are pure themselves. It may
//! not take a function, or a function of a type, from a file that waits or touches the system.

use std::collections::VecDeque;

use super::tree::{Source, Tree};

/// The names of judges' files.
const JUDGES: &[&str] = &["judge.rs", "tables.rs", "claims.rs"];

/// Words that do not occur in a judge.
const WAITING: &[&str] = &["async", "await", "tokio"];

/// Words that make a file of `instrument` impure besides: I/O of the system, and clocks.
const SYSTEM: &[&str] = &[
    "fs",
    "process",
    "env",
    "rustix",
    "socket2",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "SystemTime",
    "Instant",
    "now",
];

/// Pure functions of `instrument` in a file that also does I/O.
const PURE: &[(&str, &str)] = &[
    // Takes a certificate apart; the file also reads the system's roots.
    ("src/instrument/tls/roots.rs", "to_trust_anchor"),
];

/// Every file with I/O that a judge imports: the chain of imports from a judge, and the lines that do I/O.
pub fn violations(tree: &Tree) -> Vec<String> {
    let judges = (0..tree.files.len()).filter(|place| {
        let file = &tree.files[*place];
        let name = file.path.rsplit('/').next().unwrap_or_default();
        is_check(file) && JUDGES.contains(&name)
    });
    let mut found = Vec::new();
    for chain in imported(tree, judges.collect()) {
        let place = chain[chain.len() - 1];
        let complaints = complaints(tree, place);
        if !complaints.is_empty() {
            let chain = chain.iter().map(|file| tree.files[*file].path.as_str());
            let chain: Vec<&str> = chain.collect();
            found.push(format!(
                "{}\n    {}\n",
                chain.join("\n  imports "),
                complaints.join("\n    ")
            ));
        }
    }
    found
}

/// The files of `checks/` that judges import, each with the shortest way from a judge; the judges themselves first.
fn imported(tree: &Tree, judges: Vec<usize>) -> Vec<Vec<usize>> {
    let mut known = judges.clone();
    let mut waiting: VecDeque<Vec<usize>> = judges.into_iter().map(|judge| vec![judge]).collect();
    let mut chains = Vec::new();
    while let Some(chain) = waiting.pop_front() {
        let file = chain[chain.len() - 1];
        for reference in tree.references(file) {
            let to = reference.to;
            let own_folder = tree.is_own_folder(to, file);
            if is_check(&tree.files[to]) && !own_folder && !known.contains(&to) {
                known.push(to);
                waiting.push_back([chain.as_slice(), &[to]].concat());
            }
        }
        chains.push(chain);
    }
    chains
}

/// The lines of a file that do I/O: the first of each word, and every function of `instrument`.
fn complaints(tree: &Tree, place: usize) -> Vec<String> {
    let mut found = Vec::new();
    for word in WAITING {
        let mut words = tree.files[place].scan.words.iter();
        if let Some((_, line)) = words.find(|(other, _)| other == word) {
            found.push(format!("line {line}: `{word}`"));
        }
    }
    for (line, function, other) in functions(tree, place) {
        if !is_pure(tree, other, &function) {
            let path = &tree.files[other].path;
            found.push(format!(
                "line {line}: `{function}` of {path}, which does I/O"
            ));
        }
    }
    found
}

/// The functions of `instrument` that a file names: line, name, and the file that defines it.
fn functions(tree: &Tree, place: usize) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    for reference in tree.references(place) {
        let function = reference.item.iter().find(|name| is_function(name));
        if let Some(function) = function
            && tree.files[reference.to].path.starts_with("src/instrument/")
        {
            found.push((reference.line, function.clone(), reference.to));
        }
    }
    found
}

/// True when neither the file nor a file of `instrument` whose functions it uses does I/O.
fn is_pure(tree: &Tree, place: usize, function: &str) -> bool {
    let mut known = Vec::new();
    let mut waiting = vec![(place, function.to_owned())];
    while let Some((place, function)) = waiting.pop() {
        let file = &tree.files[place];
        if PURE.contains(&(&file.path, &function)) || known.contains(&place) {
            continue;
        }
        known.push(place);
        let mut words = file.scan.words.iter().map(|(word, _)| word.as_str());
        if words.any(|word| WAITING.contains(&word) || SYSTEM.contains(&word)) {
            return false;
        }
        let used = functions(tree, place).into_iter();
        waiting.extend(used.map(|(_, function, place)| (place, function)));
    }
    true
}

fn is_check(file: &Source) -> bool {
    file.path.starts_with("checks/")
}

fn is_function(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_lowercase())
}
