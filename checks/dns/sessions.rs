//! Connections to resolvers that are asked over them: whether the resolver presented a trusted certificate, and whether they lasted.

use super::observation::{Observation, Sessions};
use super::rules::{RESOLVER_CERTIFICATE, RESOLVER_CONNECTION};
use super::settings::Settings;
use crate::instrument::dns::{Outcome, Resolver, Session, Upstream};
use crate::judging::text::{clipped_list, counted};
use crate::model::Finding;

/// Two findings for each resolver that is asked over connections.
pub(super) fn judge(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    let mut findings = Vec::new();
    for resolver in &settings.resolvers {
        let Resolver::Upstream(server) = resolver else {
            continue;
        };
        let label = resolver.to_string();
        let mut notes = observation.resolvers.iter();
        let notes = notes.find(|notes| *notes.resolver == *label);
        let blank = Sessions::default();
        let sessions = notes.map_or(&blank, |notes| &notes.sessions);
        if server.scheme().is_encrypted() {
            findings.push(proves(&label, server, sessions));
        }
        findings.extend(holds(&label, sessions));
    }
    findings
}

/// Whether it presented a certificate that counts, every time.
fn proves(label: &str, server: &Upstream, sessions: &Sessions) -> Finding {
    let roots = sessions
        .roots
        .iter()
        .map(|set| format!("{}: {}", set.source, counted(set.count, "root")));
    let roots = roots.collect::<Vec<_>>().join(", ");
    let refused = sessions.first.iter().find_map(|session| {
        let Some(Outcome::Untrusted { reason }) = &session.failure else {
            return None;
        };
        Some((session, reason))
    });
    let shown = |session: &Session| {
        let address = session.address.map(|address| format!(" at {address}"));
        let digest = session.certificate.as_deref();
        let digest = digest.map_or("of unknown digest", |digest| {
            &digest[..digest.len().min(16)]
        });
        format!("certificate {digest}{}", address.unwrap_or_default())
    };
    let established = sessions
        .first
        .iter()
        .find(|session| session.failure.is_none());
    let finding = match (refused, established) {
        (Some((session, reason)), _) => RESOLVER_CERTIFICATE
            .fail(label, format!("The certificate of {label} is not trusted"))
            .observed(format!("{reason} ({})", shown(session)))
            .hint(
                "renew or correct the resolver's certificate; for a private CA, set `tls.ca-file`; if the resolver is not \
                 yours, find out what answers there",
            ),
        (None, Some(session)) => {
            let protocol = session.protocol.as_deref().unwrap_or("TLS");
            RESOLVER_CERTIFICATE
                .pass(label, format!("{label} presents a trusted certificate"))
                .observed(format!("{protocol}, {}", shown(session)))
        }
        (None, None) => RESOLVER_CERTIFICATE
            .error(label, format!("The certificate of {label} was not seen"))
            .observed("no handshake was completed")
            .hint("see below why there was no connection"),
    };
    let roots = match roots.is_empty() {
        true => String::new(),
        false => format!(" ({roots})"),
    };
    finding.expected(format!(
        "a certificate for {} that leads to a trusted root{roots}",
        server.host()
    ))
}

