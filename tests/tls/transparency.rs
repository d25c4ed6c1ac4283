//! The module `tls`: timestamps of transparency logs that this test keeps itself, and what `openssl s_client -ct`
//! says of them.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rcgen::CertificateParams;
use serde_json::{Value, json};
use tminus::model::Status;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::fixtures::chains::{Node, authority, pem, server, valid};
use crate::fixtures::pki::DAY;
use crate::fixtures::revocation::Response;
use crate::fixtures::transparency::{Log, issue, listed, octets};
use crate::support::haproxy;
use crate::support::nginx;
use crate::support::openssl::{TlsServer, s_server};
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::tls::{NAME, Pki, faults, now};

/// A log's entry in a list.
fn entry(log: &Log, state: &str, since: i64) -> Value {
    json!({
        "description": log.name, "log_id": STANDARD.encode(log.id()), "key": STANDARD.encode(log.spki()),
        "url": "https://log.test/", "mmd": 86400,
        "state": { state: { "timestamp": text(since) } },
        "temporal_interval": { "start_inclusive": text(now() - 100 * DAY), "end_exclusive": text(now() + 300 * DAY) },
    })
}

fn text(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap().to_string()
}

/// An authority, and what it issues into logs.
struct Issuer {
    pki: Pki,
    middle: Node,
}

impl Issuer {
    fn new() -> Self {
        let pki = Pki::new();
        let root = Node::root(authority("Root"));
        let middle = root.issue(authority("Intermediate"));
        pki.write("roots.pem", &pem(&[&root.der]));
        pki.write("chain.pem", &pem(&[&middle.der]));
        Self { pki, middle }
    }

    fn params(days: i64) -> CertificateParams {
        let mut params = server(&[NAME]);
        params.serial_number = Some(vec![1, 2, 3].into());
        valid(&mut params, now() - DAY, now() + days * DAY);
        params
    }

    /// Serves a certificate with timestamps of these logs at these times; `spoil` changes them.
    fn serve(&self, days: i64, logs: &[(&Log, i64)], spoil: impl Fn(&mut Vec<u8>)) -> TlsServer {
        let leaf = issue(&self.middle, Self::params(days), logs, spoil);
        self.pki.write("leaf.pem", &pem(&[&leaf.der]));
        self.pki.write("leaf.key", &leaf.key_pem());
        s_server(self.pki.path(), &[])
    }

    /// Writes a list of that age, for us and for OpenSSL.
    fn list(&self, logs: &[(&Log, &str, i64)], age: i64) {
        let operator = |(log, state, since): &(&Log, &str, i64)| json!({ "name": log.operator, "email": [], "logs": [entry(log, state, *since)], "tiled_logs": [] });
        let operators: Vec<_> = logs.iter().map(operator).collect();
        let list = json!({
            "version": "3.0", "log_list_timestamp": text(now() - age), "operators": operators,
        });
        self.pki.write("log_list.json", &list.to_string());
        let mut config = "enabled_logs=".to_owned();
        for (log, _, _) in logs {
            let _ = write!(config, "{},", log.name);
        }
        for (log, _, _) in logs {
            let key = STANDARD.encode(log.spki());
            let _ = write!(
                config,
                "\n[{}]\ndescription={}\nkey={key}\n",
                log.name, log.name
            );
        }
        self.pki.write("logs.cnf", &config);
    }

