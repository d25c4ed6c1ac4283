//! Dossiers as runs leave them, for every report to be tried on: all statuses, waivers, retries, exhibits, text
//! in Chinese and text from hostile servers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use tminus::engine::rules;
use tminus::model::checklist::{Position, Source, Waiver};
use tminus::model::digest::sha256_hex;
use tminus::model::exhibit::{Bar, Line, Mark, Span};
use tminus::model::launch::Artifact;
use tminus::model::plan::Touch;
use tminus::model::record::{
    Attempt, CheckRecord, Dossier, End, EvidenceDigest, FamilyText, NotRun, Run, RunOptions,
    RunRecord, SCHEMA, Tool, headline,
};
use tminus::model::rule::RuleText;
use tminus::model::verdict::Summary;
use tminus::model::{
    Cell, Evidence, Exhibit, Family, Finding, Judgement, Launch, Measure, Rule, Selected, Severity,
    Status, Verdict,
};

/// What a hostile server answers: terminal commands, turned direction, the end of a CDATA section, NUL, a C1
/// control, invisible text, a noncharacter, markup, and line breaks that forge a verdict.
pub const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;pwned\u{7}\r\nGO\u{202e}drawkcab\u{200b} ]]> \0 \u{9b}31m \u{ffff} <b>&amp;</b> \"{}\\";

const ANSWER: Rule = Rule {
    id: "dns/answer",
    summary: "Every resolver gives the expected answer",
    why: "Players whose resolver answers otherwise cannot log in.",
    fix: "Correct the zone, or wait until the old TTL is over.",
};
const TTL: Rule = Rule {
    id: "dns/ttl",
    summary: "TTLs are at most what the checklist allows",
    why: "A long TTL keeps a wrong answer alive after it was corrected.",
    fix: "Lower the TTL in the zone before the launch.",
};
const SIGNATURES: Rule = Rule {
    id: "dns/signatures",
    summary: "DNSSEC signatures are valid",
    why: "Validating resolvers refuse a zone whose signatures are not.",
    fix: "Sign the zone again.",
};
const TRUST: Rule = Rule {
    id: "tls/trust",
    summary: "The certificate leads to a trusted root",
    why: "Clients refuse a server that they cannot trust.",
    fix: "Send the full chain of a certificate by a public authority.",
};
const EXPIRY: Rule = Rule {
    id: "tls/expiry",
    summary: "The certificate is valid through the launch",
    why: "Clients refuse a server whose certificate has ended.",
    fix: "Renew it and reload the server.",
};
/// What a module for programs may judge.
pub const EXIT: Rule = Rule {
    id: "command/exit",
    summary: "The program ends with the expected exit code",
    why: "A script says by its exit code whether its check passed.",
    fix: "Read its output, and fix what it complains about.",
};
const SIGNED_OFF: Rule = Rule {
    id: "manual/signed-off",
    summary: "A person signed it off",
    why: "Some things only a person can judge.",
    fix: "Have it signed off.",
};
const REFUSED: Rule = Rule {
    id: HOSTILE,
    summary: HOSTILE,
    why: HOSTILE,
    fix: HOSTILE,
};

/// The rules of modules that occur here.
const RULES: &[Rule] = &[
    EXIT, ANSWER, SIGNATURES, TTL, SIGNED_OFF, EXPIRY, TRUST, REFUSED,
];

const QUERY_TIME: Family = Family {
    name: "dns_query_duration_seconds",
    help: "How long a resolver took to answer",
    unit: "seconds",
    labels: &["server", "domain"],
};
const HITS: Family = Family {
    name: "dns_hit_ratio",
    help: "Share of answers that came from a cache",
    unit: "ratio",
    labels: &[],
};
const NOT_AFTER: Family = Family {
    name: "tls_certificate_not_after_timestamp_seconds",
    help: "When the certificate ends",
    unit: "seconds",
    labels: &["address"],
};
const LAST_CHAIN: Family = Family {
    name: "probe_ssl_last_chain_info",
    help: "The leaf certificate that was served",
    unit: "",
    labels: &["address", "subject", "subjectalternative"],
};
const LOUD: Family = Family {
    name: HOSTILE,
    help: HOSTILE,
    unit: HOSTILE,
    labels: &[HOSTILE],
};

