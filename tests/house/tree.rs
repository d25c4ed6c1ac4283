//! The source files of the project as one tree of modules, and which file takes what from which.
//!
//! A path is followed to the file that *defines* the item: a name that a `mod.rs` only hands on leads to its child,
//! so a circle cannot hide behind a re-export.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::slice;

use super::scan::{Mention, Scan, scan};

/// A file outside tests.
#[derive(Debug)]
pub struct Source {
    /// Where it lies, for example `src/model/finding.rs`.
    pub path: String,
    /// Its place among the modules, for example `["model", "finding"]`; empty for the root.
    pub module: Vec<String>,
    /// How many lines it has.
    pub lines: usize,
    /// What it takes from others.
    pub scan: Scan,
}

/// One file takes something from another.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The place of the other file in [`Tree::files`].
    pub to: usize,
    /// What is taken: the rest of the path behind the file; empty for the module itself.
    pub item: Vec<String>,
    /// The line in the file that takes it.
    pub line: usize,
}

/// All files outside tests.
#[derive(Debug)]
pub struct Tree {
    /// In the order of their paths.
    pub files: Vec<Source>,
    modules: BTreeMap<Vec<String>, usize>,
    references: Vec<Vec<Reference>>,
}

impl Tree {
    /// Reads `src/` and `checks/` of this project.
    pub fn of_the_project() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = Vec::new();
        for folder in ["src", "checks"] {
            collect(root, &root.join(folder), &mut texts);
        }
        assert!(texts.len() > 100, "the sources are found");
        Self::new(&texts)
    }

    /// A tree of paths and texts. The program's `main.rs` is no module of the library.
    pub fn new(texts: &[(String, String)]) -> Self {
        let mut files: Vec<Source> = Vec::new();
        for (path, text) in texts {
            if path != "src/main.rs" && !is_test(path) {
                files.push(Source {
                    path: path.clone(),
                    module: module_of(path),
                    lines: text.lines().count(),
                    scan: scan(text),
                });
            }
        }
        let tests: Vec<Vec<String>> = files
            .iter()
            .flat_map(|file| {
                let names = file.scan.test_modules.iter();
                names.map(|name| [file.module.as_slice(), slice::from_ref(name)].concat())
            })
            .collect();
        files.retain(|file| !tests.iter().any(|test| file.module.starts_with(test)));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let places = files.iter().enumerate();
        let modules = places.map(|(place, file)| (file.module.clone(), place));
        let mut tree = Self {
            modules: modules.collect(),
            files,
            references: Vec::new(),
        };
        let places = 0..tree.files.len();
        tree.references = places.map(|place| tree.follow(place)).collect();
        tree
    }

    /// Everything a file takes from other files.
    pub fn references(&self, from: usize) -> &[Reference] {
        &self.references[from]
    }

    fn follow(&self, from: usize) -> Vec<Reference> {
        let mentions = self.files[from].scan.mentions.iter();
        let found = mentions.filter_map(|mention| {
            let (to, item) = self.resolve(from, &mention.path, 0)?;
            // A folder that is imported as a whole says nothing yet: what is taken from it is a path further down.
            let whole_folder = item.is_empty() && self.is_folder(to) && mention.alias.is_some();
            (to != from && !whole_folder).then_some(Reference {
                to,
                item,
                line: mention.line,
            })
        });
        found.collect()
    }

    /// What is written in a way that this reader cannot follow, and that would hide imports from the proofs.
    pub fn not_followed(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (place, file) in self.files.iter().enumerate() {
            let path = &file.path;
            for name in &file.scan.inline_modules {
                found.push(format!(
                    "{path}: write the module `{name}` in a file of its own"
                ));
            }
            for mention in &file.scan.mentions {
                let own = ["crate", "self", "super"].contains(&mention.path[0].as_str());
                let at = format!("{path}:{} {}", mention.line, mention.path.join("::"));
                if own && is_glob(mention) {
                    found.push(format!("{at}: import each name in place of `*`"));
                } else if own && self.resolve(place, &mention.path, 0).is_none() {
                    found.push(format!("{at} leads to no file"));
                }
            }
        }
        found
    }

    /// True when the file is the `mod.rs` of the folder the other lies in, at any depth.
    pub fn is_own_folder(&self, folder: usize, file: usize) -> bool {
        let (folder, file) = (&self.files[folder].module, &self.files[file].module);
        folder.len() < file.len() && file.starts_with(folder)
    }

    fn is_folder(&self, place: usize) -> bool {
        self.files[place].path.ends_with("/mod.rs")
    }

    /// Follows a path to the file that defines it, with what is left of the path there; none for other crates.
    fn resolve(&self, from: usize, path: &[String], depth: usize) -> Option<(usize, Vec<String>)> {
        assert!(depth < 32, "re-exports lead in a circle at {path:?}");
        let mut at = match path[0].as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.files[from].module.clone(),
            _ => return self.step(from, path, depth),
        };
        let mut rest = path;
        while let Some(("crate" | "self" | "super", behind)) = rest
            .split_first()
            .map(|(first, rest)| (first.as_str(), rest))
        {
            if rest[0] == "super" {
                at.pop();
            }
            rest = behind;
        }
        if at.is_empty() {
            // The root has children only.
            let room = rest.first()?;
            let place = *self.modules.get(&vec![room.clone()])?;
            return self.step_or_here(place, &rest[1..], depth);
        }
        let place = *self.modules.get(&at)?;
        self.step_or_here(place, rest, depth)
    }

    fn step_or_here(
        &self,
        place: usize,
        rest: &[String],
        depth: usize,
    ) -> Option<(usize, Vec<String>)> {
        if rest.is_empty() {
            return Some((place, Vec::new()));
        }
        match self.scope(place, &rest[0]) {
            Name::Here => Some((place, rest.to_vec())),
            // `pub(crate) use a_macro;` beside its `macro_rules!`.
            Name::Imported(mention) if mention.path == rest[..1] => Some((place, rest.to_vec())),
            Name::Child | Name::Imported(_) => self.step(place, rest, depth),
        }
    }

    /// A path whose first name is looked up in the scope of a file.
    fn step(&self, from: usize, path: &[String], depth: usize) -> Option<(usize, Vec<String>)> {
        match self.scope(from, &path[0]) {
            Name::Here => None,
            Name::Child => {
                let module = [self.files[from].module.as_slice(), &path[..1]].concat();
                self.step_or_here(*self.modules.get(&module)?, &path[1..], depth)
            }
            Name::Imported(mention) if mention.path == path[..1] => None, // another crate
            Name::Imported(mention) => {
                let (place, item) = self.resolve(from, &mention.path, depth + 1)?;
                if item.is_empty() {
                    return self.step_or_here(place, &path[1..], depth);
                }
                Some((place, [item.as_slice(), &path[1..]].concat()))
            }
        }
    }

    fn scope(&self, file: usize, name: &String) -> Name<'_> {
        let child = [self.files[file].module.as_slice(), slice::from_ref(name)].concat();
        if self.modules.contains_key(&child) {
            return Name::Child;
        }
        let mut mentions = self.files[file].scan.mentions.iter();
        match mentions.find(|mention| mention.alias.as_ref() == Some(name)) {
            Some(mention) if mention.path[0] != *name => Name::Imported(mention),
            Some(mention) if mention.path.len() == 1 => Name::Imported(mention),
            // `use time::time` names another crate.
            _ => Name::Here,
        }
    }
}

/// What a name is in the scope of a file.
enum Name<'a> {
    Child,
    Imported(&'a Mention),
    Here,
}

fn is_glob(mention: &Mention) -> bool {
    mention.alias.as_deref() == Some("*")
}

/// `checks/dns/mod.rs` is `checks::dns`.
fn module_of(path: &str) -> Vec<String> {
    let path = path.strip_prefix("src/").unwrap_or(path);
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let parts = path.split('/').filter(|part| *part != "lib");
    parts.map(str::to_owned).collect()
}

fn is_test(path: &str) -> bool {
    path.split('/').any(|part| {
        let name = part.strip_suffix(".rs").unwrap_or(part);
        name == "tests" || name.ends_with("_tests")
    })
}

fn collect(root: &Path, folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            collect(root, &path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).expect("a path inside the project");
            let text = fs::read_to_string(&path).expect("a source file");
            texts.push((name.to_string_lossy().into_owned(), text));
        }
    }
}
