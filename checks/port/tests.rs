//! The judge by table, and what the settings refuse.

use super::*;
use crate::model::LaunchFacts;
use crate::model::Status::{self, Error, Fail, Pass};

fn settings(more: &str) -> Settings {
    toml::from_str(&format!("endpoints = ['gw.example.com:22']\n{more}")).unwrap()
}

/// What is judged of one address: rule, status and what follows the subject in the claim.
fn judged(more: &str, contact: &str) -> Vec<(String, Status, String)> {
    let seen =
        format!(r#"{{"endpoints": [{{"addresses": [{{"address": "192.0.2.1", {contact}}}]}}]}}"#);
    findings(more, &seen)
}

fn findings(more: &str, observation: &str) -> Vec<(String, Status, String)> {
    let facts = LaunchFacts::timed(
        "2026-11-24T02:00:00Z".parse().unwrap(),
        "2026-11-23T02:00:00Z".parse().unwrap(),
    );
    let judgement = Port::judge(
        &settings(more),
        &serde_json::from_str(observation).unwrap(),
        &facts,
    );
    let findings = judgement.findings.into_iter();
    findings
        .map(|finding| {
            let claim = finding.claim.replace(&format!("{} ", finding.subject), "");
            (finding.rule().replace("port/", ""), finding.status, claim)
        })
        .collect()
}

const ACCEPTED: &str = r#""connected": 2.5"#;
const REFUSED: &str = r#""error": {"kind": "refused"}"#;
const RESET: &str = r#""error": {"kind": "reset"}"#;
const SILENT: &str = r#""error": {"kind": "timeout", "after_ms": 3000}"#;
const NO_ROUTE: &str = r#""error": {"kind": "unreachable", "message": "No route to host"}"#;
const LOCAL: &str = r#""error": {"kind": "local", "message": "Too many open files"}"#;

#[test]
fn an_address_accepts_connections_or_is_closed() {
    for (contact, open, closed) in [
        (ACCEPTED, Pass, Fail),
        (REFUSED, Fail, Pass),
        (SILENT, Fail, Pass),
        (RESET, Fail, Error),
        (NO_ROUTE, Error, Error),
        (LOCAL, Error, Error),
        (r#""answer": null"#, Error, Error), // never contacted
    ] {
        for (more, rule, status) in [("", "open", open), ("closed = true", "closed", closed)] {
            let found = judged(more, contact);
            let [(name, got, claim)] = &found[..] else {
                panic!("{contact}: {found:?}");
            };
            assert_eq!(
                (name.as_str(), *got),
                (rule, status),
                "{more} {contact}: {claim}"
            );
        }
    }
}

#[test]
fn a_name_that_leads_to_this_machine_says_nothing_of_others() {
    let facts = LaunchFacts::timed(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH);
    let found = |endpoint: &str, address: &str, own: bool| {
        let settings = toml::from_str(&format!("endpoints = ['{endpoint}']")).unwrap();
        let seen = format!(
            r#"{{"endpoints": [{{"addresses": [{{"address": "{address}", "own": {own}, {ACCEPTED}}}]}}]}}"#
        );
        let judgement = Port::judge(&settings, &serde_json::from_str(&seen).unwrap(), &facts);
        let mut usable = judgement.findings.iter();
        usable
            .find(|finding| finding.rule() == "port/usable-address")
            .map(|finding| finding.status)
    };
    for (endpoint, address, own, status) in [
        ("gw.test:22", "0.0.0.0", false, Some(Fail)),
        ("gw.test:22", "::", false, Some(Fail)),
        ("gw.test:22", "127.0.0.1", true, Some(Status::Warn)),
        ("gw.test:22", "169.254.0.7", false, Some(Status::Warn)),
        ("gw.test:22", "198.18.0.7", true, Some(Status::Warn)),
        ("gw.test:22", "198.18.0.7", false, None),
        ("localhost:22", "127.0.0.1", true, None),
        ("127.0.0.1:22", "127.0.0.1", true, None),
        ("[::1]:22", "::1", true, None),
    ] {
        assert_eq!(
            found(endpoint, address, own),
            status,
            "{endpoint} {address}"
        );
    }
}

#[test]
fn an_answer_begins_as_expected() {
    let answered = |more: &str| format!(r#"{ACCEPTED}, "answered": 4.0{more}"#);
    for (more, status, claim) in [
        (
            r#", "answer": "SSH-2.0-x\r\n""#,
            Pass,
            "answers as expected",
        ),
        (r#", "answer": "220 mail""#, Fail, "gave another answer"),
        (
            r#", "answer": "SSH""#,
            Fail,
            "ended before it answered in full",
        ),
        ("", Fail, "ended before it answered"),
        (
            &format!(r#", "answer": "SSH", {SILENT}"#),
            Fail,
            "did not answer in full in time",
        ),
        (&format!(", {SILENT}"), Fail, "did not answer in time"),
        (&format!(", {RESET}"), Fail, "reset the connection"),
        (
            &format!(", {NO_ROUTE}"),
            Error,
            "could not be reached: No route to host",
        ),
    ] {
        let found = judged("expect = 'SSH-2.0-'", &answered(more));
        let wanted = ("answer".to_owned(), status, claim.to_owned());
        assert_eq!(found[0].0, "open", "{more}");
        assert_eq!(found[1..], [wanted], "{more}");
    }
}

#[test]
fn over_udp_the_answer_counts() {
    let answered = r#""answered": 4.0, "answer": "hex:ff00""#;
    for (more, contact, rule, status) in [
        ("send = 'hex:00'", answered, "answer", Pass),
        ("send = '?'\nexpect = 'hex:ff'", answered, "answer", Pass),
        ("send = '?'\nexpect = 'x'", answered, "answer", Fail),
        (
            "send = '?'",
            &format!(r#""answered": 1.0, {REFUSED}"#),
            "answer",
            Fail,
        ),
        (
            "send = '?'",
            &format!(r#""answered": 1.0, {SILENT}"#),
            "answer",
            Fail,
        ),
        ("send = '?'", NO_ROUTE, "answer", Error),
        ("closed = true", answered, "closed", Fail),
        (
            "closed = true",
            &format!(r#""answered": 1.0, {REFUSED}"#),
            "closed",
            Pass,
        ),
        (
            "closed = true",
            &format!(r#""answered": 1.0, {SILENT}"#),
            "closed",
            Error,
        ),
    ] {
        let found = judged(&format!("udp = true\n{more}"), contact);
        let found: Vec<_> = found
            .iter()
            .map(|(rule, status, _)| (rule.as_str(), *status))
            .collect();
        assert_eq!(found, [(rule, status)], "{more} {contact}");
    }
}

#[test]
fn a_name_that_does_not_exist_fails_and_one_not_looked_up_is_an_error() {
    for (seen, status) in [
        (r#"{"endpoints": []}"#, Error),
        (r#"{"endpoints": [{"addresses": []}]}"#, Error),
        (
            r#"{"endpoints": [{"addresses": [], "lookup_error": {"kind": "failed", "message": "try again"}}]}"#,
            Error,
        ),
        (
            r#"{"endpoints": [{"addresses": [], "lookup_error": {"kind": "timeout", "after_ms": 9}}]}"#,
            Error,
        ),
        (
            r#"{"endpoints": [{"addresses": [], "lookup_error": {"kind": "no_address", "message": "unknown"}}]}"#,
            Fail,
        ),
    ] {
        let found = findings("closed = true", seen);
        assert_eq!(
            (found.len(), found[0].0.as_str(), found[0].1),
            (1, "lookup", status),
            "{seen}"
        );
    }
}

#[test]
fn payloads_and_times_read_back_the_same() {
    let settings = settings("send = \"PING\\r\\n\"\nexpect = 'hex:FF00'\nwithin = '250ms'");
    assert_eq!(settings.expect.as_ref().unwrap().bytes(), [0xff, 0]);
    let recorded = serde_json::to_string(&settings).unwrap();
    let again: Settings = serde_json::from_str(&recorded).unwrap();
    assert_eq!(again.send.unwrap().bytes(), b"PING\r\n");
    assert_eq!(again.expect, settings.expect);
    assert_eq!(again.within, settings.within);
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (more, key) in [
        ("closed = true\nexpect = 'x'", "closed"),
        ("closed = true\nsend = 'x'", "closed"),
        ("udp = true", "udp"),
    ] {
        let keys: Vec<_> = Port::review(&settings(more))
            .iter()
            .map(|complaint| complaint.key)
            .collect();
        assert_eq!(keys, [key], "{more}");
    }
    for good in [
        "",
        "closed = true",
        "udp = true\nclosed = true\nsend = 'x'",
        "expect = 'x'",
    ] {
        assert_eq!(Port::review(&settings(good)), [], "{good}");
    }
    let none = toml::from_str("endpoints = []").unwrap();
    assert_eq!(Port::review(&none)[0].key, "endpoints");
    for wrong in [
        "expect = ''",
        "expect = 'hex:0'",
        "send = 'hex:xy'",
        "within = '0s'",
    ] {
        let text = format!("endpoints = ['a:1']\n{wrong}");
        assert!(toml::from_str::<Settings>(&text).is_err(), "{wrong}");
    }
}