    /// How many timestamps OpenSSL finds valid.
    fn openssl(&self, port: u16) -> usize {
        let output = Command::new("openssl")
            .current_dir(self.pki.path())
            .args(["s_client", "-connect", &format!("127.0.0.1:{port}")])
            .args(["-ct", "-ctlogfile", "logs.cnf", "-CAfile", "roots.pem"])
            .stdin(std::process::Stdio::null())
            .output()
            .expect("openssl");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("SCTs present"), "{output:?}");
        text.matches("SCT validation status: valid").count()
    }

    /// A certificate without timestamps, which others bring.
    fn bare(&self, days: i64) -> Node {
        let leaf = self.middle.issue(Self::params(days));
        self.pki
            .write("leaf.pem", &pem(&[&leaf.der, &self.middle.der]));
        self.pki.write("leaf.key", &leaf.key_pem());
        leaf
    }

    async fn judge(&self, server: &TlsServer) -> (Status, String) {
        let asks = "log-list = 'log_list.json'\nmin-left = '1d'";
        let seen = self.pki.check(server.port, asks).run(self.pki.path()).await;
        let found = seen.finding("tls/transparency");
        assert_eq!(
            faults(&seen).is_empty(),
            found.status == Status::Pass,
            "{seen:#?}"
        );
        (found.status, found.observed.clone().unwrap())
    }
}

const WHOLE: fn(&mut Vec<u8>) = |_| {};

#[tokio::test]
async fn timestamps_are_verified_as_openssl_verifies_them() {
    let issuer = Issuer::new();
    let (one, two, three) = (
        Log::new("one", "A"),
        Log::new("two", "B"),
        Log::new("three", "A"),
    );
    let hour = now() - 3_600;
    let usable = |log| (log, "usable", now() - 400 * DAY);
    issuer.list(&[usable(&one), usable(&two), usable(&three)], DAY);
    for (logs, days, valid, status, words) in [
        (
            vec![(&one, hour), (&two, hour)],
            90,
            2,
            Status::Pass,
            "\"one\": valid, \"two\": valid (2 operators); the list is from ",
        ),
        (
            vec![(&one, hour), (&three, hour)],
            90,
            2,
            Status::Fail,
            "\"one\": valid, \"three\": valid (1 operator)",
        ),
        (
            vec![(&one, hour)],
            90,
            1,
            Status::Fail,
            "\"one\": valid (1 operator)",
        ),
        (
            vec![(&one, hour), (&two, hour)],
            200,
            2,
            Status::Fail,
            "(2 operators)",
        ),
        (
            vec![(&one, hour), (&two, hour), (&three, hour)],
            200,
            3,
            Status::Pass,
            "(2 operators)",
        ),
        (
            vec![(&one, hour), (&two, now() + DAY)],
            90,
            1,
            Status::Fail,
            "\"two\": from the future",
        ),
        (
            vec![],
            90,
            0,
            Status::Fail,
            "it carries no timestamp of any log",
        ),
    ] {
        let server = issuer.serve(days, &logs, WHOLE);
        let (found, observed) = issuer.judge(&server).await;
        assert_eq!(found, status, "{observed}");
        assert!(observed.contains(words), "{observed}");
        assert_eq!(issuer.openssl(server.port), valid, "{observed}");
    }
    // Signature, time, and log that it is said to be of.
    for at in [60, 40, 5] {
        let server = issuer.serve(90, &[(&one, hour), (&two, hour)], |stamp| stamp[at] ^= 1);
        let (found, observed) = issuer.judge(&server).await;
        assert_eq!(found, Status::Fail, "{observed}");
        assert_eq!(issuer.openssl(server.port), 0, "{observed}");
    }
}

