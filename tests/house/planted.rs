//! The tests of these tests: a small tree with a planted fault, which must be found.

use std::collections::BTreeMap;

use super::tree::Tree;
use super::{circles, floors, pure};

/// A tree of these files, and of an empty `mod.rs` for every folder without one.
fn tree(files: &[(&str, &str)]) -> Tree {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (path, text) in files {
        for (end, _) in path.match_indices('/') {
            let folder = &path[..end];
            if folder != "src" {
                texts.entry(format!("{folder}/mod.rs")).or_default();
            }
        }
        texts.insert((*path).to_owned(), (*text).to_owned());
    }
    let texts: Vec<(String, String)> = texts.into_iter().collect();
    Tree::new(&texts)
}

/// The files of every circle, and the ways they lead.
fn circles(files: &[(&str, &str)]) -> (Vec<Vec<String>>, String) {
    let knots = circles::knots(&tree(files));
    let shown: Vec<String> = knots.iter().map(ToString::to_string).collect();
    (
        knots.into_iter().map(|knot| knot.files).collect(),
        shown.join("\n"),
    )
}

#[test]
fn an_import_that_goes_up_is_found() {
    let found = floors::violations(&tree(&[
        (
            "src/model/launch.rs",
            "use std::fmt;\nuse crate::engine::Plan;\n",
        ),
        ("src/engine/mod.rs", "use crate::model::launch::Launch;\n"),
    ]));
    assert_eq!(
        found,
        ["src/model/launch.rs:2 imports src/engine/mod.rs: `engine` is not below `model`"]
    );
}

#[test]
fn an_import_across_a_floor_is_found_without_a_use() {
    let found = floors::violations(&tree(&[
        (
            "src/sign/mod.rs",
            "fn dial() {\n    crate::instrument::dial::open()\n}\n",
        ),
        ("src/instrument/dial.rs", "pub fn open() {}\n"),
        ("checks/dns/mod.rs", "use super::tls::Session;"),
        ("checks/tls/mod.rs", "pub struct Session;"),
        ("src/attic/mod.rs", ""),
    ]));
    assert_eq!(
        found,
        [
            "checks/dns/mod.rs:1 imports checks/tls/mod.rs: a check module imports no other",
            "src/attic/mod.rs: the room `attic` is on no floor",
            "src/sign/mod.rs:2 imports src/instrument/dial.rs: `instrument` is not below `sign`",
        ]
    );
}

#[test]
fn a_circle_is_found_with_its_path() {
    let (files, shown) = circles(&[
        ("src/engine/mod.rs", "mod a; mod b; mod c; mod d;"),
        ("src/engine/a.rs", "use super::b::B;\npub struct A(B);"),
        ("src/engine/b.rs", "pub struct B;\nfn f() { super::c::f() }"),
        (
            "src/engine/c.rs",
            "use super::{d, a::{self, A as Renamed}};\npub fn f() {}",
        ),
        ("src/engine/d.rs", "pub fn alone() {}"),
    ]);
    assert_eq!(
        files,
        [["src/engine/a.rs", "src/engine/b.rs", "src/engine/c.rs"]]
    );
    assert!(
        shown.contains("src/engine/a.rs:1 imports src/engine/b.rs (B)"),
        "{shown}"
    );
    assert!(
        shown.contains("src/engine/b.rs:2 imports src/engine/c.rs (f)"),
        "{shown}"
    );
    assert!(
        shown.contains("src/engine/c.rs:1 imports src/engine/a.rs"),
        "{shown}"
    );
}

#[test]
fn a_reexport_hides_no_circle() {
    let (files, _) = circles(&[
        ("src/report/mod.rs", "mod pdf; mod words;"),
        (
            "src/report/pdf/mod.rs",
            "mod page; pub use page::Page as Leaf;",
        ),
        (
            "src/report/pdf/page.rs",
            "use crate::report::words;\npub struct Page; fn f() { words::say() }",
        ),
        ("src/report/words.rs", "use super::pdf::Leaf;"),
    ]);
    assert_eq!(files, [["src/report/pdf/page.rs", "src/report/words.rs"]]);
}

#[test]
fn a_function_that_serde_calls_counts_as_an_import() {
    let (files, _) = circles(&[
        ("checks/dns/mod.rs", "mod packed; mod row;"),
        (
            "checks/dns/row.rs",
            "use super::packed;\n#[derive(Serialize)]\npub struct Row { #[serde(with = \"packed\")] a: u8 }",
        ),
        ("checks/dns/packed.rs", "use super::row::Row;"),
    ]);
    assert_eq!(files, [["checks/dns/packed.rs", "checks/dns/row.rs"]]);
}

