//! Who judges a chain: tminus, by the way that a probe's data takes, and beside it `openssl verify` and Go.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{json, value::to_raw_value};
use tminus::checks::REGISTRY;
use tminus::instrument::tls::{Origin, Roots};
use tminus::model::digest::sha256_hex;
use tminus::model::{Finding, LaunchFacts, Status};

use super::kind::Kind;
use crate::fixtures::chains::pem;

fn slices(ders: &[Vec<u8>]) -> Vec<&[u8]> {
    ders.iter().map(Vec::as_slice).collect()
}

/// What a judge of tminus says of a chain.
pub struct Ours {
    /// Passes, with or without a warning; none where it says that it cannot tell.
    pub accepts: Option<bool>,
    /// The clients that a warning names.
    pub named: Vec<&'static str>,
    pub why: String,
}

impl Ours {
    /// Without a judgement.
    fn none(accepts: Option<bool>, why: &dyn std::fmt::Display) -> Self {
        Self {
            accepts,
            named: Vec::new(),
            why: why.to_string(),
        }
    }
}

/// The verdict of tminus at an instant (Unix seconds).
pub fn ours(kind: &Kind, at: i64) -> Ours {
    let host = match kind.host.contains(':') {
        true => format!("[{}]", kind.host),
        false => kind.host.to_owned(),
    };
    let roots = pem(&slices(&kind.made.roots)).into_bytes();
    let roots = match Roots::load(&[Origin::Pem("roots.pem".into(), roots.into())]) {
        Ok(roots) => roots,
        // No run gets this far: it is a fault of the checklist.
        Err(error) => return Ours::none(Some(false), &error),
    };
    let anchors: Vec<_> = roots.candidates(&kind.made.served).collect();
    let served = &kind.made.served;
    let digests: Vec<_> = served.iter().map(|der| sha256_hex(der)).collect();
    let certificates: BTreeMap<_, _> = digests
        .iter()
        .zip(served)
        .map(|(digest, der)| (digest, STANDARD.encode(der)))
        .collect();
    let address = "192.0.2.1:443";
    // Whatever kind of certificate it is, there is no other one.
    let refused = json!({ "failure": { "kind": "alert", "description": "HandshakeFailure" } });
    let session = json!({
        "protocol": "TLS 1.3", "cipher": "", "group": "", "alpn": null, "chain": digests, "staple": null,
        "proof": { "kind": "verified" }, "connect_us": 1, "handshake_us": 1,
    "others": { "rsa": refused, "ecdsa": refused },
    });
    let observation = json!({
        "format": 4, "roots": roots.sets(), "anchors": anchors, "certificates": certificates,
        "endpoints": { format!("{host}:443"): {
            "lookups": [{ "kind": "given", "addresses": [address] }],
            "addresses": { address: { "handshake": session } },
        } },
    });
    let settings = format!(
        "endpoints = ['{host}']\nmin-left = '1s'\ncover = '1s'\nold-protocols = 'allow'\nrevocation = 'off'"
    );
    let module = REGISTRY.get("tls").expect("the module");
    let settings = toml::Deserializer::parse(&settings).expect("settings are TOML");
    let check = match module.decode(settings) {
        Ok(decoded) => decoded.prepared,
        Err(error) => return Ours::none(None, &error.message()), // a host that no checklist can name
    };
    let t0 = Timestamp::from_second(at).expect("an instant");
    let facts = LaunchFacts::timed(t0, t0);
    let observation = to_raw_value(&observation).expect("JSON");
    let judgement = match check.judge(&observation, &facts) {
        Ok(judgement) => judgement,
        Err(error) => return Ours::none(None, &format!("{error:?}")),
    };
    let accepts = match judgement.status() {
        Status::Pass | Status::Warn => Some(true),
        Status::Fail => Some(false),
        _ => None,
    };
    let warnings: Vec<_> = judgement
        .findings
        .iter()
        .filter(|finding| finding.status == Status::Warn)
        .map(said)
        .collect();
    let named = ["OpenSSL", "Go"].into_iter().filter(|client| {
        let letter = |letter: char| letter.is_alphanumeric();
        let mut words = warnings.iter().flat_map(|text| text.split(|c| !letter(c)));
        words.any(|word| word == *client)
    });
    Ours {
        accepts,
        named: named.collect(),
        why: {
            let told = judgement.findings.iter();
            let told = told.filter(|finding| finding.status != Status::Pass);
            told.map(said).collect::<Vec<_>>().join("; ")
        },
    }
}