#[tokio::test]
async fn what_the_list_says_of_a_log_counts_and_so_does_its_age() {
    let issuer = Issuer::new();
    let (one, two) = (Log::new("one", "A"), Log::new("two", "B"));
    let hour = now() - 3_600;
    let server = issuer.serve(90, &[(&one, hour), (&two, hour)], WHOLE);
    let long_ago = now() - 400 * DAY;
    let with =
        |state, since, age| issuer.list(&[(&one, "usable", long_ago), (&two, state, since)], age);
    for (state, since, age, status, words) in [
        ("readonly", long_ago, DAY, Status::Pass, "\"two\": valid"),
        ("retired", now(), DAY, Status::Pass, "\"two\": valid"),
        (
            "retired",
            long_ago,
            DAY,
            Status::Fail,
            "\"two\": the log was not trusted when it signed",
        ),
        (
            "rejected",
            long_ago,
            DAY,
            Status::Fail,
            "\"two\": the log was not trusted when it signed",
        ),
        (
            "pending",
            long_ago,
            DAY,
            Status::Fail,
            "\"two\": the log was not trusted when it signed",
        ),
        ("usable", long_ago, 71 * DAY, Status::Warn, "71 days old"),
    ] {
        with(state, since, age);
        let (found, observed) = issuer.judge(&server).await;
        assert_eq!(found, status, "{state}: {observed}");
        assert!(observed.contains(words), "{observed}");
    }
    for (age, status) in [(DAY, Status::Fail), (71 * DAY, Status::Error)] {
        issuer.list(&[(&one, "usable", long_ago)], age);
        let (found, observed) = issuer.judge(&server).await;
        assert_eq!(found, status, "{observed}");
        assert!(observed.contains("=: not in the list"), "{observed}");
    }
    // A server is asked for more where its certificate does not suffice, unless the list may just be too old.
    for (logs, age, asked) in [
        (vec![(&one, "usable", long_ago)], DAY, true),
        (vec![(&one, "usable", long_ago)], 71 * DAY, false),
        (
            vec![(&one, "usable", long_ago), (&two, "usable", long_ago)],
            DAY,
            false,
        ),
    ] {
        issuer.list(&logs, age);
        let check = issuer.pki.check(server.port, "log-list = 'log_list.json'");
        let seen = check.run(issuer.pki.path()).await;
        assert_eq!(
            !session(&seen)["sct_delivery"].is_null(),
            asked,
            "{seen:#?}"
        );
    }
    let late = issuer.serve(301, &[(&one, hour), (&two, hour)], WHOLE);
    with("usable", long_ago, DAY);
    let (found, observed) = issuer.judge(&late).await;
    assert_eq!(found, Status::Fail);
    assert!(
        observed.contains("the log does not take certificates that end then"),
        "{observed}"
    );
}

#[tokio::test]
async fn transparency_of_an_authority_of_the_house_is_nobodys_business() {
    let issuer = Issuer::new();
    let server = issuer.serve(90, &[], WHOLE);
    for (more, found) in [("", 0), ("transparency = 'require'", 1)] {
        let check = issuer.pki.check(server.port, more);
        let seen = check.run(issuer.pki.path()).await;
        let about = seen.found("tls/transparency");
        assert_eq!(about.len(), found, "{seen:#?}");
        // The list that is shipped was held against it, or not even looked at.
        let list = &seen.observation["logs"];
        assert_eq!(list["count"].as_u64().is_some(), found == 1, "{list:#}");
        assert!(list["file"].is_null(), "{list:#}");
    }
}

#[tokio::test]
async fn timestamps_of_transparency_logs_in_a_staple_of_nginx() {
    let issuer = Issuer::new();
    let (one, two) = (Log::new("one", "A"), Log::new("two", "B"));
    issuer.list(&[(&one, "usable", 0), (&two, "usable", 0)], DAY);
    let leaf = issuer.bare(200);
    let hour = now() - 3_600;
    let mut staple = Response::about(&leaf.der, &issuer.middle.der, hour, now() + 2 * DAY);
    let stamps = [&one, &two].map(|log| log.certificate(hour, &leaf.der));
    staple.timestamps = Some(octets(&listed(&stamps)));
    let staple = staple.signed(&issuer.middle.der, issuer.middle.key());
    std::fs::write(issuer.pki.path().join("staple.der"), staple).unwrap();
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let folder = issuer.pki.path().display();
    let server = format!(
        "server {{ listen {at} ssl; ssl_certificate {folder}/leaf.pem; ssl_certificate_key {folder}/leaf.key; \
         ssl_stapling on; ssl_stapling_file {folder}/staple.der; return 204; }}\n"
    );
    let _nginx = nginx::start(issuer.pki.path(), at.port(), &server);
    let check = issuer.pki.check(at.port(), "log-list = 'log_list.json'");
    let seen = check.run(issuer.pki.path()).await;
    assert_eq!(faults(&seen), "", "{seen:#?}");
    let found = seen.finding("tls/transparency");
    let expected = "\"one\" in the staple: valid, \"two\" in the staple: valid (2 operators); the list is from ";
    let observed = found.observed.as_deref().unwrap();
    assert!(observed.starts_with(expected), "{observed}");
    assert_eq!(issuer.openssl(at.port()), 2);
    // Also where the server cannot be asked for more.
    let port = middlebox(at.port(), false).await;
    let check = issuer.pki.check(port, "log-list = 'log_list.json'");
    let seen = check.run(issuer.pki.path()).await;
    assert_eq!(faults(&seen), "", "{seen:#?}");
    assert_eq!(session(&seen)["sct_delivery"]["kind"], "failed");
    // Nor where another has used up the time.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let silent = listener.local_addr().unwrap();
    let asks = format!(
        "endpoints = ['{at}', '{silent}']\ntls.server-name = '{NAME}'\ntls.ca-file = 'roots.pem'\n\
         log-list = 'log_list.json'\ntimeouts.handshake = '60s'"
    );
    let check = Probe::new("tls", asks).timeout(Duration::from_secs(2));
    let seen = check.run(issuer.pki.path()).await;
    let found = seen.finding("tls/transparency");
    assert_eq!(found.status, Status::Pass, "{seen:#?}");
    let addresses = &seen.observation["endpoints"][at.to_string()]["addresses"];
    assert!(addresses[at.to_string()]["handshake"]["sct_delivery"].is_null());
}

