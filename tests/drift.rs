//! Generated documents match the code. `TMINUS_UPDATE=1` rewrites them.

use std::fs;
use std::path::Path;

use tminus::checks::REGISTRY;
use tminus::cli::documentation;

/// Compares a file of the project with what the code says, or writes it.
fn compare(file: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let found = fs::read_to_string(&path).unwrap_or_default();
    if found == expected {
        return;
    }
    if std::env::var_os("TMINUS_UPDATE").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        fs::write(&path, expected).expect("the document is written");
        return;
    }
    panic!("{file} differs from the code: run TMINUS_UPDATE=1 tests/run -E 'test(drift)'");
}

#[test]
fn the_readme_lists_the_modules() {
    const BEGIN: &str = "<!-- modules: generated -->\n";
    const END: &str = "<!-- end of modules -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).expect("README.md");
    let (head, rest) = readme
        .split_once(BEGIN)
        .expect("the begin mark in README.md");
    let (_, tail) = rest.split_once(END).expect("the end mark in README.md");
    compare(
        "README.md",
        &format!("{head}{BEGIN}{}{END}{tail}", documentation::table(REGISTRY)),
    );
}

#[test]
fn every_module_has_its_page() {
    for module in REGISTRY.iter() {
        compare(
            &format!("docs/modules/{}.md", module.name()),
            &documentation::page(module),
        );
    }
}

#[test]
fn every_rule_is_in_the_list_of_rules() {
    compare("docs/rules.md", &documentation::rules_page(REGISTRY));
}

#[test]
fn the_schemas_are_those_of_the_code() {
    let checklist = tminus::checklist::schema(REGISTRY);
    compare("docs/checklist.schema.json", &format!("{checklist:#}\n"));
    let report = tminus::report::json::schema();
    compare("docs/report.schema.json", &format!("{report:#}\n"));
}
