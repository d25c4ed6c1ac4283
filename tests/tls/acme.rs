//! The module `tls`: whether challenges of ACME reach whoever answers them, with nginx in all its moods and with
//! servers that keep to no protocol.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tminus::model::Status;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::nginx;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::server::Server;
use crate::support::tls::{NAME, Pki, good};

/// nginx with an https port and an http port whose `server` block ends with `rules`.
struct Web {
    pki: Pki,
    https: u16,
    http: u16,
    _nginx: Server,
}

impl Web {
    /// At both loopback addresses for https, at `at` for http. `HTTP` and `HTTPS` in the rules are its ports.
    fn new(at: &[&str], rules: &str) -> Self {
        let pki = Pki::new();
        let leaf = pki.middle.issue(&good());
        pki.write("live.pem", &(leaf.pem() + &pki.middle.pem()));
        pki.write("live.key", &leaf.key_pem());
        std::fs::create_dir_all(pki.path().join("acme/.well-known/acme-challenge")).unwrap();
        let (https, http) = (free_port(), free_port());
        let folder = pki.path().display().to_string();
        let rules = rules
            .replace("HTTPS", &https.to_string())
            .replace("HTTP", &http.to_string())
            .replace("FOLDER", &folder);
        let listen = |address: &str, port: u16| -> SocketAddr {
            SocketAddr::new(address.parse::<IpAddr>().unwrap(), port)
        };
        let both = [listen("127.0.0.1", https), listen("::1", https)];
        let http_at: String = at
            .iter()
            .map(|address| format!("listen {}; ", listen(address, http)))
            .collect();
        let servers = format!(
            "{}server {{ {http_at} {rules} }}\n",
            nginx::tls(pki.path(), &both, "live")
                .replace("return 204;", "location / { return 404; }")
        );
        let nginx = nginx::start(pki.path(), https, &servers);
        Self {
            pki,
            https,
            http,
            _nginx: nginx,
        }
    }

    /// Looks at both addresses.
    async fn look(&self, more: &str) -> Seen {
        let (https, http) = (self.https, self.http);
        let settings = format!(
            "endpoints = ['{NAME}:{https}']\ntls.ca-file = 'roots.pem'\naddresses = ['127.0.0.1', '::1']\n\
             acme.port = {http}\nacme.https-port = {https}\n{more}"
        );
        Probe::new("tls", settings).run(self.pki.path()).await
    }
}

const BOTH: [&str; 2] = ["127.0.0.1", "::1"];

/// What was found on challenges, by status and observation.
fn challenges(seen: &Seen) -> String {
    let found = seen.found("tls/acme-challenge").into_iter();
    found
        .map(|finding| {
            let observed = finding.observed.as_deref().unwrap_or_default();
            let at = finding.subject.split_once(" at ").map_or("", |(_, at)| at);
            format!("{} {observed} {at}", finding.status)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn what_nginx_does_with_challenges_is_what_an_authority_would_meet() {
    let redirect = "return 301 https://$host:HTTPS$request_uri;";
    for (rules, words) in [
        ("root FOLDER/acme;", "pass HTTP status 404 "),
        (redirect, "pass HTTP status 404 after 1 redirect "),
        (
            "location / { return 302 /elsewhere; } location /elsewhere { return 410; }",
            "pass HTTP status 410 after 1 redirect ",
        ),
        (
            "return 301 https://www.gw.test$request_uri;",
            "fail it redirects to another host: https://www.gw.test/.well-known/acme-challenge/TOKEN ",
        ),
        (
            "return 301 https://$host:8443$request_uri;",
            "fail it redirects to a port that CAs do not follow to: https://gw.test:8443/.well-known/acme-challenge/TOKEN ",
        ),
        (
            "return 302 $request_uri;",
            "fail it redirects in a loop, to http://gw.test:HTTP/.well-known/acme-challenge/TOKEN ",
        ),
        (
            "return 302 $request_uri/x;",
            "fail it still redirects after 10 redirects, to http://gw.test:HTTP/.well-known/acme-challenge/TOKEN/x/x/x/x/x/x/x/x/x/x/x ",
        ),
        (
            "return 200 '<h1>Log in</h1>';",
            "fail HTTP status 200: every token gets an answer, \"<h1>Log in</h1>\" ",
        ),
        (
            "location / { return 302 /login; } location /login { return 200 'in'; }",
            "fail HTTP status 200 after 1 redirect: every token gets an answer, \"in\" ",
        ),
        ("return 401;", "fail HTTP status 401 "),
        (
            "location / { proxy_pass http://127.0.0.1:1; }",
            "fail HTTP status 502 ",
        ),
        (
            "return 444;",
            "fail http://gw.test:HTTP closed the connection before it answered ",
        ),
    ] {
        let web = Web::new(&BOTH, rules);
        let seen = web.look("").await;
        let words = words.replace("HTTP/", &format!("{}/", web.http));
        let words = words.replace("HTTP closed", &format!("{} closed", web.http));
        assert_eq!(challenges(&seen), words, "{rules}");
        let passes = words.starts_with("pass");
        assert_eq!(seen.status() == Status::Pass, passes, "{seen:#?}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_listen_on_ipv6_is_told_though_ipv4_answers() {
    let web = Web::new(&["127.0.0.1"], "root FOLDER/acme;");
    let seen = web.look("").await;
    let http = web.http;
    assert_eq!(
        challenges(&seen),
        format!(
            "pass HTTP status 404 127.0.0.1\nfail http://gw.test:{http} refused the connection ::1"
        )
    );
    let refused = seen
        .judgement
        .findings
        .iter()
        .find(|finding| finding.status == Status::Fail);
    let hint = refused.unwrap().hint.as_deref().unwrap();
    assert!(hint.starts_with("CAs ask over IPv6 first"), "{hint}");
}

#[tokio::test]
async fn another_host_is_followed_to_where_the_checklist_names_it() {
    let web = Web::new(
        &BOTH,
        "if ($host = gw.test) { return 302 http://localhost:HTTP$request_uri; } root FOLDER/acme;",
    );
    let seen = web.look("acme.hosts = ['localhost']").await;
    assert_eq!(challenges(&seen), "pass HTTP status 404 after 1 redirect ");
    let seen = web.look("").await;
    assert!(challenges(&seen).starts_with("fail it redirects to another host: http://localhost:"));
}

/// A peer that sends these bytes to everyone who asks, without an end where `endless`, and keeps still.
async fn hostile(bytes: &'static [u8], endless: bool, hangs_up: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                while stream.write_all(bytes).await.is_ok() && endless {}
                if !hangs_up {
                    rest(stream).await;
                }
            });
        }
    });
    port
}