/// The address that serves another certificate than the rest.
const ODD_ADDRESS: &str = "gateway.example.com:443 at 192.0.2.11";

/// When the runs of these dossiers began.
pub fn began() -> Timestamp {
    "2026-11-23T18:30:00Z".parse().expect("a timestamp")
}

/// Every dossier with its name.
pub fn all() -> Vec<(&'static str, Dossier)> {
    vec![
        ("go", go()),
        ("no-go", no_go()),
        ("undetermined", undetermined()),
        ("interrupted", interrupted()),
        ("waived", waived()),
        ("partial", partial()),
        ("chinese", chinese()),
        ("hostile", hostile()),
        ("empty", dossier(vec![])),
    ]
}

/// Passes, a warning, an advisory that fails, and a waiver that nobody needs any more.
pub fn go() -> Dossier {
    let mut dossier = dossier(vec![
        dns(),
        check(
            "edge-certificate",
            "tls",
            "Edge certificates hold through the launch",
        )
        .findings([
            TRUST.pass(
                "gateway.example.com:443 at 192.0.2.10",
                "gateway.example.com:443 at 192.0.2.10 is trusted",
            ),
            EXPIRY
                .warn(
                    "gateway.example.com:443 at 192.0.2.10",
                    "gateway.example.com:443 at 192.0.2.10 should have been renewed by now",
                )
                .expected("renewed after two thirds of its lifetime")
                .observed("34 days left at T-0, until 2026-12-28 02:00 UTC")
                .hint("renew before the launch"),
        ])
        .measure(NOT_AFTER.measure(1_798_423_200.0, [("address", "192.0.2.10")]))
        .measure(LAST_CHAIN.measure(
            1.0,
            [
                ("address", "192.0.2.10"),
                (
                    "subject",
                    "CN=gateway.example.com,O=Pixel\\, \"Rush\"\n\u{202e}",
                ),
                ("subjectalternative", "gateway.example.com,www.example.com"),
            ],
        ))
        .evidence(
            "leaf.pem",
            "application/x-pem-file",
            b"-----BEGIN CERTIFICATE-----\n",
        ),
        check("rollback-plan", "manual", "The rollback plan is signed off").findings([SIGNED_OFF
            .pass(
                "rollback-plan",
                "signed off by Ada Lovelace on 2026-11-23 09:12 UTC",
            )
            .observed("rehearsed twice, 4 min 10 s each")]),
        check("wiki-page", "command", "The launch page is up to date")
            .advisory()
            .findings([EXIT
                .fail("check-wiki", "the program ended with exit code 3")
                .expected("exit code 0")
                .observed("exit code 3\nlast edit: 2026-10-02\nstale: yes")
                .hint("edit the page, or run `check-wiki --explain`")]),
    ]);
    dossier.record.expired_waivers = vec![waiver("rollback-plan", "2026-11-20T00:00:00Z")];
    dossier
}

