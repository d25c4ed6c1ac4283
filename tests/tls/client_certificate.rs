//! The client's certificate before servers that ask for one: `openssl s_server`, haproxy and nginx, each of which refuses
//! in another place.

use std::net::{Ipv4Addr, SocketAddr};

use tminus::model::Status;

use crate::fixtures::pki::{Authority, DAY, Issued, Leaf};
use crate::support::ports::free_port;
use crate::support::probe::Seen;
use crate::support::tls::{Pki, faults, good, now};
use crate::support::{haproxy, nginx};

/// A CA for clients, as `clients.pem`, beside that of the servers.
struct Clients {
    pki: Pki,
    root: Authority,
}

const SHOWS: &str = "tls.certificate = 'client.pem'\ntls.key = 'client.key'";

impl Clients {
    fn new() -> Self {
        let (pki, root) = (Pki::new(), Authority::root("Client Root"));
        pki.write("clients.pem", &root.pem());
        Self { pki, root }
    }

    /// A client certificate that ends then.
    fn leaf(not_after: i64) -> Leaf {
        Leaf {
            client: true,
            ..Leaf::new("client.test", now() - 90 * DAY, not_after)
        }
    }

    /// Gives the check this certificate.
    fn gives(&self, issued: &Issued) {
        self.pki.write("client.pem", &issued.pem());
        self.pki.write("client.key", &issued.key_pem());
    }

    /// Gives the check a certificate of a kind: good, about to end, ended, of another CA, for servers.
    fn gives_kind(&self, kind: &str) {
        let good = Self::leaf(now() + 90 * DAY);
        let issued = match kind {
            "soon" => self.root.issue(&Self::leaf(now() + 7_200)),
            "expired" => self.root.issue(&Self::leaf(now() - DAY)),
            "foreign" => Authority::root("Foreign Root").issue(&good),
            "server" => self.root.issue(&Leaf {
                client: false,
                ..good
            }),
            _ => self.root.issue(&good),
        };
        self.gives(&issued);
    }

    /// Serves by `openssl s_server` and looks at it.
    async fn look(&self, options: &[&str], more: &str) -> Seen {
        let leaf = self.pki.middle.issue(&good());
        let options = [&["-CAfile", "clients.pem"], options].concat();
        self.pki
            .look(&leaf, &self.pki.middle.pem(), &options, more)
            .await
    }
}