async fn rest(stream: TcpStream) {
    let _open = stream;
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn no_answer_hangs_us_fills_memory_or_passes() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let server = pki.serve(&leaf, &pki.middle.pem(), &[]);
    let headers: &'static [u8] = b"X-More: more\r\n";
    for (bytes, endless, hangs_up, words) in [
        (
            &b""[..],
            false,
            false,
            "error http://gw.test:PORT did not answer the request within",
        ),
        (
            b"",
            false,
            true,
            "fail http://gw.test:PORT closed the connection before it answered",
        ),
        (
            b"HTTP/1.1 404 Not",
            false,
            true,
            "fail http://gw.test:PORT closed the connection before it answered",
        ),
        (
            b"HTTP/1.1 404 Not Found\r\nX: ",
            false,
            false,
            "error http://gw.test:PORT did not answer",
        ),
        (
            b"\x16\x03\x01\x00\x2a\x02",
            false,
            false,
            "fail http://gw.test:PORT broke HTTP before it answered",
        ),
        (
            b"SSH-2.0-OpenSSH_9.2\r\n",
            false,
            false,
            "fail http://gw.test:PORT broke HTTP before it answered",
        ),
        (
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nhalf",
            false,
            true,
            "fail http://gw.test:PORT closed the connection in the middle of the answer",
        ),
        (
            b"HTTP/1.1 200 OK\r\n\r\n\x1b[31m<script>",
            true,
            false,
            "fail HTTP status 200: every token gets an answer, \"\\x1b[31m<script>",
        ),
        (
            headers,
            true,
            false,
            "fail http://gw.test:PORT broke HTTP before it answered",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://[::\r\nContent-Length: 0\r\n\r\n",
            false,
            false,
            "fail HTTP status 302, and no location",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: javascript:alert(1)\r\nContent-Length: 0\r\n\r\n",
            false,
            false,
            "fail it redirects to neither http nor https: javascript:alert(1)",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
            false,
            false,
            "fail it redirects to another host: http://169.254.169.254/",
        ),
    ] {
        let port = hostile(bytes, endless, hangs_up).await;
        let begin = Instant::now();
        let more = format!("acme.port = {port}\ntimeouts.handshake = '800ms'");
        let check = pki
            .check(server.port, &more)
            .timeout(Duration::from_secs(6));
        let seen = check.run(pki.path()).await;
        assert!(!seen.cut_short && begin.elapsed() < Duration::from_secs(4));
        let told = challenges(&seen);
        let words = words.replace("PORT", &port.to_string());
        assert!(told.starts_with(&words), "{words}: {told}");
        assert!(told.len() < 400, "{told}");
    }
}