/// The one handshake.
fn session(seen: &Seen) -> &Value {
    let endpoints = seen.observation["endpoints"].as_object().unwrap();
    let endpoint = endpoints.values().next().unwrap();
    let addresses = endpoint["addresses"].as_object().unwrap();
    &addresses.values().next().unwrap()["handshake"]
}

/// Timestamps of two logs about a certificate without any, as servers bring them.
fn brought(issuer: &Issuer) -> (Node, Vec<u8>) {
    let (one, two) = (Log::new("one", "A"), Log::new("two", "B"));
    issuer.list(&[(&one, "usable", 0), (&two, "usable", 0)], DAY);
    let leaf = issuer.bare(200);
    let stamps = [&one, &two].map(|log| log.certificate(now() - 3_600, &leaf.der));
    (leaf, listed(&stamps))
}

const IN_THE_HANDSHAKE: &str = "\"one\" in the TLS extension: valid, \"two\" in the TLS extension: valid (2 operators); the list is from ";

#[tokio::test]
async fn timestamps_of_transparency_logs_in_the_handshake_of_haproxy() {
    let issuer = Issuer::new();
    let (leaf, list) = brought(&issuer);
    let pem = pem(&[&leaf.der, &issuer.middle.der]) + &leaf.key_pem();
    issuer.pki.write("site.pem", &pem);
    std::fs::write(issuer.pki.path().join("site.pem.sctl"), list).unwrap();
    // haproxy brings them in TLS 1.2 alone; who comes by TLS 1.3 goes without.
    let none = "it carries no timestamp of any log, and the server brings none";
    for (version, status, expected) in [
        ("TLSv1.2", Status::Pass, IN_THE_HANDSHAKE),
        ("TLSv1.3", Status::Fail, none),
    ] {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let file = issuer.pki.path().join("site.pem");
        let file = file.display();
        let bind = format!("crt {file} ssl-min-ver {version} ssl-max-ver {version}");
        let _haproxy = haproxy::start(issuer.pki.path(), at.port(), &[(at, bind)]);
        let check = issuer.pki.check(at.port(), "log-list = 'log_list.json'");
        let seen = check.run(issuer.pki.path()).await;
        let found = seen.finding("tls/transparency");
        let observed = found.observed.as_deref().unwrap();
        assert_eq!(found.status, status, "{version}: {observed}");
        assert!(observed.starts_with(expected), "{version}: {observed}");
        let valid = if status == Status::Pass { 2 } else { 0 };
        assert_eq!(issuer.openssl(at.port()), valid, "{version}");
    }
}

