//! No files import each other in a circle.
//!
//! A folder's own `mod.rs` is the exception: its children may use what it defines, and it may use its children. What
//! it only re-exports counts as an import of the file that defines it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use super::tree::{Reference, Tree};

/// Files that import each other, every one reached from every other.
#[derive(Debug)]
pub struct Knot {
    /// The files, in the order of their paths.
    pub files: Vec<String>,
    /// The shortest circle through each file, step by step; equal ones once.
    pub circles: Vec<String>,
}

impl fmt::Display for Knot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{} files in a circle:", self.files.len())?;
        for file in &self.files {
            writeln!(out, "  {file}")?;
        }
        for circle in &self.circles {
            writeln!(out, "  by way of\n{circle}")?;
        }
        Ok(())
    }
}

type Edges = Vec<BTreeMap<usize, Reference>>;

/// Every knot of the tree.
pub fn knots(tree: &Tree) -> Vec<Knot> {
    let edges = edges(tree);
    let reach: Vec<Vec<Option<usize>>> =
        (0..edges.len()).map(|from| search(&edges, from)).collect();
    let mut taken = vec![false; edges.len()];
    let mut found = Vec::new();
    for one in 0..edges.len() {
        let knot: Vec<usize> = (0..edges.len())
            .filter(|other| reach[one][*other].is_some() && reach[*other][one].is_some())
            .collect();
        if taken[one] || knot.is_empty() {
            continue;
        }
        let mut circles = Vec::new();
        for file in &knot {
            taken[*file] = true;
            let circle = circle(&reach[*file], *file);
            if !circles.contains(&circle) {
                circles.push(circle);
            }
        }
        let path = |file: &usize| tree.files[*file].path.clone();
        found.push(Knot {
            files: knot.iter().map(path).collect(),
            circles: circles
                .iter()
                .map(|circle| written(tree, &edges, circle))
                .collect(),
        });
    }
    found
}

fn edges(tree: &Tree) -> Edges {
    let of_file = |from| {
        let mut edges = BTreeMap::new();
        for reference in tree.references(from) {
            let to = reference.to;
            if !tree.is_own_folder(to, from) && !tree.is_own_folder(from, to) {
                edges.entry(to).or_insert_with(|| reference.clone());
            }
        }
        edges
    };
    (0..tree.files.len()).map(of_file).collect()
}

/// The file before each one on the shortest way from `from`; `from` itself only at the end of a circle.
fn search(edges: &Edges, from: usize) -> Vec<Option<usize>> {
    let mut before = vec![None; edges.len()];
    let mut waiting = VecDeque::from([from]);
    while let Some(file) = waiting.pop_front() {
        for next in edges[file].keys() {
            if before[*next].is_none() {
                before[*next] = Some(file);
                if *next != from {
                    waiting.push_back(*next);
                }
            }
        }
    }
    before
}

/// The shortest circle through a file, turned so that it begins at its first file.
fn circle(before: &[Option<usize>], file: usize) -> Vec<usize> {
    let mut circle = vec![file];
    let mut at = before[file];
    while let Some(place) = at.filter(|place| *place != file) {
        circle.push(place);
        at = before[place];
    }
    circle.reverse();
    let first = circle.iter().enumerate().min_by_key(|(_, file)| **file);
    let first = first.map_or(0, |(place, _)| place);
    circle.rotate_left(first);
    circle
}

fn written(tree: &Tree, edges: &Edges, circle: &[usize]) -> String {
    let mut lines = Vec::new();
    for (place, file) in circle.iter().enumerate() {
        let next = circle[(place + 1) % circle.len()];
        let reference = &edges[*file][&next];
        let (file, other) = (&tree.files[*file].path, &tree.files[next].path);
        let item = match reference.item.join("::") {
            item if item.is_empty() => String::new(),
            item => format!(" ({item})"),
        };
        lines.push(format!(
            "    {file}:{} imports {other}{item}",
            reference.line
        ));
    }
    lines.join("\n")
}
