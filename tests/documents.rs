//! What users read renders and works as shown: tables end where they should, links lead somewhere, checklists load.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use tminus::checklist::{Inputs, load};
use tminus::checks::REGISTRY;
use tminus::cli::documentation;
use tminus::model::Checklist;

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Markdown files that users read, each with its text.
fn documents() -> Vec<(PathBuf, String)> {
    fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                gather(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    let mut found: Vec<_> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .map(|name| project().join(name))
        .into();
    gather(&project().join("docs"), &mut found);
    assert!(found.len() >= 8, "{found:?}");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a document");
        (path, text)
    };
    found.into_iter().map(read).collect()
}

/// Rows of tables that no author meant as rows, and lines meant as rows that are in no table.
fn broken_rows(markdown: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let mut meant: BTreeSet<usize> = BTreeSet::new();
    let mut at = 0;
    for line in markdown.split_inclusive('\n') {
        if line.starts_with('|') {
            meant.insert(at);
        }
        at += line.len();
    }
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter();
    for (event, range) in events {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => {
                let row = markdown.get(range).unwrap_or_default().trim_end();
                if !row.starts_with('|') {
                    broken.push(format!("swallowed by a table: {row}"));
                }
            }
            Event::Start(Tag::Table(_) | Tag::CodeBlock(_)) => {
                meant.retain(|line| !range.contains(line));
            }
            _ => {}
        }
    }
    let line = |at: &usize| markdown.get(*at..).unwrap_or_default().lines().next();
    let outside = meant.iter().filter_map(line);
    broken.extend(outside.map(|line| format!("not in a table: {line}")));
    broken
}

#[test]
fn tables_render_and_swallow_no_paragraph() {
    for (path, text) in documents() {
        let broken = broken_rows(&text);
        assert!(broken.is_empty(), "{}: {broken:#?}", path.display());
    }
}

#[test]
fn a_table_that_swallows_a_paragraph_is_found() {
    let table = "| a | b |\n| --- | --- |\n| 1 | 2 |\n";
    assert!(broken_rows(&format!("{table}\nA paragraph.\n")).is_empty());
    assert_eq!(
        broken_rows(&format!("{table}A paragraph.\n")),
        ["swallowed by a table: A paragraph."]
    );
    assert_eq!(broken_rows("| a | b |\n| 1 | 2 |\n").len(), 2);
}

#[test]
fn links_lead_to_files_of_the_project() {
    for (path, text) in documents() {
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            let (Event::Start(Tag::Link { dest_url, .. })
            | Event::Start(Tag::Image { dest_url, .. })) = event
            else {
                continue;
            };
            let (target, _) = dest_url.split_once('#').unwrap_or((&dest_url, ""));
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let folder = path.parent().expect("a folder");
            assert!(
                folder.join(target).exists(),
                "{} links to {target}, which does not exist",
                path.display()
            );
        }
    }
}

/// The TOML code blocks of a document.
fn toml_blocks(markdown: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) if &*kind == "toml" => {
                block = Some(String::new());
            }
            Event::Text(text) => {
                if let Some(block) = &mut block {
                    block.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(block.take()),
            _ => {}
        }
    }
    blocks
}

/// Loads every checklist that a document shows. A block's first line is a comment with its file name; blocks without
/// `[launch]` are included by others.
fn loaded(markdown: &str) -> Vec<Checklist> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut names = BTreeMap::new();
    for block in toml_blocks(markdown) {
        let name = block
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# "));
        let name = name.filter(|name| name.ends_with(".toml"));
        let name = name.unwrap_or_else(|| panic!("no file name in the first line of\n{block}"));
        fs::write(folder.path().join(name), &block).expect("a checklist");
        let whole = block.contains("[launch]");
        let twice = names.insert(name.to_owned(), whole).is_some();
        assert!(!twice, "two blocks are named {name}");
    }
    let inputs = Inputs {
        vars: BTreeMap::new(),
        environment: &|_| None,
    };
    let mut read = BTreeSet::new();
    let mut checklists = Vec::new();
    for name in names
        .iter()
        .filter(|(_, whole)| **whole)
        .map(|(name, _)| name)
    {
        let path = folder.path().join(name);
        let checklist = load(&path, REGISTRY, &inputs).unwrap_or_else(|errors| panic!("{errors}"));
        let sources = checklist.sources.iter();
        read.extend(sources.filter_map(|source| {
            let path = Path::new(&source.path);
            Some(path.file_name()?.to_str()?.to_owned())
        }));
        checklists.push(checklist);
    }
    for name in names.keys() {
        assert!(read.contains(name), "{name} is included by no checklist");
    }
    checklists
}

#[test]
fn checklists_load_as_shown() {
    for (name, least) in [("README.md", 1), ("docs/checklist.md", 2)] {
        let text = fs::read_to_string(project().join(name)).expect(name);
        let checklists = loaded(&text);
        assert!(checklists.len() >= least, "{name}");
        let waivers = checklists.iter().flat_map(|checklist| &checklist.waivers);
        for rule in waivers.filter_map(|waiver| waiver.rule.as_ref()) {
            let mut rules = documentation::all_rules(REGISTRY);
            assert!(rules.any(|known| known.id == rule), "{name}: {rule}");
        }
    }
}

#[test]
fn the_documents_list_every_exit_code() {
    let readme = fs::read_to_string(project().join("README.md")).expect("README.md");
    for code in [
        "| 0 |",
        "| 1 |",
        "| 2 |",
        "| 3 |",
        "| 4 |",
        "| 130, 143, 129 |",
    ] {
        assert!(readme.contains(code), "{code}");
    }
    let mut command = tminus::cli::command();
    for name in ["run", "judge", "verify"] {
        let command = command.find_subcommand_mut(name).expect(name);
        let help = command.render_long_help().to_string();
        assert!(help.contains("Exit codes:"), "{name}: {help}");
    }
}
