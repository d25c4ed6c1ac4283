//! Checklists as data: every file of `checklists/valid` loads, every file of `checklists/invalid` is refused with
//! the message that stands beside it. `TMINUS_UPDATE=1` writes the messages anew.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use tminus::checklist::{Errors, Inputs, load, schema};
use tminus::checks::REGISTRY;
use tminus::model::Checklist;

const VALID: &str = "tests/checklists/valid";
const INVALID: &str = "tests/checklists/invalid";

/// What no error may show: the environment of these tests holds it, and some checklists hold it plainly.
const SECRET: &str = "hunter2";

fn environment(name: &str) -> Option<OsString> {
    let value = match name {
        "T0" => "2026-11-24T10:00:00+08:00",
        "GIT_TAG" => "v2.4.0",
        "TOKEN" => "hunter2-token",
        "NOT_A_DURATION" => "hunter2-soon",
        "SINGLE" => "a",
        "NOT_UTF8" => return Some(OsString::from_vec(b"hunter2\xff".to_vec())),
        _ => return None,
    };
    Some(value.into())
}

fn read(path: &Path) -> Result<Checklist, Errors> {
    let inputs = Inputs {
        vars: BTreeMap::from([("region".to_owned(), "cn-east".to_owned())]),
        environment: &environment,
    };
    load(path, REGISTRY, &inputs)
}

/// The checklists of a folder, in the order of their names.
fn checklists(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a folder of checklists")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}

/// What an editor sees of a checklist; dates are strings to JSON Schema.
fn json(path: &Path) -> Option<Value> {
    fn convert(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(datetime) => Value::String(datetime.to_string()),
            toml::Value::Array(array) => array.into_iter().map(convert).collect(),
            toml::Value::Table(table) => {
                let entries = table.into_iter();
                Value::Object(entries.map(|(key, value)| (key, convert(value))).collect())
            }
            other => serde_json::to_value(other).expect("a plain value"),
        }
    }
    let text = fs::read_to_string(path).ok()?;
    let table: toml::Table = text.parse().ok()?;
    Some(convert(toml::Value::Table(table)))
}

#[test]
fn valid_checklists_load() {
    let files = checklists(VALID);
    assert!(files.len() >= 10, "only {} valid checklists", files.len());
    for path in files {
        if let Err(errors) = read(&path) {
            panic!("{errors}");
        }
    }
}

#[test]
fn invalid_checklists_are_refused_with_their_message() {
    let files = checklists(INVALID);
    assert!(files.len() >= 25, "only {} invalid checklists", files.len());
    let update = std::env::var_os("TMINUS_UPDATE").is_some();
    let mut differing = Vec::new();
    for path in files {
        let Err(errors) = read(&path) else {
            panic!("{} loads", path.display());
        };
        let shown = errors.render(false);
        assert!(!shown.contains(SECRET), "{}: {shown}", path.display());
        assert!(!errors.render(true).contains(SECRET), "{}", path.display());
        let golden = path.with_extension("txt");
        if update {
            fs::write(&golden, &shown).expect("a golden file");
        }
        let wanted = fs::read_to_string(&golden).unwrap_or_default();
        if shown != wanted {
            differing.push(format!(
                "{}\n--- wanted\n{wanted}--- shown\n{shown}",
                path.display()
            ));
        }
    }
    assert!(
        differing.is_empty(),
        "{}\nTMINUS_UPDATE=1 writes these messages anew",
        differing.join("\n")
    );
}

/// What a type can tell, an editor tells as well.
const BY_SHAPE: [&str; 14] = [
    "bad-digest",
    "bad-duration",
    "bad-id",
    "bad-retries",
    "bad-severity",
    "bad-t0",
    "check-without-brackets",
    "include-after-launch",
    "missing-keys",
    "no-checks-key",
    "unknown-key",
    "unknown-module",
    "waiver-incomplete",
    "wrong-types",
];