#[tokio::test]
async fn timestamps_of_transparency_logs_in_a_handshake_of_tls_1_3() {
    let issuer = Issuer::new();
    let (_, list) = brought(&issuer);
    // For OpenSSL: in the answer to a ClientHello, of TLS 1.2 and with the certificate of TLS 1.3, not when resumed.
    let context = 0x80 | 0x100 | 0x1000 | 0x40_u32;
    let length = (list.len() as u16).to_be_bytes();
    let extension = [&context.to_be_bytes()[..], &[0, 18], &length, &list].concat();
    let text = STANDARD.encode(extension);
    let info = format!(
        "-----BEGIN SERVERINFOV2 FOR TIMESTAMPS-----\n{text}\n-----END SERVERINFOV2 FOR TIMESTAMPS-----\n"
    );
    issuer.pki.write("info.pem", &info);
    for version in ["-tls1_3", "-tls1_2"] {
        let server = s_server(issuer.pki.path(), &[version, "-serverinfo", "info.pem"]);
        let (status, observed) = issuer.judge(&server).await;
        assert!(
            observed.starts_with(IN_THE_HANDSHAKE),
            "{version}: {observed}"
        );
        assert_eq!(status, Status::Pass);
        assert_eq!(issuer.openssl(server.port), 2, "{version}");
    }
}

/// Something before a server that lets through what it knows. A hello that asks for timestamps it swallows, or hangs up.
async fn middlebox(server: u16, swallow: bool) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut hello = vec![0; 4096];
                let length = client.read(&mut hello).await.unwrap_or(0);
                // signed_certificate_timestamp with nothing in it
                if hello[..length].windows(4).any(|four| four == [0, 18, 0, 0]) {
                    if swallow {
                        tokio::time::sleep(Duration::from_secs(60)).await;
                    }
                    return;
                }
                let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, server))
                    .await
                    .unwrap();
                server.write_all(&hello[..length]).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    port
}

#[tokio::test]
async fn a_server_that_cannot_be_asked_for_timestamps_of_transparency_logs_is_not_known_to_lack_them()
 {
    let issuer = Issuer::new();
    let (leaf, _) = brought(&issuer);
    issuer.pki.write("leaf.pem", &pem(&[&leaf.der]));
    let server = s_server(issuer.pki.path(), &[]);
    for (swallow, expected) in [
        (
            false,
            "closed the connection in the middle of the handshake",
        ),
        (true, "did not finish the handshake within 0.5 s"),
    ] {
        let port = middlebox(server.port, swallow).await;
        let asks = "log-list = 'log_list.json'\ntimeouts.handshake = '500ms'";
        let seen = issuer.pki.check(port, asks).run(issuer.pki.path()).await;
        let found = seen.finding("tls/transparency");
        assert_eq!(found.status, Status::Error, "{found:#?}");
        let observed = found.observed.as_deref().unwrap();
        let expected = format!(
            "it carries no timestamp of any log; whether the server brings others is not known: asked for them, it {expected}"
        );
        assert!(observed.starts_with(&expected), "{observed}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_list_is_refused() {
    let issuer = Issuer::new();
    let one = Log::new("one", "A");
    let mut stolen = entry(&one, "usable", 0);
    stolen["log_id"] = json!(STANDARD.encode([7; 32]));
    let list = |entries: Value| {
        let operators = json!([{ "name": "A", "logs": entries }]);
        json!({ "log_list_timestamp": text(0), "operators": operators }).to_string()
    };
    for (text, words) in [
        ("{}".to_owned(), "missing field"),
        ("[".to_owned(), "EOF"),
        (list(json!([])), "it names no log"),
        (
            list(json!([stolen])),
            "the id of \"one\" is not that of its key",
        ),
    ] {
        issuer.pki.write("log_list.json", &text);
        let asks = "log-list = 'log_list.json'";
        let error = issuer.pki.check(1, asks).refused(issuer.pki.path()).await;
        assert!(
            error.starts_with("log_list.json is no list of transparency logs"),
            "{error}"
        );
        assert!(error.contains(words), "{error}");
    }
}