/// Whether the connections held. Where none was made, the questions say so.
fn holds(label: &str, sessions: &Sessions) -> Option<Finding> {
    let lost: u64 = sessions.lost.values().sum();
    if sessions.opened == 0 {
        return None;
    }
    let made = format!("{} made", counted(sessions.opened as usize, "connection"));
    if (lost, sessions.failed) == (0, 0) {
        return Some(
            RESOLVER_CONNECTION
                .pass(label, format!("Connections to {label} last"))
                .observed(format!("{made}, none lost")),
        );
    }
    let mut seen = vec![made];
    let losses = sessions.lost.iter();
    seen.extend(losses.map(|(reason, count)| format!("{count} lost: {reason}")));
    let failures = sessions.first.iter();
    let failures = failures.filter_map(|session| {
        let address = session.address?;
        Some(format!("none to {address}: {}", session.failure.as_ref()?))
    });
    seen.extend(failures);
    let claim = match lost {
        0 => format!("Some connections to {label} could not be established"),
        _ => format!("Connections to {label} were lost"),
    };
    Some(
        RESOLVER_CONNECTION
            .warn(label, claim)
            .expected("no loss while questions are open")
            .observed(clipped_list(seen))
            .hint(RESOLVER_CONNECTION.fix),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::Dns;
    use super::*;
    use crate::fixtures::judged::Judged as _;
    use crate::model::{Judgement, LaunchFacts, Module as _, Reach, Status};

    const TLS: &str = "names = ['a.test']\nresolvers = ['tls://dns.test']";

    fn settings(toml: &str) -> Settings {
        toml::from_str(toml).unwrap()
    }

    /// The judgement on one question at `tls://dns.test`, with these attempts and connections.
    fn judged(attempts: &Value, sessions: Value) -> Judgement {
        let observation = json!({
            "exchanges": [{"name": "a.test", "type": "A", "resolver": "tls://dns.test", "attempts": attempts}],
            "resolvers": [{"resolver": "tls://dns.test", "sessions": sessions}],
        });
        let observation = serde_json::from_value(observation).unwrap();
        let facts = LaunchFacts::timed(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH);
        Dns::judge(&settings(TLS), &observation, &facts)
    }

    fn attempt(outcome: &Value) -> Value {
        json!({"transport": "tls", "start_us": 0, "duration_us": 1000, "outcome": outcome})
    }

    #[test]
    fn each_end_of_a_question_over_a_connection_has_its_status() {
        let table = [
            (
                json!({"kind": "timeout"}),
                Status::Error,
                "no answer to 1 question",
            ),
            (
                json!({"kind": "refused"}),
                Status::Error,
                "no connection: the connection is refused",
            ),
            (
                json!({"kind": "network", "text": "no route"}),
                Status::Error,
                "no connection: no route",
            ),
            (
                json!({"kind": "ended", "reason": "reset by the server"}),
                Status::Error,
                "the connection was reset by the server",
            ),
            (
                json!({"kind": "malformed", "reason": "cut short"}),
                Status::Error,
                "no acceptable answer: cut short",
            ),
            (
                json!({"kind": "untrusted", "reason": "it expired"}),
                Status::Fail,
                "the certificate is not trusted: it expired",
            ),
            (
                json!({"kind": "http", "status": 404}),
                Status::Fail,
                "HTTP status 404",
            ),
            (
                json!({"kind": "http", "status": 429, "content_type": "text/html"}),
                Status::Error,
                "HTTP status 429",
            ),
            (
                json!({"kind": "http", "status": 200}),
                Status::Fail,
                "HTTP with no media type in place of a DNS message",
            ),
            (
                json!({"kind": "handshake", "reason": "an alert"}),
                Status::Fail,
                "no handshake: an alert",
            ),
        ];
        for (outcome, status, observed) in table {
            let judgement = judged(&json!([attempt(&outcome)]), json!({}));
            let finding = judgement.finding("dns/resolves");
            assert_eq!(finding.status, status, "{outcome}");
            let observed = format!("{observed} (tls://dns.test)");
            assert_eq!(finding.observed.as_deref(), Some(&*observed));
            assert!(finding.hint.is_some(), "{outcome}");
        }
    }

    #[test]
    fn a_question_that_had_to_be_put_again_is_told() {
        let answer = json!({"kind": "answer", "rcode": "NOERROR",
                            "records": [{"type": "A", "ttl": 60, "data": "192.0.2.1"}]});
        let lost = json!({"kind": "ended", "reason": "closed by the server"});
        let traffic = json!([{"server": "tls://dns.test", "phase": "names", "transport": "tls", "sent": 2,
                              "answered": 1, "lost": 1}]);
        let exchange = json!({"name": "a.test", "type": "A", "resolver": "tls://dns.test",
                              "attempts": [attempt(&lost), attempt(&answer)]});
        let seen = json!({"exchanges": [exchange], "resolvers": [], "traffic": traffic});
        let seen = serde_json::from_value(seen).unwrap();
        let facts = LaunchFacts::timed(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH);
        let judgement = Dns::judge(&settings(TLS), &seen, &facts);
        let packets = judgement.finding("dns/packet-loss");
        assert_eq!(packets.status, Status::Warn);
        let observed = "1 of 2 lost at tls://dns.test";
        assert_eq!(packets.observed.as_deref(), Some(observed));
    }

    #[test]
    fn connections_are_judged_by_their_certificates_and_by_how_they_held() {
        let good = json!({"address": "192.0.2.53:853", "start_us": 0, "duration_us": 9, "protocol": "TLS 1.3",
                          "certificate": "00112233445566778899"});
        let refused = json!({"address": "192.0.2.54:853", "start_us": 0, "duration_us": 9,
                             "certificate": "ff", "failure": {"kind": "untrusted", "reason": "it expired"}});
        let unreachable = json!({"address": "192.0.2.55:853", "start_us": 0, "duration_us": 9,
                                 "failure": {"kind": "network", "text": "no route"}});
        let table = [
            // Nothing was written down: nothing is known, and the questions are errors as well.
            (json!({}), Status::Error, None),
            (
                json!({"failed": 1, "first": [unreachable]}),
                Status::Error,
                None,
            ),
            (
                json!({"opened": 1, "first": [good]}),
                Status::Pass,
                Some(Status::Pass),
            ),
            (
                json!({"opened": 2, "first": [good, good], "lost": {"reset by the server": 1}}),
                Status::Pass,
                Some(Status::Warn),
            ),
            (
                json!({"opened": 1, "failed": 1, "first": [unreachable, good]}),
                Status::Pass,
                Some(Status::Warn),
            ),
            // One server of several with a bad certificate fails, also where another one took its place.
            (
                json!({"opened": 1, "failed": 1, "first": [refused, good]}),
                Status::Fail,
                Some(Status::Warn),
            ),
        ];
        for (sessions, proof, held) in table {
            let judgement = judged(&json!([]), sessions.clone());
            assert_eq!(
                judgement.finding("dns/resolver-certificate").status,
                proof,
                "{sessions}"
            );
            let held_to = judgement.found("dns/resolver-connection");
            let holds = held_to.first().map(|finding| finding.status);
            assert_eq!(holds, held, "{sessions}");
        }
    }

    #[test]
    fn a_plan_names_the_lookup_of_a_resolver_that_goes_by_name() {
        let plan = |resolvers: &str| {
            let toml = format!("names = ['a.test']\nresolvers = [{resolvers}]");
            Dns::plan(&settings(&toml)).targets
        };
        let system = || Reach::NotKnownYet("the system's resolver".into());
        assert_eq!(
            plan("'tls://dns.test', 'system'"),
            [Reach::host("dns.test", "tcp", 853), system()]
        );
        assert_eq!(plan("'tcp://[::1]'"), [Reach::host("::1", "tcp", 53)]);
    }

    #[test]
    fn roots_without_an_encrypted_resolver_are_a_mistake() {
        let problems =
            |toml: &str| settings(&format!("{toml}\ntls = {{ ca-file = 'ca.pem' }}")).review();
        assert_eq!(problems(TLS), []);
        let plain = problems("names = ['a.test']\nresolvers = ['tcp://10.0.0.1']");
        assert_eq!(plain[0].key, "tls");
    }
}