#[tokio::test]
async fn openssl_refuses_by_alerts_and_its_own_certificate_is_judged_all_the_same() {
    let clients = Clients::new();
    for (version, kind, alert, advice) in [
        (
            "-tls1_3",
            "none",
            "certificate_required: it requires a client certificate",
            "give the client's certificate",
        ),
        (
            "-tls1_2",
            "none",
            "handshake_failure: ",
            "the server asked for a client certificate and got none",
        ),
        (
            "-tls1_3",
            "expired",
            "certificate_expired: it considers ",
            "renew the client's certificate",
        ),
        (
            "-tls1_2",
            "expired",
            "certificate_expired: it considers ",
            "renew the client's certificate",
        ),
        (
            "-tls1_3",
            "foreign",
            "unknown_ca: it does not trust ",
            "let the server trust the CA",
        ),
        (
            "-tls1_2",
            "foreign",
            "unknown_ca: it does not trust ",
            "let the server trust the CA",
        ),
        (
            "-tls1_3",
            "server",
            "unsupported_certificate: ",
            "have the client's certificate issued for clients",
        ),
    ] {
        clients.gives_kind(kind);
        let shows = if kind == "none" { "" } else { SHOWS };
        let options = [version, "-Verify", "1", "-verify_return_error"];
        let seen = clients.look(&options, shows).await;
        let handshake = seen.finding("tls/handshake");
        assert_eq!(
            handshake.status,
            Status::Fail,
            "{version} {kind}: {seen:#?}"
        );
        let observed = handshake.observed.as_deref().unwrap();
        let words = format!("it ended the handshake with the alert {alert}");
        assert!(observed.starts_with(&words), "{version} {kind}: {observed}");
        let hint = handshake.hint.as_deref().unwrap().to_lowercase();
        assert!(
            hint.starts_with(&advice.to_lowercase()),
            "{version} {kind}: {hint}"
        );
        for rule in [
            "trusted-chain",
            "server-name",
            "chain-expiry",
            "key-strength",
        ] {
            let found = seen.finding(&format!("tls/{rule}"));
            assert_eq!(found.status, Status::Pass, "{version} {kind}: {found:?}");
        }
        let rule = match kind {
            "expired" => "tls/client-expiry",
            "server" => "tls/client-usage",
            _ => continue,
        };
        assert_eq!(seen.finding(rule).status, Status::Fail, "{seen:#?}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_accepted_passes_and_one_that_ends_after_t0_does_not() {
    let clients = Clients::new();
    for version in ["-tls1_3", "-tls1_2"] {
        let options = [version, "-Verify", "1", "-verify_return_error"];
        clients.gives_kind("good");
        let seen = clients.look(&options, SHOWS).await;
        assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
        let accepted = seen.finding("tls/client-accepted");
        assert!(
            accepted.claim.ends_with(" accepts the client certificate"),
            "{accepted:?}"
        );
        for rule in ["expiry", "key", "usage", "issuer"] {
            let found = seen.finding(&format!("tls/client-{rule}"));
            assert_eq!(found.status, Status::Pass, "{found:?}");
        }
        clients.gives_kind("soon");
        let seen = clients.look(&options, SHOWS).await;
        let expiry = seen.finding("tls/client-expiry");
        assert_eq!(expiry.status, Status::Fail, "{seen:#?}");
        assert!(
            expiry.claim.contains("client.pem expires too soon after "),
            "{expiry:?}"
        );
        assert_eq!(seen.finding("tls/client-accepted").status, Status::Pass);
    }
}

#[tokio::test]
async fn a_key_of_another_certificate_names_both_files_and_the_rest_is_judged() {
    let clients = Clients::new();
    clients.gives_kind("good");
    let other = clients.root.issue(&Clients::leaf(now() + DAY));
    clients.pki.write("client.key", &other.key_pem());
    let seen = clients.look(&["-verify", "1"], SHOWS).await;
    let key = seen.finding("tls/client-key");
    assert_eq!(key.status, Status::Fail, "{seen:#?}");
    assert_eq!(
        key.claim,
        "The private key in client.key does not belong to the client certificate in client.pem"
    );
    assert_eq!(seen.finding("tls/chain-expiry").status, Status::Pass);
    assert_eq!(seen.finding("tls/handshake").status, Status::Pass);
}

#[tokio::test]
async fn haproxy_refuses_in_the_handshake() {
    let clients = Clients::new();
    let issued = clients.pki.middle.issue(&good());
    let pem = issued.pem() + &clients.pki.middle.pem() + &issued.key_pem();
    clients.pki.write("served.pem", &pem);
    let folder = clients.pki.path().display().to_string();
    let port = free_port();
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let bind = format!(
        "crt {folder}/served.pem ca-file {folder}/clients.pem verify required alpn http/1.1"
    );
    let _haproxy = haproxy::start(clients.pki.path(), port, &[(at, bind)]);
    for (kind, refused) in [
        ("good", None),
        ("expired", Some("certificate_expired")),
        ("foreign", Some("unknown_ca")),
    ] {
        clients.gives_kind(kind);
        let seen = clients.pki.check(port, SHOWS).run(clients.pki.path()).await;
        let fault = faults(&seen);
        match refused {
            None => {
                assert_eq!(fault, "", "{seen:#?}");
                let (_, observed) = seen.said("tls/client-accepted");
                assert_eq!(observed, "it answers with HTTP 204 after the handshake");
            }
            Some(alert) => assert!(
                fault.contains(&format!("with the alert {alert}: ")),
                "{fault}"
            ),
        }
        assert_eq!(seen.finding("tls/chain-expiry").status, Status::Pass);
    }
}

#[tokio::test]
async fn nginx_completes_the_handshake_and_refuses_by_http() {
    let clients = Clients::new();
    let issued = clients.pki.middle.issue(&good());
    clients
        .pki
        .write("served.pem", &(issued.pem() + &clients.pki.middle.pem()));
    clients.pki.write("served.key", &issued.key_pem());
    let folder = clients.pki.path().display().to_string();
    for verify in ["on", "optional"] {
        let port = free_port();
        let at = [SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
        let verified = format!(
            "ssl_verify_client {verify}; ssl_client_certificate {folder}/clients.pem; return 204;"
        );
        let server =
            nginx::tls(clients.pki.path(), &at, "served").replace("return 204;", &verified);
        let _nginx = nginx::start(clients.pki.path(), port, &server);
        for kind in ["none", "good", "expired", "foreign"] {
            clients.gives_kind(kind);
            let shows = if kind == "none" { "" } else { SHOWS };
            let seen = clients.pki.check(port, shows).run(clients.pki.path()).await;
            let (status, observed) = seen.said("tls/client-accepted");
            let accepted = kind == "good" || (kind == "none" && verify == "optional");
            if accepted {
                assert_eq!(status, Status::Pass, "{verify} {kind}: {seen:#?}");
                assert_eq!(observed, "it answers with HTTP 204 after the handshake");
                continue;
            }
            assert_eq!(status, Status::Fail, "{verify} {kind}: {seen:#?}");
            let words = match kind {
                "none" => "No required SSL certificate was sent",
                _ => "The SSL certificate error",
            };
            assert!(
                observed.starts_with("it answers with HTTP 400: "),
                "{observed}"
            );
            assert!(observed.contains(words), "{observed}");
            let issuer = seen.found("tls/client-issuer");
            if kind == "foreign" {
                assert_eq!(issuer[0].status, Status::Warn, "{issuer:?}");
            }
        }
    }
}
