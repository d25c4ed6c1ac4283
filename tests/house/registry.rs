//! What the registry promises: every rule and every measure can be explained, and none is forgotten.

use std::collections::BTreeSet;

use tminus::checks::REGISTRY;
use tminus::engine::rules::RULES;
use tminus::model::rule::RUN;
use tminus::model::{Family, Rule};

use super::tree::Tree;

/// What is wrong with a rule of a module.
fn rule(module: &str, rule: &Rule) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |right: bool, what: &str| {
        if !right {
            wrong.push(format!("{}: {what}", rule.id));
        }
    };
    let (prefix, name) = rule.id.split_once('/').unwrap_or_default();
    check(prefix == module, "the part before the slash is the module");
    check(is_kebab(name), "the name is in kebab-case");
    check(
        is_sentence(rule.summary, false),
        "the summary is one sentence without a full stop",
    );
    check(is_sentence(rule.why, true), "`why` is whole sentences");
    check(is_sentence(rule.fix, true), "`fix` is whole sentences");
    wrong
}

/// What is wrong with a family of measures.
fn family(family: &Family) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |right: bool, what: &str| {
        if !right {
            wrong.push(format!("{}: {what}", family.name));
        }
    };
    let is_snake = |name: &str| is_kebab(&name.replace('_', "-")) && !name.contains('-');
    check(is_snake(family.name), "the name is in snake_case");
    check(
        is_sentence(family.help, false),
        "the help is one sentence without a full stop",
    );
    check(!family.unit.is_empty(), "it has a unit");
    let labels: BTreeSet<_> = family.labels.iter().collect();
    check(
        labels.len() == family.labels.len(),
        "a label is listed twice",
    );
    check(
        family.labels.iter().all(|label| is_snake(label)),
        "labels are in snake_case",
    );
    wrong
}

fn is_kebab(name: &str) -> bool {
    let part = |part: &str| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !part.is_empty() && part.chars().all(allowed)
    };
    name.split('-').all(part)
}

/// True for text that begins with a capital letter, a digit or code, and ends in a full stop or without one.
fn is_sentence(text: &str, stop: bool) -> bool {
    let begins = text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '`');
    let ends = text.ends_with(|c: char| c.is_alphanumeric() || "`)\"'".contains(c));
    let clean = text.trim() == text && !text.contains("  ") && !text.contains('\n');
    begins && clean && if stop { text.ends_with('.') } else { ends }
}

fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_explained() {
    let engine = RULES.iter().map(|one| (RUN, one));
    let modules = REGISTRY.iter();
    let modules = modules.flat_map(|module| module.rules().iter().map(|one| (module.name(), one)));
    let rules: Vec<_> = engine.chain(modules).collect();
    assert_none(
        rules
            .iter()
            .flat_map(|(module, one)| rule(module, one))
            .collect(),
    );
    let unique: BTreeSet<_> = rules.iter().map(|(_, one)| one.id).collect();
    assert_eq!(unique.len(), rules.len(), "no rule is listed twice");
    for module in REGISTRY.iter() {
        assert!(!module.rules().is_empty(), "{} has rules", module.name());
    }
}

#[test]
fn every_measure_is_explained() {
    let families: Vec<_> = REGISTRY
        .iter()
        .flat_map(|module| module.measures())
        .collect();
    assert_none(families.iter().flat_map(|one| family(one)).collect());
    let unique: BTreeSet<_> = families.iter().map(|one| one.name).collect();
    assert_eq!(unique.len(), families.len(), "no family is listed twice");
}

#[test]
fn every_rule_and_measure_that_is_declared_is_listed() {
    let tree = Tree::of_the_project();
    for module in REGISTRY.iter() {
        let folder = format!("checks/{}/", module.name());
        let files = tree
            .files
            .iter()
            .filter(|file| file.path.starts_with(&folder));
        let declared: BTreeSet<&str> = files
            .flat_map(|file| file.scan.declared.iter().map(String::as_str))
            .collect();
        let rules = module.rules().iter().map(|rule| rule.id);
        let listed = rules.chain(module.measures().iter().map(|family| family.name));
        assert_eq!(
            listed.collect::<BTreeSet<_>>(),
            declared,
            "{}",
            module.name()
        );
    }
}

#[test]
fn a_rule_or_measure_without_its_text_is_found() {
    let good = Rule {
        id: "tls/chain-expiry",
        summary: "The chain is valid through the launch",
        why: "Clients refuse an expired one.",
        fix: "Renew it.",
    };
    assert_eq!(rule("tls", &good), [""; 0]);
    for (bad, words) in [
        (
            Rule {
                id: "dns/chain-expiry",
                ..good
            },
            "before the slash",
        ),
        (
            Rule {
                id: "tls/ChainExpiry",
                ..good
            },
            "kebab-case",
        ),
        (Rule { id: "tls", ..good }, "kebab-case"),
        (
            Rule {
                summary: "The chain is valid.",
                ..good
            },
            "summary",
        ),
        (
            Rule {
                summary: "",
                ..good
            },
            "summary",
        ),
        (Rule { why: "", ..good }, "`why`"),
        (
            Rule {
                fix: "Renew it",
                ..good
            },
            "`fix`",
        ),
        (
            Rule {
                fix: "renew it.",
                ..good
            },
            "`fix`",
        ),
    ] {
        let wrong = rule("tls", &bad);
        assert!(
            wrong.iter().any(|wrong| wrong.contains(words)),
            "{bad:?}: {wrong:?}"
        );
    }
    let good = Family {
        name: "dns_query_duration_seconds",
        help: "How long a query took",
        unit: "seconds",
        labels: &["name", "resolver"],
    };
    assert_eq!(family(&good), [""; 0]);
    for (bad, words) in [
        (
            Family {
                name: "dns-query",
                ..good
            },
            "snake_case",
        ),
        (Family { help: "", ..good }, "help"),
        (Family { unit: "", ..good }, "unit"),
        (
            Family {
                labels: &["name", "name"],
                ..good
            },
            "twice",
        ),
    ] {
        let wrong = family(&bad);
        assert!(
            wrong.iter().any(|wrong| wrong.contains(words)),
            "{bad:?}: {wrong:?}"
        );
    }
}