#[test]
fn the_folder_itself_and_tests_make_no_circle() {
    let (files, shown) = circles(&[
        (
            "checks/tls/mod.rs",
            "mod judge; pub struct Settings; fn f() { judge::judge() }\n#[cfg(test)] mod bench;",
        ),
        (
            "checks/tls/judge.rs",
            "use super::Settings;\npub(in crate::checks::tls) fn judge() {}\n#[cfg(test)]\nmod tests { use crate::checks::tls::other; }",
        ),
        (
            "checks/tls/other.rs",
            "// use super::judge;\nuse super::judge; const TEXT: &str = \"use super::other;\";",
        ),
        ("checks/tls/bench.rs", "use super::other;"),
        ("checks/tls/tests.rs", "use super::bench;"),
    ]);
    assert!(files.is_empty(), "{shown}");
}

#[test]
fn io_in_a_judge_or_behind_it_is_found_with_the_chain() {
    let found = pure::violations(&tree(&[
        (
            "checks/dns/judge.rs",
            "use super::{Settings, view::View};\nuse crate::instrument::dns::{Reply, parse};",
        ),
        (
            "checks/dns/view.rs",
            "use super::asking::Asked;\npub struct View;",
        ),
        (
            "checks/dns/asking.rs",
            "use crate::instrument::dns;\npub struct Asked;\nfn f() { dns::Client::open(); dns::wrapped() }",
        ),
        (
            "checks/dns/tables.rs",
            "fn table() {}\n\nasync fn load() {}",
        ),
        (
            "checks/dns/mod.rs",
            "use crate::instrument::dns::ask;\npub struct Settings; async fn probe() { ask() }",
        ),
        ("checks/dns/probe.rs", "use tokio::net;"),
        (
            "src/instrument/dns/mod.rs",
            "mod message; mod udp; pub use message::{parse, wrapped}; pub use udp::{Client, Reply, ask};",
        ),
        ("src/instrument/dns/message.rs", "pub fn parse() {} "),
        (
            "src/instrument/dns/udp.rs",
            "use tokio::net::UdpSocket;\npub struct Reply; pub struct Client; pub fn ask() {}",
        ),
    ]));
    assert_eq!(
        found,
        [
            "checks/dns/tables.rs\n    line 3: `async`\n",
            "checks/dns/judge.rs\n  imports checks/dns/view.rs\n  imports checks/dns/asking.rs\n    \
             line 3: `open` of src/instrument/dns/udp.rs, which does I/O\n",
        ]
    );
}

#[test]
fn a_pure_function_that_calls_one_with_io_is_not_pure() {
    let found = pure::violations(&tree(&[
        (
            "checks/tls/claims.rs",
            "use crate::instrument::roots;\nfn f() { roots::all() }",
        ),
        (
            "src/instrument/roots.rs",
            "use super::file;\npub fn all() { file::read() }",
        ),
        (
            "src/instrument/file.rs",
            "pub fn read() { std::fs::read(\"x\") }",
        ),
    ]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("checks/tls/claims.rs\n"), "{found:?}");
}

#[test]
fn what_the_scanner_cannot_follow_is_found() {
    let tree = tree(&[(
        "src/lab/mod.rs",
        "use crate::engine::Plan;\nuse self::dns::*;\nmod dns { pub struct Zone; }\nfn f() { super::gone::g() }",
    )]);
    assert_eq!(
        tree.not_followed(),
        [
            "src/lab/mod.rs: write the module `dns` in a file of its own",
            "src/lab/mod.rs:1 crate::engine::Plan leads to no file",
            "src/lab/mod.rs:2 self::dns: import each name in place of `*`",
            "src/lab/mod.rs:4 super::gone::g leads to no file",
        ]
    );
}

#[test]
fn comments_strings_and_lifetimes_are_no_code() {
    let text = "/* a /* b */ use super::x; */ fn f<'a>(c: char) -> &'a str { // use super::x;\n\
        match c { '\"' | '\\'' | b'x' => r#type::g(r##\"use \"# super::x;\"##), _ => \"\\\"; use super::x;\" } }";
    let scan = super::scan::scan(text);
    let words: Vec<&str> = scan.words.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(
        words,
        [
            "fn", "f", "c", "char", "str", "match", "c", "type", "g", "_"
        ]
    );
    assert_eq!(scan.mentions.len(), 1, "{:?}", scan.mentions);
    assert_eq!(scan.mentions[0].path, ["type", "g"]);
    assert_eq!(scan.mentions[0].line, 2);
}
