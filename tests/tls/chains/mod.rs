//! Verdicts on chains beside those of `openssl verify` and Go, over every kind of chain that we could think of. Both
//! accept: tminus passes. Both refuse: it fails. They differ: it warns and names who refuses. Where tminus says
//! something else, `verdicts.tsv` says why, and a difference that the table does not know fails.

mod constraints;
mod encodings;
mod keys;
mod kind;
mod names;
mod oracles;
mod plain;
mod policies;
mod shapes;
mod times;
mod usages;
mod verdicts;

use std::collections::BTreeSet;

use kind::{Kind, Workshop};
use oracles::Ours;
use verdicts::Verdicts;

use crate::fixtures::chains::by_openssl;
use crate::support::openssl::s_server;
use crate::support::tls::{Pki, faults, good, now};
use plain::{CA, RSA, SERVER};

#[tokio::test]
async fn what_a_server_serves_out_of_order_or_with_short_keys_is_told_once() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let upside_down = pki.root.pem() + &pki.middle.pem();
    let seen = pki.look(&leaf, &upside_down, &[], "").await;
    assert_eq!(faults(&seen), "warn: \"Test Root\" before what it issued");

    let short = "rsa:1024 -sha256";
    by_openssl(pki.path(), "roots", None, RSA, CA);
    by_openssl(pki.path(), "chain", Some("roots"), short, CA);
    by_openssl(pki.path(), "leaf", Some("chain"), RSA, SERVER);
    let server = s_server(pki.path(), &["-cipher", "DEFAULT@SECLEVEL=0"]);
    let asks = "old-protocols = 'allow'";
    let seen = pki.check(server.port, asks).run(pki.path()).await;
    assert_eq!(
        faults(&seen),
        "fail: it leads to a trusted root, but the key of \"chain\" is RSA 1024"
    );
}

#[tokio::test]
async fn a_leaf_of_which_webpki_knows_not_everything_still_proves_its_key() {
    let pki = Pki::new();
    by_openssl(pki.path(), "roots", None, RSA, CA);
    by_openssl(pki.path(), "chain", Some("roots"), RSA, CA);
    let policies = format!("{SERVER}\ncertificatePolicies=critical,1.2.3.4");
    by_openssl(pki.path(), "leaf", Some("chain"), RSA, &policies);
    for version in ["-tls1_2", "-tls1_3"] {
        let server = s_server(pki.path(), &[version]);
        let asks = "old-protocols = 'allow'";
        let seen = pki.check(server.port, asks).run(pki.path()).await;
        assert_eq!(faults(&seen), "", "{version}");
    }
}

fn all_kinds(at: i64) -> Vec<Kind> {
    let shop = Workshop::new();
    let tables = [
        plain::kinds(),
        shapes::kinds(&shop),
        times::kinds(&shop, at),
        names::kinds(&shop),
        constraints::kinds(&shop),
        usages::kinds(&shop),
        policies::kinds(&shop),
        encodings::kinds(&shop),
        keys::kinds(&shop),
    ];
    tables.into_iter().flatten().collect()
}

/// What tminus has to say, given what the two clients say, against what it says; empty where that is the same.
fn difference(openssl: bool, go: bool, ours: &Ours) -> String {
    let refusing = [("OpenSSL", openssl), ("Go", go)];
    let refusing = refusing.iter().filter(|(_, accepts)| !accepts);
    let refusing: Vec<_> = refusing.map(|(client, _)| *client).collect();
    let asked = match refusing[..] {
        [] => (Some(true), Vec::new()),
        [client] => (Some(true), vec![client]),
        _ => (Some(false), Vec::new()),
    };
    let said = match ours.accepts {
        Some(true) => (Some(true), ours.named.clone()),
        other => (other, Vec::new()),
    };
    if said == asked {
        return String::new();
    }
    match said {
        (Some(true), named) if named.is_empty() => "passes".to_owned(),
        (Some(true), named) => format!("warns of {}", named.join(" and ")),
        (Some(false), _) => "fails".to_owned(),
        (None, _) => "cannot tell".to_owned(),
    }
}

#[test]
fn verdicts_on_chains_are_those_of_openssl_and_go_or_the_difference_is_explained() {
    let at = now() + 3_600;
    let kinds = all_kinds(at);
    let mut different = BTreeSet::new();
    for kind in &kinds {
        assert!(different.insert(&kind.what), "{} is there twice", kind.what);
    }
    assert!(kinds.len() >= 250, "{} kinds", kinds.len());

    let update = std::env::var_os("TMINUS_UPDATE").is_some();
    let known = verdicts::read();
    let go = oracles::go(&kinds, at);
    let openssl = oracles::openssl(&kinds, at);
    let word = |refusal: bool| if refusal { "refuses" } else { "accepts" }.to_owned();
    let mut seen = Vec::new();
    let mut wrong = Vec::new();
    for ((kind, openssl), go) in kinds.iter().zip(&openssl).zip(&go) {
        let ours = oracles::ours(kind, at);
        let known = known.get(&kind.what);
        let differs = difference(openssl.is_none(), go.is_empty(), &ours);
        let verdicts = Verdicts {
            openssl: word(openssl.is_some()),
            go: word(!go.is_empty()),
            why: match differs.is_empty() {
                true => String::new(),
                false => known.map(|known| known.why.clone()).unwrap_or_default(),
            },
            differs,
        };
        let unexplained = !verdicts.differs.is_empty() && verdicts.why.is_empty();
        if known != Some(&verdicts) || unexplained {
            wrong.push(format!(
                "{}: {verdicts:?}\n  known: {known:?}\n  OpenSSL: {}\n  Go: {go}\n  tminus: {}",
                kind.what,
                openssl.as_deref().unwrap_or_default(),
                ours.why
            ));
        }
        seen.push((kind.what.as_str(), verdicts));
    }
    if update {
        verdicts::write(seen.iter().map(|(kind, verdicts)| (*kind, verdicts)));
    }
    assert!(
        wrong.is_empty(),
        "{} of {} chains:\n{}",
        wrong.len(),
        kinds.len(),
        wrong.join("\n")
    );
    assert_eq!(
        known.len(),
        kinds.len(),
        "the table knows a kind that is gone"
    );
}