fn said(finding: &Finding) -> String {
    let observed = finding.observed.as_deref().unwrap_or_default();
    format!("{}: {} ({observed})", finding.status, finding.claim)
}

/// What is wrong with each chain to `openssl verify`; nothing where it accepts it.
pub fn openssl(kinds: &[Kind], at: i64) -> Vec<Option<String>> {
    const WORKERS: usize = 4;
    std::thread::scope(|scope| {
        let parts = kinds.chunks(kinds.len().div_ceil(WORKERS));
        let workers = parts.map(|part| {
            scope.spawn(move || {
                let folder = tempfile::tempdir().expect("a folder");
                let verdicts = part.iter().map(|kind| verify(folder.path(), kind, at));
                verdicts.collect::<Vec<_>>()
            })
        });
        let workers: Vec<_> = workers.collect();
        let verdicts = workers.into_iter().map(|worker| worker.join());
        verdicts.flat_map(|part| part.expect("verdicts")).collect()
    })
}

fn verify(folder: &Path, kind: &Kind, at: i64) -> Option<String> {
    let write = |name: &str, ders: &[Vec<u8>]| {
        std::fs::write(folder.join(name), pem(&slices(ders))).expect("a file");
    };
    write("roots.pem", &kind.made.roots);
    write("leaf.pem", &kind.made.served[..1]);
    write("others.pem", &kind.made.served[1..]);
    let name = match kind.host.parse::<std::net::IpAddr>() {
        Ok(_) => "-verify_ip",
        Err(_) => "-verify_hostname",
    };
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args(["verify", "-purpose", "sslserver", name, kind.host])
        .args(["-attime", &at.to_string(), "-auth_level", "2"])
        .args(["-no-CApath", "-no-CAstore", "-CAfile", "roots.pem"]);
    if kind.made.served.len() > 1 {
        command.args(["-untrusted", "others.pem"]); // it refuses an empty file
    }
    let output = command.arg("leaf.pem").output().expect("openssl");
    if output.status.success() {
        return None;
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let mut told = words.lines().filter(|line| line.contains("rror"));
    Some(told.next().unwrap_or(&words).to_owned())
}

/// What is wrong with each chain to Go; an empty text where it accepts it.
pub fn go(kinds: &[Kind], at: i64) -> Vec<String> {
    let encoded = |ders: &[Vec<u8>]| {
        let encoded = ders.iter().map(|der| STANDARD.encode(der));
        encoded.collect::<Vec<_>>()
    };
    let chains: Vec<_> = kinds
        .iter()
        .map(|kind| {
            json!({
                "host": kind.host, "at": at,
                "served": encoded(&kind.made.served), "roots": encoded(&kind.made.roots),
            })
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let asked = folder.path().join("chains.json");
    std::fs::write(&asked, serde_json::to_vec(&chains).expect("JSON")).expect("a file");
    let output = Command::new(program())
        .stdin(Stdio::from(std::fs::File::open(asked).expect("a file")))
        .output()
        .expect("the program in Go");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("verdicts")
}

/// `tests/support/chains.go`, built. What Go has compiled for it stays in the target folder.
fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/test-go");
    std::fs::create_dir_all(&folder).expect("a folder");
    let program = folder.join("chains");
    let output = Command::new("go")
        .current_dir(&folder)
        .env("GOCACHE", folder.join("cache"))
        .env("GO111MODULE", "off")
        .env("CGO_ENABLED", "0")
        .args(["build", "-o"])
        .arg(&program)
        .arg(root.join("tests/support/chains.go"))
        .output()
        .expect("`tests/run` installs golang");
    assert!(output.status.success(), "{output:?}");
    program
}
