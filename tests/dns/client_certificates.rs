//! Resolvers over TLS that ask for a client certificate: what they say when they refuse it, and when it ends.

use tminus::model::Status;

use crate::fixtures::pki::{Authority, DAY, Leaf};
use crate::support::probe::Probe;
use crate::support::tls::{NAME, Pki, good, now};

#[tokio::test]
async fn a_refusal_after_the_handshake_is_told_in_words_and_the_certificate_is_judged() {
    let (pki, clients) = (Pki::new(), Authority::root("Client Root"));
    pki.write("clients.pem", &clients.pem());
    let options = [
        "-tls1_3",
        "-Verify",
        "1",
        "-verify_return_error",
        "-CAfile",
        "clients.pem",
    ];
    let leaf = pki.middle.issue(&good());
    let server = pki.serve(&leaf, &pki.middle.pem(), &options);
    let shows = "tls.certificate = 'client.pem'\ntls.key = 'client.key'";
    for (ends, alert, judged) in [
        (
            None,
            "certificate_required: it requires a client certificate",
            None,
        ),
        (
            Some(-DAY),
            "certificate_expired: it considers ",
            Some(Status::Fail),
        ),
        (Some(3_600), "", Some(Status::Fail)),
        (Some(90 * DAY), "", Some(Status::Pass)),
    ] {
        if let Some(ends) = ends {
            let issued = clients.issue(&Leaf {
                client: true,
                ..Leaf::new("client.test", now() - 90 * DAY, now() + ends)
            });
            pki.write("client.pem", &issued.pem());
            pki.write("client.key", &issued.key_pem());
        }
        let settings = format!(
            "names = ['login.launch.test']\nresolvers = ['tls://127.0.0.1:{}']\nquery.timeout = '1s'\n\
             tls.ca-file = 'roots.pem'\ntls.server-name = '{NAME}'\n{}",
            server.port,
            if ends.is_some() { shows } else { "" },
        );
        let seen = Probe::new("dns", settings).run(pki.path()).await;
        let texts = seen.judgement.findings.iter();
        let texts: Vec<_> = texts
            .filter_map(|finding| finding.observed.as_deref())
            .collect();
        if !alert.is_empty() {
            let words = format!("with the alert {alert}");
            assert!(texts.iter().any(|text| text.contains(&words)), "{seen:#?}");
        }
        let found = seen.found("dns/client-certificate");
        let status = found.first().map(|finding| finding.status);
        assert_eq!(status, judged, "{seen:#?}");
    }
}