#[test]
fn the_schema_tells_valid_from_invalid() {
    let schema = schema(REGISTRY);
    assert!(jsonschema::draft7::meta::is_valid(&schema), "{schema}");
    let validator = jsonschema::draft7::new(&schema).expect("a schema");
    let examples = tempfile::tempdir().expect("a folder");
    let of_modules = REGISTRY.iter().map(|module| {
        let path = examples.path().join(module.name());
        fs::write(&path, module.example()).expect("an example");
        path
    });
    let files = checklists(VALID).into_iter().chain(checklists("templates"));
    for path in files.chain(of_modules) {
        let value = json(&path).expect("valid TOML");
        let errors: Vec<_> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
    for name in BY_SHAPE {
        let path = Path::new(INVALID).join(name).with_extension("toml");
        let value = json(&path).unwrap_or_else(|| panic!("{name} is no TOML"));
        assert!(!validator.is_valid(&value), "{name} is valid to an editor");
    }
}

#[test]
fn templates_load() {
    for path in checklists("templates") {
        read(&path).unwrap_or_else(|errors| panic!("{errors}"));
    }
}

#[test]
fn the_starter_shows_every_basic_module() {
    let checklist = read(Path::new("templates/starter.toml")).expect("the starter loads");
    let modules: Vec<_> = checklist.checks.iter().map(|check| check.module).collect();
    for module in ["dns", "tls", "command", "manual"] {
        assert!(modules.contains(&module), "{module} is not in {modules:?}");
    }
}

#[test]
fn modules_leave_the_common_keys_alone() {
    let schema = schema(REGISTRY);
    let common = schema["properties"]["check"]["items"]["properties"]
        .as_object()
        .expect("keys");
    for module in REGISTRY.iter() {
        let own = &schema["definitions"][module.name()]["properties"];
        for key in own.as_object().into_iter().flat_map(|own| own.keys()) {
            assert!(
                !common.contains_key(key),
                "`{key}` of {} is every check's",
                module.name()
            );
        }
    }
}

#[test]
fn every_module_refuses_unknown_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    for module in REGISTRY.iter() {
        let key = format!("module = \"{}\"\n", module.name());
        let text = module
            .example()
            .replacen(&key, &format!("{key}no-such-key = 1\n"), 1);
        let path = folder.path().join("checklist.toml");
        fs::write(&path, text).expect("a checklist");
        let errors = read(&path).expect_err(module.name());
        assert!(
            errors.to_string().contains("unknown key `no-such-key`"),
            "{errors}"
        );
    }
}

#[test]
fn a_huge_file_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("huge.toml");
    fs::write(&path, vec![b'#'; 10 << 20]).expect("10 MiB");
    let begin = Instant::now();
    let errors = read(&path).expect_err("too large");
    assert!(
        begin.elapsed() < Duration::from_secs(1),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(errors.len(), 1);
    assert!(
        errors.to_string().contains("larger than 4.0 MiB"),
        "{errors}"
    );
}

#[test]
fn what_is_no_file_is_told() {
    let missing = read(Path::new("tests/checklists/none.toml")).expect_err("no file");
    insta::assert_snapshot!(missing, @"
    error: cannot read `tests/checklists/none.toml`: no such file

    1 error in tests/checklists/none.toml; nothing was contacted
    ");
    let folder = read(Path::new("tests/checklists")).expect_err("a folder");
    insta::assert_snapshot!(folder, @"
    error: cannot read `tests/checklists`: it is a folder
     |
     = help: name a file in it

    1 error in tests/checklists; nothing was contacted
    ");
}

#[test]
fn a_thousand_checks_load_in_no_time() {
    let mut text = "[launch]\nname = \"x\"\n".to_owned();
    for number in 0..1_000 {
        text += &format!("[[check]]\nid = \"c{number}\"\nmodule = \"command\"\nrun = [\"true\"]\n");
        if number > 0 {
            text += &format!("needs = [\"c{}\"]\n", number - 1);
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("many.toml");
    fs::write(&path, text).expect("a checklist");
    let begin = Instant::now();
    let checklist = read(&path).unwrap_or_else(|errors| panic!("{errors}"));
    println!("1,000 checks in {:?}", begin.elapsed());
    assert_eq!(checklist.checks.len(), 1_000);
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
}