/// Failures with and without waivers, an error, what hangs from them, and retries.
pub fn no_go() -> Dossier {
    let mut dossier = dossier(vec![
        dns(),
        check("edge-certificate", "tls", "Edge certificates hold through the launch")
            .findings([
                TRUST.pass(
                    "gateway.example.com:443 at 192.0.2.10",
                    "gateway.example.com:443 at 192.0.2.10 is trusted",
                ),
                TRUST
                    .fail(ODD_ADDRESS, "gateway.example.com:443 at 192.0.2.11 is not trusted")
                    .expected("a chain to one of the system's roots")
                    .observed("self-signed certificate, CN=gateway.example.com, SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
                    .hint("send the intermediate certificate: put the full chain into the server's certificate file"),
                EXPIRY
                    .fail(ODD_ADDRESS, "gateway.example.com:443 at 192.0.2.11 ended 4 days before T-0")
                    .expected("valid until 2026-11-24 05:00 UTC or later")
                    .observed("ended on 2026-11-20 00:00 UTC, 4 days before T-0")
                    .hint("renew it, and reload the server"),
            ])
            .attempts(3, |attempt| attempt)
            .owner("network"),
        check("pool-budget", "command", "The sum of all pools fits the database")
            .findings([EXIT
                .fail("pool-budget", "1712 connections are in use, at most 1600 are allowed")
                .expected("at most 1600")
                .observed("1712")
                .hint("lower max-open of the match service to 300")])
            .waived(waiver("pool-budget", "2026-11-25T00:00:00Z")),
        check("old-exception", "command", "No debug flags are set")
            .findings([EXIT
                .fail("old-exception", "the program ended with exit code 1")
                .expected("exit code 0")
                .observed("exit code 1")]),
        check("billing", "tls", "Billing answers over TLS").ended(
            2,
            End::DeadlinePassed { timeout_ms: 10_000 },
            rules::DEADLINE
                .error("billing", "The check did not end within 10s")
                .expected("within 10s")
                .observed("still running when the deadline passed")
                .hint("find out what hangs, or raise the check's `timeout` if it may take longer"),
        ),
        check("resolver", "dns", "The internal resolver answers").ended(
            1,
            failed("cannot send to 10.0.0.53:53: Network is unreachable (os error 101)", "connect to the VPN"),
            rules::PROBE_FAILED
                .error("resolver", "The check could not look at its target")
                .observed("cannot send to 10.0.0.53:53: Network is unreachable (os error 101)")
                .hint("connect to the VPN"),
        ),
        check("canary", "command", "The canary takes its share").not_run(
            NotRun::NeedsUnmet { ids: vec!["edge-certificate".into(), "billing".into()] },
            rules::NEEDS_UNMET
                .skipped("canary", "The check did not run: it needs `edge-certificate`, `billing`")
                .observed("`edge-certificate`, `billing` did not pass")
                .hint("fix `edge-certificate`, `billing` and run again"),
        ),
        check("burst", "command", "The gateway takes a burst").not_run(
            NotRun::NotAllowed { touch: Touch::Load },
            rules::NOT_ALLOWED
                .error("burst", "The check needs `--allow load`")
                .expected("`--allow load`")
                .observed("it was not given, so the check did not run")
                .hint("run it with `--allow load`"),
        ),
    ]);
    dossier.record.expired_waivers = vec![waiver("old-exception", "2026-11-23T00:00:00Z")];
    dossier
}

/// A blocker could not be looked at, by a defect of its module.
pub fn undetermined() -> Dossier {
    dossier(vec![
        dns(),
        check("ledger", "command", "The ledger balances").ended(
            1,
            End::Panicked {
                message: "index out of bounds: the len is 0 but the index is 0".into(),
            },
            rules::PANIC
                .error("ledger", "The module failed while it probed")
                .observed(
                    "the module panicked: index out of bounds: the len is 0 but the index is 0",
                )
                .hint("this is a bug in tminus, not in what it looked at: please report it"),
        ),
    ])
}

/// Ctrl-C in the middle.
pub fn interrupted() -> Dossier {
    let mut dossier = dossier(vec![
        dns(),
        check("slow", "command", "The long rehearsal ends well").ended(
            1,
            End::Interrupted,
            rules::INTERRUPTED
                .error("slow", "The check was interrupted")
                .observed("stopped with the run")
                .hint("run the check again"),
        ),
        check("later", "tls", "later").not_run(
            NotRun::Interrupted,
            rules::INTERRUPTED
                .skipped("later", "The check did not run: the run was interrupted")
                .observed("interrupted before its turn")
                .hint("run it again"),
        ),
    ]);
    dossier.record.run.complete = false;
    dossier.record.run.interrupted_by = Some("SIGINT".into());
    dossier
}

/// Failures that waivers for single findings accept: of one check some, of another all. One waiver accepts nothing,
/// another ends before T-0.
pub fn waived() -> Dossier {
    let narrow = |check: &str, rule: &str, subject: Option<&str>, expires: &str| Waiver {
        rule: Some(rule.into()),
        subject: subject.map(str::to_owned),
        ..waiver(check, expires)
    };
    let beyond = "2026-11-25T00:00:00Z";
    let short = narrow("login-ttl", TTL.id, None, "2026-11-24T00:00:00Z");
    let unused = narrow("login-ttl", ANSWER.id, Some("www.example.com A"), beyond);
    let mut dossier = dossier(vec![
        check(
            "edge-certificate",
            "tls",
            "Edge certificates hold through the launch",
        )
        .findings([
            TRUST
                .fail(
                    ODD_ADDRESS,
                    "gateway.example.com:443 at 192.0.2.11 is not trusted",
                )
                .observed("self-signed certificate, CN=gateway.example.com"),
            EXPIRY
                .warn(
                    ODD_ADDRESS,
                    "gateway.example.com:443 at 192.0.2.11 should have been renewed by now",
                )
                .observed("34 days left at T-0"),
        ])
        .accepted_by(narrow(
            "edge-certificate",
            TRUST.id,
            Some(ODD_ADDRESS),
            beyond,
        )),
        check(
            "login-ttl",
            "dns",
            "Login names can be moved within a minute",
        )
        .findings([TTL
            .fail(
                "login.example.com A",
                "login.example.com A has a TTL of 300 s, at most 60 s allowed",
            )
            .expected("at most 60 s")
            .observed("300 s")])
        .accepted_by(short.clone()),
    ]);
    let record = &mut dossier.record;
    record.warnings = vec![
        rules::WAIVER_UNUSED
            .warn(
                "the waiver for check `login-ttl`, rule dns/answer, subject \"www.example.com A\"",
                "A waiver accepts nothing: check `login-ttl`, rule dns/answer, subject \"www.example.com A\"",
            )
            .observed(format!("approved by {}: {}", unused.approved_by, unused.reason))
            .hint("remove it, or correct its `check`, `rule` or `subject`"),
        rules::WAIVER_TOO_SHORT
            .warn(
                "the waiver for check `login-ttl`, rule dns/ttl",
                "A waiver that is needed now ends before T-0: check `login-ttl`, rule dns/ttl",
            )
            .expected("valid beyond T-0, 2026-11-24T02:00:00Z")
            .observed(format!("ends {}", short.expires))
            .hint("fix what it accepts, or have it approved until after T-0"),
    ];
    record.unused_waivers = vec![unused];
    described(record);
    dossier
}

/// A run of one phase only, of which one check was left out.
pub fn partial() -> Dossier {
    let mut later = check(
        "edge-certificate",
        "tls",
        "Edge certificates hold through the launch",
    );
    later.record.phase = Some("T-15m".into());
    later.record.not_run = Some(NotRun::NotSelected);
    later.record.observation = None;
    later.record.attempts.clear();
    later.record.duration_ms = 0;
    let mut dossier = dossier(vec![dns(), later.status(Status::NotSelected)]);
    let record = &mut dossier.record;
    record.run.selection.phases = vec!["T-2h".into()];
    record.headline = headline(record.verdict, &record.run.selection, &record.checks);
    dossier
}

/// A checklist in Chinese.
pub fn chinese() -> Dossier {
    let mut dossier =
        dossier(vec![
        check("登录域名", "dns", "登录域名在所有解析器上都能解析")
            .findings([ANSWER.pass(
                "login.game.example.com A",
                "login.game.example.com 解析为 192.0.2.10",
            )]),
        check(
            "网关证书",
            "tls",
            "网关证书在发布窗口内有效,并且所有接入点都提供同一张证书以及完整的证书链",
        )
        .owner("网络组")
        .findings([EXPIRY
            .fail("gateway.example.com:443", "gateway.example.com:443 的证书在发布时已经失效")
            .expected("有效期至少到发布时刻之后三个小时")
            .observed(
                "证书已于 2026-11-20 00:00 UTC 过期,距离发布时刻还有四天,所有客户端都会拒绝连接",
            )
            .hint("更新证书并重新加载网关")]),
    ]);
    dossier.record.launch.name = "像素冲刺".into();
    dossier.record.launch.time_zones = vec!["Asia/Shanghai".into()];
    dossier
}

/// Every text that a server, a program or a checklist can put into a report, hostile.
pub fn hostile() -> Dossier {
    let loud = |check: &str| Waiver {
        check: check.into(),
        rule: None,
        subject: None,
        reason: HOSTILE.into(),
        approved_by: HOSTILE.into(),
        expires: began() + SignedDuration::from_hours(1),
    };
    let mut dossier = dossier(vec![
        check(HOSTILE, HOSTILE, HOSTILE)
            .owner(HOSTILE)
            .findings([REFUSED
                .fail(HOSTILE, HOSTILE)
                .expected(HOSTILE)
                .observed(HOSTILE)
                .hint(HOSTILE)])
            .measure(LOUD.measure(1.0, [(HOSTILE, HOSTILE)]))
            .evidence(HOSTILE, HOSTILE, HOSTILE.as_bytes()),
        check("warned", HOSTILE, HOSTILE)
            .findings([REFUSED.warn(HOSTILE, HOSTILE).observed(HOSTILE)]),
        check("waived", "command", HOSTILE)
            .findings([REFUSED.fail(HOSTILE, HOSTILE).observed(HOSTILE)])
            .waived(loud("waived")),
        check("accepted", "command", HOSTILE)
            .findings([REFUSED.fail(HOSTILE, HOSTILE).observed(HOSTILE)])
            .accepted_by(Waiver {
                rule: Some(HOSTILE.into()),
                subject: Some(HOSTILE.into()),
                ..loud("accepted")
            }),
        check("failed", "command", HOSTILE).ended(
            1,
            failed(HOSTILE, HOSTILE),
            rules::PROBE_FAILED
                .error("failed", "The check could not look at its target")
                .observed(HOSTILE)
                .hint(HOSTILE),
        ),
        check("needing", "command", HOSTILE).not_run(
            NotRun::NeedsUnmet {
                ids: vec![HOSTILE.into()],
            },
            rules::NEEDS_UNMET
                .skipped("needing", "The check did not run")
                .observed(HOSTILE),
        ),
    ]);
    let record = &mut dossier.record;
    record.launch.name = HOSTILE.into();
    record.launch.version = Some(HOSTILE.into());
    record.launch.commit = Some(HOSTILE.into());
    record.launch.owner = Some(HOSTILE.into());
    record.launch.artifact = Some(Artifact {
        name: HOSTILE.into(),
        digest: HOSTILE.into(),
    });
    record.run.host = HOSTILE.into();
    record.run.checklist.path = HOSTILE.into();
    record.expired_waivers = vec![Waiver {
        approved_by: HOSTILE.into(),
        ..waiver(HOSTILE, "2026-11-20T00:00:00Z")
    }];
    record.warnings = vec![
        rules::WAIVER_UNUSED
            .warn(HOSTILE, HOSTILE)
            .observed(HOSTILE),
    ];
    record.unused_waivers = vec![loud(HOSTILE)];
    record.run.selection.ids = vec![HOSTILE.into()];
    described(record);
    for exhibit in exhibits(HOSTILE) {
        record.checks[0].exhibits.push(exhibit);
    }
    dossier
}

/// Many checks of the kinds above.
pub fn many(checks: usize) -> Dossier {
    let kinds = no_go();
    let (mut records, mut evidence) = (Vec::new(), Vec::new());
    for number in 0..checks {
        let kind = number % kinds.record.checks.len();
        let mut record = kinds.record.checks[kind].clone();
        record.id = format!("{}-{number}", record.id);
        records.push(record);
        evidence.push(kinds.evidence[kind].clone());
    }
    let mut dossier = kinds;
    dossier.record.verdict = Verdict::of(&records);
    dossier.record.headline = headline(dossier.record.verdict, &Selected::default(), &records);
    dossier.record.summary = Summary::of(&records);
    dossier.record.checks = records;
    dossier.evidence = evidence;
    dossier
}

/// A passing check with every kind of exhibit, measures and evidence.
fn dns() -> Built {
    check("login-names", "dns", "Login names resolve everywhere")
        .owner("network")
        .findings([
            ANSWER
                .pass(
                    "login.game.example.com A",
                    "login.game.example.com A is 192.0.2.10 at every resolver",
                )
                .expected("192.0.2.10")
                .observed("192.0.2.10 at system, 10.0.0.53"),
            TTL.pass("login.game.example.com A", "its TTL is at most 60 s")
                .observed("55 s"),
            SIGNATURES
                .skipped("login.game.example.com", "DNSSEC validates")
                .observed("the zone is not signed"),
        ])
        .measure(QUERY_TIME.measure(
            0.0142,
            [("server", "system"), ("domain", "login.game.example.com")],
        ))
        .measure(QUERY_TIME.measure(
            0.0031,
            [
                ("server", "10.0.0.53"),
                ("domain", "login.game.example.com"),
            ],
        ))
        .measure(HITS.measure(0.97, []))
        .exhibits(exhibits("login.game.example.com"))
        .evidence(
            "system-login.game.example.com-a.dns",
            "application/dns-message",
            b"\x12\x34\x81\x80\0\x01",
        )
        .evidence(
            "trace.txt",
            "text/plain",
            b"; <<>> login.game.example.com\n",
        )
}

/// One of each kind.
fn exhibits(label: &str) -> Vec<Exhibit> {
    let minutes = |minutes| began() + SignedDuration::from_mins(minutes);
    vec![
        Exhibit::Table {
            title: format!("Answers for {label}"),
            columns: ["Resolver", "Answer", "TTL", "Status", "Asked at"]
                .map(str::to_owned)
                .into(),
            rows: vec![
                vec![
                    "system".into(),
                    "192.0.2.10".into(),
                    Cell::number(55.0, "s"),
                    Status::Pass.into(),
                    began().into(),
                ],
                vec![
                    "10.0.0.53".into(),
                    label.into(),
                    Cell::number(60.0, "s"),
                    Status::Warn.into(),
                    Cell::Absent,
                ],
            ],
            omitted: 3,
        },
        Exhibit::Bars {
            title: "Answer times".into(),
            unit: "ms".into(),
            bars: vec![
                Bar {
                    label: "system".into(),
                    value: 14.2,
                },
                Bar {
                    label: label.into(),
                    value: 3.1,
                },
            ],
            limit: Some(50.0),
        },
        Exhibit::Series {
            title: "Warm-up".into(),
            x_unit: "s since start".into(),
            unit: "ms".into(),
            lines: vec![Line {
                label: label.into(),
                points: vec![(0.0, 186.0), (1.0, 90.5), (2.0, 14.0), (3.0, 13.7)],
            }],
            limit: Some(50.0),
        },
        Exhibit::Timeline {
            title: "Silence against roll-out".into(),
            spans: vec![
                Span {
                    label: "planned".into(),
                    from: minutes(0),
                    to: minutes(75),
                },
                Span {
                    label: label.into(),
                    from: minutes(2),
                    to: minutes(70),
                },
            ],
            marks: vec![Mark {
                label: "T-0".into(),
                at: minutes(30),
            }],
        },
    ]
}

fn failed(message: &str, hint: &str) -> End {
    End::Failed {
        message: message.into(),
        hint: Some(hint.into()),
    }
}

/// A waiver of a check until an instant.
pub fn waiver(check: &str, expires: &str) -> Waiver {
    Waiver {
        check: check.into(),
        rule: None,
        subject: None,
        reason: "known since the rehearsal, fixed in 2.4.2".into(),
        approved_by: "Grace Hopper".into(),
        expires: expires.parse().expect("a timestamp"),
    }
}

/// A record of these checks, with the verdict that follows from them.
pub fn dossier(checks: Vec<Built>) -> Dossier {
    let (checks, evidence): (Vec<_>, Vec<_>) = checks
        .into_iter()
        .map(|built| (built.record, built.evidence))
        .unzip();
    let mut record = RunRecord {
        schema: SCHEMA.into(),
        run: Run {
            id: "4f1c2d3e5a6b79880123456789abcdef".into(),
            started_at: began(),
            finished_at: began() + SignedDuration::from_millis(12_345),
            complete: true,
            interrupted_by: None,
            selection: Selected::default(),
            options: RunOptions {
                vars: BTreeSet::from(["region".into()]),
                ..RunOptions::default()
            },
            tool: Tool {
                name: "tminus".into(),
                version: "0.1.0".into(),
            },
            checklist: Source {
                path: "launch.toml".into(),
                sha256: sha256_hex(b"launch"),
            },
            includes: vec![],
            host: "release-laptop".into(),
            rejudged: None,
        },
        launch: Launch {
            name: "PixelRush".into(),
            version: Some("2.4.1".into()),
            commit: Some("5d41402abc4b2a76b9719d911017c592c0ffee00".into()),
            owner: Some("sre@pixelrush.example".into()),
            at: Some("2026-11-24T02:00:00Z".parse().expect("a timestamp")),
            time_zones: vec!["Asia/Singapore".into()],
            artifact: Some(Artifact {
                name: "gateway".into(),
                digest: format!("sha256:{}", sha256_hex(b"gateway")),
            }),
        },
        verdict: Verdict::of(&checks),
        headline: headline(Verdict::of(&checks), &Selected::default(), &checks),
        summary: Summary::of(&checks),
        rules: vec![],
        families: vec![],
        checks,
        warnings: vec![],
        expired_waivers: vec![],
        unused_waivers: vec![],
    };
    described(&mut record);
    Dossier { record, evidence }
}

/// Has the record explain the rules and measures that occur in it, as the engine does.
fn described(record: &mut RunRecord) {
    let checks = &record.checks;
    let found = checks.iter().flat_map(|check| &check.findings);
    let found: BTreeSet<_> = found.chain(&record.warnings).map(Finding::rule).collect();
    let rules = RULES.iter().chain(rules::RULES);
    let rules: BTreeMap<_, _> = rules
        .filter(|rule| found.contains(rule.id))
        .map(|rule| (rule.id, RuleText::from(rule)))
        .collect();
    let measured = checks.iter().flat_map(|check| &check.measures);
    let measured: BTreeSet<_> = measured.map(|measure| measure.name.as_str()).collect();
    let families = [QUERY_TIME, HITS, NOT_AFTER, LAST_CHAIN, LOUD];
    let families: BTreeMap<_, _> = families
        .into_iter()
        .filter(|family| measured.contains(family.name))
        .map(|family| {
            let text = FamilyText {
                name: family.name.to_owned(),
                help: family.help.to_owned(),
                unit: family.unit.to_owned(),
            };
            (family.name, text)
        })
        .collect();
    record.rules = rules.into_values().collect();
    record.families = families.into_values().collect();
}

/// A check's record under construction.
pub struct Built {
    /// The record.
    pub record: CheckRecord,
    /// Its evidence.
    pub evidence: Vec<Evidence>,
}

/// A check that passed at the first attempt, without findings yet.
pub fn check(id: &str, module: &str, title: &str) -> Built {
    let attempt = Attempt {
        finding: None,
        number: 1,
        started_at: began(),
        duration_ms: 240,
        end: End::Completed,
        status: Status::Pass,
        observation: None,
    };
    let raw = |json: String| RawValue::from_string(json).expect("JSON");
    let quoted = serde_json::to_string(title).expect("JSON");
    Built {
        record: CheckRecord {
            id: id.into(),
            vantage: None,
            source: Position {
                path: "launch.toml".into(),
                line: 12,
            },
            module: module.into(),
            title: title.into(),
            severity: Severity::Blocker,
            phase: Some("T-2h".into()),
            owner: None,
            tags: vec!["edge".into()],
            audience: vec!["ops".into(), "security".into()],
            needs: vec![],
            status: Status::Pass,
            waiver: None,
            finding_waivers: vec![],
            duration_ms: 240,
            not_run: None,
            attempts: vec![attempt],
            settings: raw(format!(r#"{{"names":[{quoted}],"password":"***"}}"#)),
            short_secrets: vec![],
            findings: vec![],
            measures: vec![],
            exhibits: vec![],
            observation: Some(
                raw(format!(r#"{{"format":1,"seen":[{quoted}],"rtt_ms":0.1}}"#)).into(),
            ),
            evidence: vec![],
        },
        evidence: vec![],
    }
}

impl Built {
    /// The findings, and the status that follows.
    pub fn findings<const N: usize>(mut self, findings: [Finding; N]) -> Self {
        self.record.findings = findings.into();
        let status = Judgement::from(self.record.findings.clone()).status();
        self.status(status)
    }

    /// Accepts the findings that a waiver names, and the status that follows.
    pub fn accepted_by(mut self, waiver: Waiver) -> Self {
        for finding in &mut self.record.findings {
            if waiver.accepts(finding) {
                finding.waived_by = Some(waiver.approved_by.clone());
            }
        }
        self.record.finding_waivers.push(waiver);
        let status = Judgement::from(self.record.findings.clone()).status();
        self.status(status)
    }

    /// The status of the check and of its last attempt.
    pub fn status(mut self, status: Status) -> Self {
        self.record.status = status;
        if let Some(last) = self.record.attempts.last_mut() {
            last.status = status;
        }
        self
    }

    /// So many attempts, each changed.
    pub fn attempts(mut self, count: u32, change: impl Fn(Attempt) -> Attempt) -> Self {
        let status = self.record.status;
        let judgement = Judgement::from(self.record.findings.clone());
        let attempt = |number: u32| Attempt {
            number,
            started_at: began() + Duration::from_millis(u64::from(number - 1) * 1_000),
            duration_ms: 240,
            end: End::Completed,
            status,
            finding: judgement.worst().filter(|_| number < count).cloned(),
            observation: (number < count).then(|| {
                RawValue::from_string(r#"{"format":1,"seen":[]}"#.into())
                    .expect("JSON")
                    .into()
            }),
        };
        self.record.attempts = (1..=count).map(|number| change(attempt(number))).collect();
        self.record.duration_ms = u64::from(count - 1) * 1_000
            + self
                .record
                .attempts
                .last()
                .map_or(0, |last| last.duration_ms);
        self
    }

    /// So many attempts that did not come to their end, and the finding that the engine writes then.
    pub fn ended(self, count: u32, end: End, finding: Finding) -> Self {
        self.findings([finding]).attempts(count, |attempt| Attempt {
            end: end.clone(),
            ..attempt
        })
    }

    /// Never attempted, and the finding that the engine writes then.
    pub fn not_run(mut self, reason: NotRun, finding: Finding) -> Self {
        self.record.not_run = Some(reason);
        self.record.attempts.clear();
        self.record.duration_ms = 0;
        self.record.observation = None;
        self.findings([finding])
    }

    /// A failure that changes no verdict.
    pub fn advisory(mut self) -> Self {
        self.record.severity = Severity::Advisory;
        self
    }

    /// Who fixes it.
    pub fn owner(mut self, owner: &str) -> Self {
        self.record.owner = Some(owner.into());
        self
    }

    /// Accepted.
    pub fn waived(mut self, waiver: Waiver) -> Self {
        self.record.waiver = Some(waiver);
        self
    }

    /// One more number.
    pub fn measure(mut self, measure: Measure) -> Self {
        self.record.measures.push(measure);
        self
    }

    /// The pictures.
    pub fn exhibits(mut self, exhibits: Vec<Exhibit>) -> Self {
        self.record.exhibits = exhibits;
        self
    }

    /// Lets the observation refer to the evidence.
    fn refer(&mut self) {
        if let Some(seen) = &self.record.observation {
            let digests = self.record.evidence.iter().map(|piece| &piece.sha256);
            let digests: Vec<_> = digests.collect();
            let digests = serde_json::to_string(&digests).expect("JSON");
            let seen = seen.get();
            let rest = seen.find("\"seen\"").expect("what was seen");
            let json = format!(r#"{{"format":1,"evidence":{digests},{}"#, &seen[rest..]);
            self.record.observation = Some(RawValue::from_string(json).expect("JSON").into());
        }
    }

    /// One more piece of evidence.
    pub fn evidence(mut self, name: &str, media_type: &str, bytes: &[u8]) -> Self {
        self.record.evidence.push(EvidenceDigest {
            name: name.into(),
            media_type: media_type.into(),
            sha256: sha256_hex(bytes),
            size: bytes.len() as u64,
        });
        self.evidence.push(Evidence {
            name: name.into(),
            media_type: media_type.into(),
            bytes: bytes.to_vec(),
        });
        self.refer();
        self
    }
}
